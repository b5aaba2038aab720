"""`python -m leaderboard.reproduction`: what the steps of a reproduction run that nobody else needs, and ablations."""

import sys

from heads.commands.program import Program

PROGRAM = Program(
    "leaderboard.reproduction",
    "What the steps of `python -m leaderboard reproduce` run that nothing else needs, and the ablations.",
    {
        "fetch": "bring a split's rows and images onto this machine, before a GPU waits for them",
        "ablations": "an adaptation on clips and the same without one of its parts: trained, measured, one table",
    },
)
main = PROGRAM.main

if __name__ == "__main__":
    sys.exit(main())
