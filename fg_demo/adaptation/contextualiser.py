"""The video contextualiser of FiGCLIP: a small transformer over a clip's frames that speaks for its events and itself.

It is used in training and may be used for clips such as those it saw; a single image never passes through it, and the
paper's second version found retrieval to collapse where it is used on other data.
"""

from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from heads.io.tensors import load_tensors, read_metadata, save_tensors

VIDEO, EVENT, FRAME = range(3)
"""The types of its tokens."""
HEAD_DIM = 64


class Contextualiser(nn.Module):
    """Layers of attention over the tokens [video, event 1, its frames, event 2, its frames, …].

    Video and event tokens are learned; every token is added an embedding of its type, those of an event one of which
    event it is, and frames one of their place in it. Heads, width of the middle layer and normalisation before each
    layer are ours, since they are not published.
    """

    def __init__(self, dim: int, events: int, frames: int, layers: int):
        super().__init__()
        self.dim, self.events, self.frames, self.depth = dim, events, frames, layers
        self.video_token = nn.Parameter(0.02 * torch.randn(dim))
        self.event_token = nn.Parameter(0.02 * torch.randn(dim))
        self.types = nn.Parameter(0.02 * torch.randn(3, dim))
        self.event_positions = nn.Parameter(0.02 * torch.randn(events, dim))
        self.frame_positions = nn.Parameter(0.02 * torch.randn(frames, dim))
        heads = dim // HEAD_DIM if dim % HEAD_DIM == 0 else 1
        layer = nn.TransformerEncoderLayer(
            dim, heads, 4 * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(dim), enable_nested_tensor=False)

    def forward(
        self, frames: Float[Tensor, "b p t d"], there: Bool[Tensor, "b p"]
    ) -> tuple[Float[Tensor, "b d"], Float[Tensor, "b p d"]]:
        """What it says of each clip and of each event. An event that is not `there` is seen by nobody, and what is
        said of it means nothing.

        Raises ValueError when the clips have another number of events or frames than it was made for.
        """
        b, p, t, d = frames.shape
        if (p, t) != (self.events, self.frames):
            raise ValueError(f"frames: expected {self.events} events of {self.frames} frames, got {p} of {t}")
        of_event = self.event_positions[:, None]
        event = (self.event_token + self.types[EVENT] + of_event).expand(b, p, 1, d)
        frame = frames + self.types[FRAME] + of_event + self.frame_positions
        video = (self.video_token + self.types[VIDEO]).expand(b, 1, d)
        tokens = torch.cat([video, torch.cat([event, frame], dim=2).flatten(1, 2)], dim=1)
        absent = torch.cat([there.new_zeros(b, 1), ~there.repeat_interleave(1 + t, dim=1)], dim=1)
        said = self.layers(tokens, src_key_padding_mask=absent)
        return said[:, 0], said[:, 1 :: 1 + t]


SIZES = ("dim", "events", "frames", "depth")
"""What decides its shape, as its file says it."""
LARGEST = 100_000
"""Of a size; a file that says more is damaged or hostile."""


def save_contextualiser(contextualiser: Contextualiser, path: Path) -> Path:
    """The written file."""
    sizes = {name: str(getattr(contextualiser, name)) for name in SIZES}
    return save_tensors(contextualiser.state_dict(), path, {"format": "pt", **sizes})


def load_contextualiser(path: Path, dim: int) -> Contextualiser:
    """What `save_contextualiser` wrote for embeddings of so many numbers, ready to be used.

    Raises FileNotFoundError, or ValueError when the file holds something else or one for other embeddings.
    """
    words = read_metadata(path)
    sizes = [int(words[name]) for name in SIZES if words.get(name, "").isdecimal()]
    if len(sizes) != len(SIZES) or not all(1 <= size <= LARGEST for size in sizes):
        raise ValueError(f"{path}: expected a contextualiser that states {', '.join(SIZES)}, got {words}")
    if sizes[0] != dim:
        raise ValueError(
            f"{path}: expected a contextualiser of embeddings of dimension {dim}, got {sizes[0]}"
        )
    with torch.device("meta"):
        made = Contextualiser(*sizes)
    shapes = {name: one.shape for name, one in made.state_dict().items()}
    tensors = load_tensors(path, list(shapes))
    wrong = [name for name, shape in shapes.items() if tensors[name].shape != shape]
    if wrong:
        found = tuple(tensors[wrong[0]].shape)
        raise ValueError(f"{path}: {wrong[0]}: expected shape {tuple(shapes[wrong[0]])}, got {found}")
    made.load_state_dict(tensors, assign=True)
    return made.eval()
