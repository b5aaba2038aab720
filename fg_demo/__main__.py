"""`python -m fg_demo`: adapt a backbone."""

import sys

from heads.commands.program import Program

PROGRAM = Program(
    "fg_demo",
    "Adapt a backbone.",
    {"adapt": "train a LoRA adapter of a backbone's image tower on clips or regions (FiGCLIP)"},
)
main = PROGRAM.main

if __name__ == "__main__":
    sys.exit(main())
