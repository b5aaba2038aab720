"""The heads that a reproduction trains, as data: their flags, and why they are those."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

PAPER_RATES = ""
"""The paper's recipe as it is (`heads.training.recipe.PAPER`): for 512 numbers and some 100,000 items."""

SMALL_RATES = "--warm-up-learning-rate 1e-3 --warm-up-margin 0.2 --hard-learning-rate 2e-4 --hard-margin 0.05"
"""The paper's recipe but for two settings. Its rates are twentyfold, for embeddings this small: at a hundredfold, the
second stage gains 0.2 of a rank and loses most of coarse retrieval. And its margins are taken for cosines, as
heads/training/margins.sh measures. Both were chosen on the validation split, with the linear head, and serve all
kinds.
"""


@dataclass(frozen=True)
class Training:
    """A head of several seeds. With `between`, the heads after the warm-up are kept too. `published` is what the
    paper's tables call it; of those the heads between are measured as well, as NAME-warm-up. `hard` is the file of
    embeddings that the second stage reads.
    """

    name: str
    flags: str
    between: bool = True
    published: str = ""
    hard: str = "train/hard"

    @property
    def warm_up(self) -> str:
        """The name of the head between."""
        return f"{self.name}-warm-up"

    def arguments(self) -> list[str]:
        """Its flags, as they are handed to the command."""
        return shlex.split(self.flags)


@dataclass(frozen=True)
class Untrained:
    """A head that `python -m heads COMMAND` makes of files of embeddings: flag to file."""

    name: str
    command: str
    files: Mapping[str, str]


UNTRAINED = (
    # Captions moved towards what the attributes that they name look like ("Seeing Is Not Addressing").
    Untrained("grounded", "ground", {"--values": "train/values", "--validation": "validation/hard"}),
    # The cosine without the mean image and the mean caption.
    Untrained("centred", "centre", {"--pairs": "train/captions", "--validation": "validation/hard"}),
)


def trainings(rates: str) -> list[Training]:
    """All of them, the paper's five at `rates`."""
    return [
        Training("linear", f"--kind linear --sides both {rates}", published="linear"),
        Training("linear-image", f"--kind linear --sides image {rates}", published="linear, image only"),
        Training("linear-text", f"--kind linear --sides text {rates}", published="linear, text only"),
        Training("mlp", f"--kind mlp {rates}", published="MLP"),
        Training("attention", f"--kind attention {rates}", published="attention"),
        # One more: the linear head with the caption loss kept beside the hard negatives, which saves coarse retrieval.
        Training(
            "linear-captions",
            "--kind linear --sides both --warm-up-loss infonce --warm-up-learning-rate 1e-3"
            " --hard-learning-rate 1e-3 --hard-epochs 20 --hard-margin 0.1 --caption-weight 0.05",
        ),
        # And the blend of the frozen cosine and a branch, in one stage: it is to be as good as cosine in coarse
        # retrieval, which the captions and the distillation see to. Chosen on the validation split and on scenes kept
        # from the training split of fg-rendered.
        Training(
            "blend",
            "--kind blend --warm-up-epochs 0 --warm-up-loss infonce --warm-up-scale 40 --caption-weight 0.3"
            " --distillation 4 --hard-loss cross-entropy --hard-scale 40 --hard-learning-rate 1e-3"
            " --hard-schedule cosine",
            between=False,
        ),
        # A soft AND over three readings of the caption (SRA-Det), in the blend's one stage without its distillation.
        # The temperature was chosen on the validation split of fg-rendered.
        Training(
            "facets",
            "--kind facets --set temperature=0.02 --warm-up-epochs 0 --warm-up-loss infonce --warm-up-scale 40"
            " --caption-weight 0.3 --hard-loss cross-entropy --hard-scale 40 --hard-learning-rate 1e-3"
            " --hard-schedule cosine",
            between=False,
        ),
        # A matrix on the caption's side, learnt from captions with two of their attributes exchanged (LABCLIP); the
        # captions of whole scenes beside them keep coarse retrieval, at 0.05 of a rank on the validation split.
        Training(
            "labclip",
            "--kind text-matrix --hard-loss contrastive --hard-scale 50 --hard-learning-rate 1e-3"
            " --warm-up-epochs 0 --warm-up-loss infonce --warm-up-scale 40 --caption-weight 0.3",
            between=False,
            hard="train/swaps",
        ),
    ]
