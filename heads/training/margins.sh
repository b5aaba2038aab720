#!/bin/sh
# What the paper's margins, 0.2 and 0.05 after a sigmoid, are in cosines: a linear head, three seeds of each, judged
# on the validation split. Run it after `make heads`, inside its environment: `PATH=.venv/bin:$PATH sh heads/training/margins.sh`.
set -eu
cd "$(dirname "$0")/../.."
embeddings="${FG_CACHE:-$HOME/.cache/reprojection-heads}/reproduce"

train() {
	name=$1 && shift
	printf '\n== %s\n' "$name: $*"
	python -m heads train --resume --seeds 3 --output "build/margins/$name" "$@" \
		--pairs "$embeddings/train/captions.safetensors" --hard "$embeddings/train/hard.safetensors" \
		--validation "$embeddings/validation/hard.safetensors" \
		--validation-pairs "$embeddings/validation/captions.safetensors" \
		--warm-up-learning-rate 1e-3 --hard-learning-rate 2e-4
}

sigmoid="--warm-up-loss sigmoid-triplet --hard-loss sigmoid-triplet"
train sigmoid $sigmoid --warm-up-margin 0.2 --hard-margin 0.05
train fourfold --warm-up-margin 0.8 --hard-margin 0.2
train as-cosines --warm-up-margin 0.2 --hard-margin 0.05
