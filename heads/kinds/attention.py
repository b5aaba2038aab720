"""The attention head: image and caption meet in one attention layer. It scores pairs and projects nothing."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from heads.head import Head, check_dim, checked_dim, checked_logit_scale

CHUNK = 2**21
"""How many (image, caption, attention head) triples are scored at a time; each takes some 30 bytes."""


@final
class AttentionHead(Head, kind="attention"):
    """One multi-head attention over the tokens [cls, image, text]; the score is read from the first of them.

    The MHA head of arXiv 2404.03539 (released code, `src/model.py`): cls is Linear(1 → dim) of a constant 1,
    the layer has no residual and no normalisation around it, and the score is the first element of the
    first output token. Unlike a cosine it is not bounded. The released code puts it through a sigmoid, which
    changes no rank and is left out here.

    `attention_heads` must divide `dim`; without it, it is the largest divisor that leaves each attention
    head at least 8 numbers: 64 at 512, as in the paper. Raises ValueError when `dim` is not 1 to 8192,
    `attention_heads` does not divide it, or `logit_scale` is not above 0.
    """

    def __init__(self, dim: int, attention_heads: int | None = None, logit_scale: float = 100.0):
        super().__init__()
        self.dim = checked_dim(dim)
        self.attention_heads = _checked_attention_heads(attention_heads, dim)
        self.logit_scale = checked_logit_scale(logit_scale)
        self.cls = nn.Linear(1, dim)
        self.attention = nn.MultiheadAttention(dim, self.attention_heads)

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        heads, scale = self.attention_heads, self.logit_scale
        return {"dim": self.dim, "attention_heads": heads, "logit_scale": scale}

    def score(self, image: Float[Tensor, "n d"], text: Float[Tensor, "n k d"]) -> Float[Tensor, "n k"]:
        """The score of each image with its own captions, read through attention."""
        check_dim(self, image=image, text=text)
        cls, images, texts = self._read(image, text)
        return self._attend(cls, images[:, None], texts)

    def score_matrix(self, image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """As `Head.score_matrix`, a few images at a time: memory does not grow with images times captions,
        but for the scores themselves.
        """
        check_dim(self, image=image, text=text)
        cls, images, texts = self._read(image, text)
        rows = max(1, CHUNK // max(1, len(text) * self.attention_heads))
        return torch.cat([self._attend(cls, some[:, None], texts) for some in images.split(rows)])

    def _read(
        self, image: Float[Tensor, "n d"], text: Float[Tensor, "*batch d"]
    ) -> tuple[Float[Tensor, "2 h"], Float[Tensor, "n 2 h"], Float[Tensor, "*batch 2 h"]]:
        """What counts of each token, the cls token's first: a logit and a value for each attention head.

        Only the cls token asks and only one element of its answer is read. So of a token's key its product
        with that one query counts, and of its value that with one row of the output map: 2h numbers, read by
        one map of 2h x d, in place of the layer's own maps of d x d.
        """
        layer, heads = self.attention, self.attention_heads
        weights = layer.get_parameter("in_proj_weight").view(3, heads, layer.head_dim, -1)
        biases = layer.get_parameter("in_proj_bias").view(3, heads, layer.head_dim)
        cls = self.cls(self.cls.weight.new_ones(1))
        query = (weights[0] @ cls + biases[0]) / layer.head_dim**0.5
        output = layer.out_proj.weight[0].view(heads, layer.head_dim)
        asked = torch.stack([query, output])
        weight = torch.einsum("rhw,rhwd->rhd", asked, weights[1:]).flatten(0, 1)
        bias = torch.einsum("rhw,rhw->rh", asked, biases[1:]).flatten()
        read = [F.linear(tokens.float(), weight, bias) for tokens in (cls, image, text)]
        cls_read, image_read, text_read = (tensor.unflatten(-1, (2, heads)) for tensor in read)
        return cls_read, image_read, text_read

    def _attend(self, *tokens: Float[Tensor, "*#batch 2 h"]) -> Float[Tensor, "n k"]:
        """First element of the first output token, from what `_read` gives for the three tokens.

        The softmax over the tokens is written out: it needs no copies of the tokens side by side, and
        torch's own rounds a pair by its place in the batch, so that equal captions would not tie.
        """
        logits, values = zip(*(token.unbind(-2) for token in tokens), strict=True)
        highest = torch.maximum(torch.maximum(logits[0], logits[1]), logits[2]).detach()
        shares = [(logit - highest).exp() for logit in logits]
        attended = shares[0] * values[0] + shares[1] * values[1] + shares[2] * values[2]
        attended = attended / (shares[0] + shares[1] + shares[2])
        return attended.sum(dim=-1) + self.attention.out_proj.bias[0]


def _checked_attention_heads(attention_heads: Any, dim: int) -> int:
    if attention_heads is None:
        return next(heads for heads in range(max(1, dim // 8), 0, -1) if dim % heads == 0)
    if type(attention_heads) is not int or attention_heads < 1 or dim % attention_heads:
        raise ValueError(f"attention_heads: expected a divisor of dim, {dim}, got {attention_heads!r}")
    return attention_heads
