"""Commands of the heads library: `python -m heads train | centre | push | released`."""

import argparse
import sys
from collections.abc import Sequence

from heads.commands.centre import add_centre
from heads.commands.push import add_push
from heads.commands.released import add_released
from heads.commands.train import add_train


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 1 when not all of it could be done, 2 when the input is wrong, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m heads", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_train(commands)
    add_centre(commands)
    add_push(commands)
    add_released(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
