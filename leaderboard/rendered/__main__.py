"""`python -m leaderboard.rendered`: build the benchmark, train mini-clip, measure it, draw a contact sheet."""

import sys

from heads.commands.program import Program

PROGRAM = Program(
    "leaderboard.rendered",
    "Build the embedded benchmark, train mini-clip, measure it, draw a contact sheet.",
    {
        "build": "render a split and write its Parquet files",
        "train-mini-clip": "train the embedded backbone from scratch",
        "measure-mini-clip": "zero-shot, retrieval and probes, written to its card",
        "contact-sheet": "crops with their attributes, for a person to check",
    },
)
main = PROGRAM.main

if __name__ == "__main__":
    sys.exit(main())
