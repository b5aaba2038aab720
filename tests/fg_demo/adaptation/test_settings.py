"""Settings: the published ones, those of the embedded backbone, and wrong ones."""

from dataclasses import replace
from typing import Any

import pytest

from fg_demo.adaptation.settings import COSINE, MINI_CLIP, PUBLISHED, Settings, settings_for


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("precision", "half"),
        ("region_batch", 0),
        ("image_batch", 0),
        ("image_weight", -1.0),
        ("schedule", "linear"),
    ],
)
def test_settings_of_regions_beside_and_precision_are_looked_over(field: str, wrong: Any):
    with pytest.raises(ValueError, match=f"{field}: expected"):
        replace(PUBLISHED, **{field: wrong})


def test_the_rate_stays_or_falls_to_nothing_along_half_a_cosine():
    falling = replace(PUBLISHED, schedule=COSINE, learning_rate=2.0)
    assert [falling.rate(done) for done in (0.0, 0.5, 1.0)] == pytest.approx([2.0, 1.0, 0.0])
    assert {PUBLISHED.rate(done) for done in (0.0, 0.5, 1.0)} == {PUBLISHED.learning_rate}


def test_published_settings_are_the_default_and_mini_clip_has_its_own():
    assert settings_for("openai/clip-vit-base-patch16") == PUBLISHED == Settings()
    published = (
        PUBLISHED.rank,
        PUBLISHED.learning_rate,
        PUBLISHED.batch,
        PUBLISHED.epochs,
        PUBLISHED.made_negatives,
    )
    assert published == (64, 1e-6, 20, 40, 4)
    assert settings_for("mini-clip") == MINI_CLIP and settings_for("mini-clip", rank=2, alpha=None).rank == 2
