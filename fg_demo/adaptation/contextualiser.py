"""The video contextualiser of FiGCLIP: a small transformer over a clip's frames that speaks for its events and itself.

It is used in training and may be used for clips such as those it saw; a single image never passes through it, and the
paper's second version found retrieval to collapse where it is used on other data.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

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
        self.events, self.frames = events, frames
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
