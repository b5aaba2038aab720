"""Resource limits: `python -P limits.py --seconds N --megabytes N MODULE …`: runs a module under limits it cannot lift.

The limits are set by the process itself, before it reads or imports anything: so a parent with many threads can start it.
They hold on when the parent is gone. Linux holds all of them, macOS all but the memory's.
"""

import argparse
import contextlib
import resource
import runpy
import signal
import sys

LARGEST_FILE = 1_000_000_000
"""Bytes it may write to one file."""


def limit(seconds: int, megabytes: int) -> None:
    """Sets the limits, soft and hard alike; one that the system does not know, or that is lower already, is
    left.
    """
    signal.alarm(seconds)  # the parent's clock, which is the tighter one, may be gone by then
    amounts = {
        "RLIMIT_CPU": seconds * 64,  # of all threads together
        "RLIMIT_AS": megabytes * 1_000_000,
        "RLIMIT_FSIZE": LARGEST_FILE,
        "RLIMIT_CORE": 0,
    }
    for name, amount in amounts.items():
        if hasattr(resource, name):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (amount, amount))


def main() -> None:
    """Sets the limits, then becomes `python -m MODULE …`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--megabytes", type=int, required=True)
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    limit(options.seconds, options.megabytes)
    sys.argv = [options.module, *options.arguments]
    runpy.run_module(options.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
