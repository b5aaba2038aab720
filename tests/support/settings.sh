#!/bin/sh
# The tests that arithmetic can change, under settings that make this machine compute as others do: `make settings`.
#
# sh tests/support/settings.sh [SETTINGS ...]: variables, as in "OMP_NUM_THREADS=1 MKL_CBWR=COMPATIBLE"; without any, each of
# those below alone and then all together. WORKERS=0 runs the tests in one process instead of three.
set -eu
cd "$(dirname "$0")/../.."

kernels="ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE ONEDNN_MAX_CPU_ISA=SSE41"
if [ $# = 0 ]; then
	set -- $kernels OMP_NUM_THREADS=1 OMP_NUM_THREADS=4 "$kernels OMP_NUM_THREADS=1" "$kernels OMP_NUM_THREADS=4"
fi

# Those that compute with tensors, here or by what they share; a browser shows figures, it does not make them.
tests=$(grep -rlE --include='test_*.py' '^(import torch|from torch)|head_samples|tiny_clip|load_backbone' tests)

for settings; do
	printf '\n== %s\n' "$settings"
	env $settings pytest -q -n "${WORKERS:-3}" --dist worksteal -m "not browser and not slow" $tests
done
