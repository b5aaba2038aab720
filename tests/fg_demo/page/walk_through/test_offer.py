"""The walk-through as it is shipped: a few steps, one sentence each, and safe in the page's head."""

import json
from pathlib import Path

from fg_demo.page.walk_through.offer import STEPS, head, offer


def test_a_handful_of_steps_of_one_sentence_each():
    steps = json.loads(STEPS.read_text(encoding="utf-8"))
    assert 4 <= len(steps) <= 5
    for step in steps:
        assert set(step) == {"says", "points_at", "stands", "beside"} and step["stands"] in (
            "before",
            "after",
        )
        assert step["says"].endswith(".") and ". " not in step["says"] and len(step["says"]) <= 140


def test_no_sentence_can_end_the_script_that_it_stands_in(monkeypatch, tmp_path: Path):
    strange = tmp_path / "steps.json"
    strange.write_text('[{"says": "</script><b>"}]', encoding="utf-8")
    monkeypatch.setattr("fg_demo.page.walk_through.offer.STEPS", strange)
    data = head().split(">", 1)[1].split("</script>", 1)[0]
    assert json.loads(data) == [{"says": "</script><b>"}]


def test_the_offer_names_the_first_sample_as_links_do():
    assert 'data-image="sample/a&amp;b"' in str(offer(Path("folder/a&b.jpg")).value)
