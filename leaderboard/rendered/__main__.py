"""`python -m leaderboard.rendered`: build the benchmark, train and measure mini-clip and mini-owl, draw a sheet."""

import sys

from heads.commands.program import Program

PROGRAM = Program(
    "leaderboard.rendered",
    "Build the embedded benchmark, train mini-clip and mini-owl, measure them, draw a contact sheet.",
    {
        "build": "render a split and write its Parquet files",
        "clips": "render clips with verbs and roles, in VidSitu's layout, to adapt a backbone on",
        "train-mini-clip": "train the embedded backbone from scratch",
        "train-clip-words": "train the last stage of mini-clip alone: the words of drawn clips",
        "measure-mini-clip": "zero-shot, retrieval and probes, written to its card",
        "train-mini-owl": "train the embedded detector, from the towers of mini-clip",
        "measure-mini-owl": "average precision on categories, written to its card",
        "contact-sheet": "crops with their attributes, for a person to check",
    },
)
main = PROGRAM.main

if __name__ == "__main__":
    sys.exit(main())
