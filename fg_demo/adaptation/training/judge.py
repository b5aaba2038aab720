"""How good an adaptation is on validation data."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from fg_demo.adaptation.data import AdaptationData, Frame
from fg_demo.adaptation.history import AdaptationEpoch
from fg_demo.adaptation.training.frozen import embed_captions, pool_frames
from fg_demo.adaptation.training.model import Adaptation
from heads.candidates import Candidates
from heads.kinds.cosine import CosineHead
from heads.pairs import Pairs
from heads.scoring import mean_rank, retrieval_ranks, share_within


class Judge:
    """Measures an adaptation on validation data, by the cosine of mean frames and captions."""

    def __init__(self, adaptation: Adaptation, data: AdaptationData, batch: int = 64):
        self._adaptation, self._moments, self._batch = adaptation, list(data.moments()), batch
        pool_frames(adaptation, data)
        self._texts = embed_captions(adaptation, data, "validation captions")
        table = data.table(data.captions())
        self._caption = table.caption[table.there]
        index = torch.cat([self._caption[:, None], table.negatives[table.there]], dim=1)
        mask = torch.cat([torch.ones_like(index[:, :1], dtype=torch.bool), table.mask[table.there]], dim=1)
        # A moment without negatives would rank first whatever it is.
        ranked = mask[:, 1:].any(dim=1) if mask[:, 1:].any() else mask[:, 0]
        self._index, self._mask, self._ranked = index[ranked], mask[ranked], ranked

    def epoch(self, number: int, loss: float | None) -> AdaptationEpoch:
        """How good it is now."""
        image = self._images()
        # Events told alike are one image with several captions, none of which is wrong: the first stands for all.
        distinct, owner = self._caption.unique(return_inverse=True)
        first = [int((owner == one).nonzero()[0, 0]) for one in range(len(distinct))]
        # What is told in several ways is one image still.
        shown: dict[tuple[Frame, ...], int] = {}
        told = [shown.setdefault(self._moments[row].frames, row) for row in first]
        places = {row: place for place, row in enumerate(shown.values())}
        image_of_text = torch.tensor([places[row] for row in told])
        pairs = Pairs(image[list(places)], self._texts[distinct], image_of_text)
        to_text, to_image = retrieval_ranks(CosineHead(), pairs)
        ranks = mean_rank(CosineHead(), Candidates(image[self._ranked], self._texts, self._index, self._mask))
        return AdaptationEpoch(number, loss, ranks, share_within(to_text, 1), share_within(to_image, 1))

    @torch.no_grad()
    def _images(self) -> Float[Tensor, "m d"]:
        self._adaptation.train(False)
        found = []
        for start in range(0, len(self._moments), self._batch):
            frames = self._adaptation.encode(self._moments[start : start + self._batch])
            found.append(F.normalize(frames, dim=-1).mean(dim=1).cpu())
            self._adaptation.report(
                "validation", min(start + self._batch, len(self._moments)), len(self._moments)
            )
        return torch.cat(found)
