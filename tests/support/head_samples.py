"""Small random embeddings and heads for the tests of `heads`."""

from typing import Any

import torch
from torch import Tensor

from heads import KINDS, Candidates, Head, Pairs


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def make_head(kind: str, dim: int, seed: int = 0, **options: Any) -> Head:
    """A head with random weights, biases included, in evaluation mode."""
    head = KINDS[kind](dim=dim, **options)
    for number, weight in enumerate(head.parameters()):
        weight.data = normal(*weight.shape, seed=seed + number) / dim**0.5
    return head.eval()


class FirstNumber(Head):
    """Knows captions by their first number, whatever the image: an oracle, a liar, or one who knows the wording."""

    dim = None

    def config(self):
        return {}

    def score(self, image, text):
        return text[:, :, 0]

    def score_matrix(self, image, text):
        return text[:, 0].expand(len(image), -1)


def make_candidates(n: int = 6, k: int = 5, dim: int = 8, captions: int = 9, seed: int = 0) -> Candidates:
    """Random candidates with ragged masks: a row has from none to k - 1 negatives."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, k + 1, (n, 1), generator=generator)
    return Candidates(
        image=torch.randn(n, dim, generator=generator),
        captions=torch.randn(captions, dim, generator=generator),
        index=torch.randint(captions, (n, k), generator=generator),
        mask=torch.arange(k)[None] < lengths,
    )


def make_pairs(images: int = 5, captions: int = 12, dim: int = 8, seed: int = 0) -> Pairs:
    """Random pairs; some image may have no caption."""
    generator = torch.Generator().manual_seed(seed)
    return Pairs(
        image=torch.randn(images, dim, generator=generator),
        text=torch.randn(captions, dim, generator=generator),
        image_of_text=torch.randint(images, (captions,), generator=generator),
    )


def hidden_attribute(n: int, dim: int = 24, seed: int = 0) -> Candidates:
    """Objects with an attribute that is weak in both embeddings and looks different in each.

    Eight captions a region name its object with each of eight attributes, the right one first; the rest of
    the embedding is the object's. Cosine is near chance, 4.5; a linear map between the two attribute spaces
    is not.
    """
    world, generator = torch.Generator().manual_seed(99), torch.Generator().manual_seed(seed)
    objects = torch.randn(10, dim, generator=world)
    in_image, in_text = 0.3 * torch.randn(2, 8, dim, generator=world)
    which, attribute = (
        torch.randint(10, (n,), generator=generator),
        torch.randint(8, (n,), generator=generator),
    )
    noise = 0.1 * torch.randn(n, dim, generator=generator)
    captions = (objects[:, None] + in_text[None]).reshape(80, dim)
    index = which[:, None] * 8 + (attribute[:, None] + torch.arange(8)) % 8
    image = objects[which] + in_image[attribute] + noise
    return Candidates(image, captions, index, torch.ones_like(index, dtype=torch.bool))
