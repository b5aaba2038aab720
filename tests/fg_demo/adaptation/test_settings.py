"""Settings: the published ones, those of the embedded backbone, and wrong ones."""

from dataclasses import replace
from typing import Any

import pytest

from fg_demo.adaptation.settings import MINI_CLIP, PUBLISHED, Settings, settings_for


@pytest.mark.parametrize(("field", "wrong"), [("precision", "half"), ("region_batch", 0)])
def test_settings_of_regions_beside_and_precision_are_looked_over(field: str, wrong: Any):
    with pytest.raises(ValueError, match=f"{field}: expected"):
        replace(PUBLISHED, **{field: wrong})


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
