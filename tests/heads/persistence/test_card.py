import re
from pathlib import Path

import pytest
import yaml

from heads import CosineHead, read_config, save_head
from heads.persistence.card import card
from tests.support.head_samples import make_head


def front_matter(text: str) -> dict:
    return yaml.safe_load(text.split("---")[1])


def test_the_front_matter_makes_the_head_findable(tmp_path: Path):
    folder = save_head(make_head("linear", 4), tmp_path / "mine", backbone="openai/clip-vit-base-patch16")
    assert front_matter((folder / "README.md").read_text()) == {
        "library_name": "reprojection-heads",
        "pipeline_tag": "zero-shot-image-classification",
        "tags": ["reprojection-head", "fg-ovd"],
        "base_model": "openai/clip-vit-base-patch16",
        "base_model_relation": "adapter",
    }


def test_a_backbone_that_is_not_on_the_hub_is_no_base_model(tmp_path: Path):
    folder = save_head(make_head("linear", 4), tmp_path / "mine", backbone="mini-clip")
    text = (folder / "README.md").read_text()
    assert "base_model" not in front_matter(text)
    assert "`mini-clip`" in text


def test_the_card_says_what_the_config_says(tmp_path: Path):
    said = {"recipe": {"hard": {"loss": "triplet"}}, "note": "a|b\nc", "seed": 123}
    folder = save_head(make_head("linear", 4), tmp_path / "mine", backbone_revision="abc", **said)
    text = card(read_config(folder), "my-head")
    for row in ("| recipe.hard.loss | triplet |", r"| note | a\|b c |", "| seed | 123 |", "| sides | both |"):
        assert row in text
    assert "# my-head" in text
    assert "(revision abc," in text


def test_a_card_with_little_to_say_is_whole(tmp_path: Path):
    text = card(read_config(save_head(CosineHead(), tmp_path / "cosine")), "cosine")
    assert "$" not in text
    assert "any backbone" in text


@pytest.mark.slow
def test_the_usage_runs(tmp_path: Path, monkeypatch):
    """The code block as it stands, in a folder with the head and a photograph, on the embedded backbone."""
    from PIL import Image

    folder = save_head(CosineHead(), tmp_path / "cosine")
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    Image.new("RGB", (32, 32), "red").save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    printed = []
    exec(code, {"print": printed.append})
    assert printed[0].shape == (1, 2)
