"""Commands of the heads library: `python -m heads train | centre | ground | search | copy | push | released | guided`."""

import sys

from heads.commands.program import Program

PROGRAM = Program(
    "heads",
    "Commands of the heads library: train, share and fetch heads.",
    {
        "train": "train a head on cached embeddings: a caption warm-up, then hard negatives",
        "centre": "a head that takes away the mean image and the mean caption; nothing is trained",
        "ground": "a head that moves captions towards what the attributes that they name look like; nothing is trained",
        "search": "for each image of a file of pairs its best captions under a head, or the other way round",
        "push": "push a head to the Hugging Face Hub, in one commit; the same again changes nothing",
        "copy": "copy a head's folder to another name, its card too",
        "released": "download the heads that the paper's authors released, and convert them",
        "guided": "download GUIDED's text heads, of a ConvNeXt-Large CLIP, and convert them",
    },
)
main = PROGRAM.main

if __name__ == "__main__":
    sys.exit(main())
