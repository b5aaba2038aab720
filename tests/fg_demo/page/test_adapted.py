"""A backbone with an adapter: its cosine stands beside that of what it was adapted from, wherever scores are shown."""

import pytest

from fg_demo.models.adapter import joint_name
from fg_demo.models.clip import MINI_CLIP, load_backbone
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.comparison import Question, answer, models_of, score
from fg_demo.page.samples import load_samples, sample_crops
from fg_demo.page.taking.files import python_text
from fg_demo.scores import ADAPTED, true_query
from fg_demo.verdicts import MeanCrop
from heads.kinds.cosine import BASELINE
from tests.support.tiny_adapter import write_random_adapter


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Question:
    folder = write_random_adapter(
        load_backbone(MINI_CLIP, device="cpu"), tmp_path_factory.mktemp("adapters") / "random"
    )
    sample = load_samples()[0]
    queries = tuple(query.removeprefix("✓ ") for query in sample.queries)
    name = joint_name(MINI_CLIP, str(folder))
    return Question(sample.path, sample.box, queries, name, (), true_query(sample.queries))


@pytest.fixture(scope="module")
def registry(question: Question) -> ModelRegistry:
    return ModelRegistry([MINI_CLIP, question.backbone], device="cpu")


def test_both_cosines_are_those_of_their_own_backbones(registry: ModelRegistry, question: Question):
    both = score(registry, question).set_index("scorer")
    models = models_of(registry, question)
    assert models.base is registry.backbone(MINI_CLIP)
    base = score(registry, Question(question.image, question.box, question.queries, MINI_CLIP, ()))
    assert both.loc[[BASELINE.title], "score"].tolist() == pytest.approx(base["score"].tolist(), abs=1e-6)
    assert both.loc[[ADAPTED], "score"].tolist() != pytest.approx(base["score"].tolist(), abs=1e-3)


def test_the_page_shows_and_says_both(registry: ModelRegistry, question: Question):
    shown = answer(registry, question, MeanCrop(lambda: sample_crops(load_samples())))
    assert [one.name for one in shown.bars.scorers] == ["CLIP’s cosine", "Adapted CLIP’s cosine"]
    assert shown.bars.blended == "the adapted CLIP" and "the adapted CLIP ranks it" in shown.headline
    assert "the adapted CLIP" in shown.verdicts.replace("The adapted", "the adapted")
    assert f"base=load_backbone({MINI_CLIP!r})" in python_text(question)
