"""Frozen CLIP-like backbones: pixels and words in, raw projected embeddings out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

# isort: split
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

WEIGHTS = (".safetensors", ".bin")

ModelInputs = Mapping[str, Tensor]
"""What a model gets of one image: its pixels, and, of a model that takes any shape, which of its patches count."""


class TokenizedTexts(NamedTuple):
    """Texts as a model reads them; those that it reads alike are one row of `inputs`."""

    inputs: Mapping[str, Int[Tensor, "n t"]]
    rows: list[int]
    """The row of each text."""


@runtime_checkable
class Encoder(Protocol):
    """Frozen encoders. Embeddings are projected, raw (not normalised), float32, on the CPU."""

    @property
    def name(self) -> str:
        """As it is loaded by: `mini-clip`, a Hub id or a folder."""
        ...

    @property
    def revision(self) -> str:
        """Commit of the Hub repository, or 12 hex digits of a local folder's content."""
        ...

    @property
    def dim(self) -> int:
        """How many numbers an embedding has."""
        ...

    @property
    def device(self) -> str:
        """`cpu` or `cuda`."""
        ...

    @property
    def precision(self) -> str:
        """What it encodes in: `full`, `half` or `bfloat16`."""
        ...

    def encode_images(self, images: Sequence[Image.Image]) -> Float[Tensor, "n d"]:
        """Raw embeddings of the images, float32, on the CPU."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Raw embeddings of the captions, float32, on the CPU."""
        ...


@runtime_checkable
class SharedTextTower(Encoder, Protocol):
    """An encoder whose texts are encoded as another one's are, to the last bit."""

    @property
    def text_tower(self) -> tuple[str, str]:
        """Name and revision of that one: the backbone, where an adapter on it leaves the text tower alone."""
        ...


def text_tower_of(encoder: Encoder) -> tuple[str, str]:
    """Name and revision of what encodes the encoder's texts, by which their embeddings are kept."""
    own = (encoder.name, encoder.revision)
    return encoder.text_tower if isinstance(encoder, SharedTextTower) else own


@runtime_checkable
class Preprocessor(Encoder, Protocol):
    """An encoder whose preprocessing can be done apart, by threads that feed it: both together give what
    `encode_images` and `encode_texts` give, to the last bit.
    """

    @property
    def compiled(self) -> bool:
        """Whether images are encoded by what `torch.compile` made of the model: not to the same last bits."""
        ...

    def preprocess(self, image: Image.Image) -> ModelInputs:
        """What the model gets of an image; may be called by several threads."""
        ...

    def encode_inputs(self, inputs: Sequence[ModelInputs]) -> Float[Tensor, "n d"]:
        """Raw embeddings of what `preprocess` gives of each image, float32, on the CPU."""
        ...

    def tokenize(self, texts: Sequence[str]) -> TokenizedTexts:
        """What the model gets of texts; may be called by another thread than the one that encodes, by one at a time."""
        ...

    def encode_tokens(self, tokens: TokenizedTexts) -> Float[Tensor, "n d"]:
        """Raw embeddings of the texts that `tokenize` was given, float32, on the CPU."""
        ...


def is_compiled(encoder: Encoder) -> bool:
    """Whether the encoder says that it is compiled."""
    return isinstance(encoder, Preprocessor) and encoder.compiled


@runtime_checkable
class RegionEncoder(Encoder, Protocol):
    """An encoder that can embed regions of an image that it looks at as a whole: see `fg_demo.models.dense`."""

    def preprocess_whole(self, image: Image.Image) -> ModelInputs:
        """What the model gets of an image, nothing cut off; may be called by several threads."""
        ...

    def encode_regions(self, inputs: ModelInputs, boxes: Float[Tensor, "n 4"]) -> Float[Tensor, "n d"]:
        """Raw embeddings of regions of one image, float32, on the CPU. `boxes`: left, top, right, bottom in shares of
        the image.
        """
        ...


@runtime_checkable
class Backbone(Encoder, Protocol):
    """An encoder as the demo shows it."""

    @property
    def logit_scale(self) -> float:
        """What the model multiplies cosines by before a softmax."""
        ...

    def encode(
        self, images: Sequence[Image.Image], texts: Sequence[str]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
        """Both at once, in one call of the device: on ZeroGPU each call waits in a queue."""
        ...

    def encode_patches(self, image: Image.Image) -> Float[Tensor, "rows columns d"] | None:
        """One raw embedding for each patch of the whole image, rows from the top, float32, on the CPU; None where the
        model has no patches that can be compared with captions.
        """
        ...

    def preview(self, image: Image.Image) -> Image.Image:
        """The image as the model sees it: after its own resizing and cropping."""
        ...

    def overlong(self, texts: Sequence[str]) -> list[str]:
        """The texts of which the model reads only the beginning."""
        ...
