"""`python -m leaderboard`: embed a benchmark, evaluate a head on it, show the table of results."""

import sys

from heads.commands.program import Program

PROGRAM = Program(
    "leaderboard",
    "Embed a benchmark, evaluate a head on it, show the table of results.",
    {
        "embed": "encode a split's crops and captions into files for training",
        "export-regions": "a split's regions as pictures and one CSV file, to adapt a backbone on",
        "evaluate": "measure a head and write its record",
        "evaluate-clips": "measure a head on clips of events, in VidSitu's layout, and write its record",
        "detect": "measure a detector, alone and with a head, on the same regions",
        "publish-benchmark": "check a benchmark's rows and push them to the Hub as a dataset",
        "submit": "ask for a head on the Hub to be measured and shown on the leaderboard",
        "refresh": "vet and measure the new heads on the Hub, and write their records to the results dataset",
        "compare": "two measured heads on the same items, from their records",
        "text-only": "what the captions of a benchmark give away without images",
        "balance": "weigh a benchmark's items so that captions alone are at chance",
        "reproduce": "the whole way from real addresses to heads, records and tables, in one command",
        "doctor": "see whether what a reproduction needs from outside is there",
        "table": "show the table of results",
    },
    interrupted="interrupted; what was embedded so far is kept",
)
main = PROGRAM.main

if __name__ == "__main__":
    sys.exit(main())
