"""`python -m fg_demo`: adapt a backbone, fetch the class heads of a detector."""

import sys

from heads.commands.program import Program

PROGRAM = Program(
    "fg_demo",
    "Adapt a backbone, fetch the class heads of a detector.",
    {
        "adapt": "train a LoRA adapter of a backbone's image tower on clips or regions (FiGCLIP)",
        "rescale-adapter": "set an adapter's alpha, or choose it on validation data",
        "push-adapter": "publish an adapter on the Hub, in one commit",
        "noctowl": "fetch NoctOWL's class heads for OWL-ViT and OWLv2",
    },
)
main = PROGRAM.main

if __name__ == "__main__":
    sys.exit(main())
