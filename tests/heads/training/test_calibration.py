import pytest
import torch

from heads import Candidates, CosineHead
from heads.scoring import score_candidates
from heads.training.calibration import HIGHEST, LOWEST, fit_logit_scale
from heads.training.losses import hard_negative_cross_entropy
from tests.support.head_samples import make_candidates, make_head


def labelled_by_softmax(scale: float, n: int = 4000) -> Candidates:
    """Candidates whose positive was drawn with the probabilities softmax(scale * cosine) among four
    captions."""
    generator = torch.Generator().manual_seed(0)
    image, captions = torch.randn(n, 8, generator=generator), torch.randn(40, 8, generator=generator)
    index = torch.rand(n, 40, generator=generator).argsort(dim=1)[:, :4]
    shares = (scale * CosineHead().score(image, captions[index])).softmax(dim=1)
    drawn = torch.multinomial(shares, 1, generator=generator)
    others = torch.arange(4)[None].expand(n, 4)
    order = torch.cat([drawn, others[others != drawn].reshape(n, 3)], dim=1)
    return Candidates(image, captions, index.gather(1, order), torch.ones(n, 4, dtype=torch.bool))


@pytest.mark.parametrize("scale", [2.0, 10.0, 50.0])
def test_the_scale_that_drew_the_labels_is_found(scale):
    head = CosineHead()
    assert fit_logit_scale(head, labelled_by_softmax(scale)) == pytest.approx(scale, rel=0.15)


def test_no_scale_of_a_fine_grid_is_better():
    candidates, head = labelled_by_softmax(7.0, n=300), CosineHead()
    found = fit_logit_scale(head, candidates)
    scores = score_candidates(head, candidates)
    grid = [LOWEST * (HIGHEST / LOWEST) ** (step / 200) for step in range(201)]
    losses = [hard_negative_cross_entropy(scores, candidates.mask, scale).item() for scale in [found, *grid]]
    assert losses[0] <= min(losses) + 1e-3


def test_the_head_keeps_the_scale_and_its_scores():
    head, candidates = make_head("linear", 8), make_candidates(n=30)
    before = score_candidates(head, candidates)
    scale = fit_logit_scale(head, candidates)
    assert head.logit_scale == head.config()["logit_scale"] == scale
    assert torch.equal(score_candidates(head, candidates), before)


def test_a_head_that_is_always_wrong_or_right_ends_at_an_end():
    mask = torch.ones(1, 2, dtype=torch.bool)
    for index, end in ((torch.tensor([[0, 1]]), HIGHEST), (torch.tensor([[1, 0]]), LOWEST)):
        candidates = Candidates(torch.eye(2)[:1], torch.eye(2), index, mask)
        assert fit_logit_scale(CosineHead(), candidates) == pytest.approx(end)


def test_padding_changes_nothing():
    candidates = make_candidates(n=30)
    elsewhere = candidates.index.masked_fill(~candidates.mask, 0)
    moved = Candidates(candidates.image, candidates.captions, elsewhere, candidates.mask)
    assert fit_logit_scale(CosineHead(), candidates) == fit_logit_scale(CosineHead(), moved)


def test_no_candidates_are_refused():
    with pytest.raises(ValueError, match="candidates: expected at least one region, got none"):
        fit_logit_scale(CosineHead(), make_candidates(n=0))
