import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heads import LinearHead
from heads.kinds.facets import FacetsHead
from tests.support.head_samples import make_head, normal


def slow_cosines(head: FacetsHead, image: torch.Tensor, text: torch.Tensor) -> list[float]:
    """The cosine of the mapped image with each facet of the caption, number by number."""
    weights = {name: tensor.double() for name, tensor in head.state_dict().items()}

    def mapped(name: str, x: torch.Tensor) -> list[float]:
        return (weights[f"{name}.weight"] @ x.double() + weights[f"{name}.bias"]).tolist()

    one, found = mapped("image", image), []
    for facet in range(head.facets):
        other = mapped(f"text.{facet}", text)
        lengths = [math.sqrt(sum(x * x for x in side)) for side in (one, other)]
        found.append(sum(a * b for a, b in zip(one, other, strict=True)) / (lengths[0] * lengths[1]))
    return found


@given(facets=st.integers(1, 5), temperature=st.floats(0.02, 2), seed=st.integers(0, 20))
def test_the_score_is_a_soft_minimum_of_the_facets_cosines(facets, temperature, seed):
    head = make_head("facets", 6, seed, facets=facets, temperature=temperature)
    assert isinstance(head, FacetsHead)
    image, text = normal(2, 6, seed=seed + 1), normal(2, 3, 6, seed=seed + 2)
    scores = head.score(image, text)
    for i in range(2):
        for j in range(3):
            cosines = slow_cosines(head, image[i], text[i, j])
            mean = sum(math.exp(-cosine / temperature) for cosine in cosines) / facets
            assert scores[i, j].item() == pytest.approx(-temperature * math.log(mean), abs=1e-4)
            assert min(cosines) - 1e-4 <= scores[i, j].item() <= sum(cosines) / facets + 1e-4


def test_the_colder_the_nearer_to_the_least_facet_and_the_warmer_to_the_mean():
    cold, warm = (make_head("facets", 6, temperature=temperature) for temperature in (0.001, 10.0))
    assert isinstance(cold, FacetsHead)
    image, text = normal(1, 6, seed=1), normal(1, 1, 6, seed=2)
    cosines = slow_cosines(cold, image[0], text[0, 0])
    assert cold.score(image, text).item() == pytest.approx(min(cosines), abs=2e-3)
    assert warm.score(image, text).item() == pytest.approx(sum(cosines) / 3, abs=2e-2)


def test_one_facet_is_the_linear_head():
    head, linear = make_head("facets", 6, facets=1), LinearHead(6)
    linear.load_state_dict({name.replace("text.0", "text"): one for name, one in head.state_dict().items()})
    image, text = normal(3, 6, seed=1), normal(3, 4, 6, seed=2)
    torch.testing.assert_close(head.score(image, text), linear.score(image, text), atol=1e-5, rtol=0)


@pytest.mark.parametrize("facets", [0, -1, 65, 3.0, "3", True])
@pytest.mark.usefixtures("without_type_checks")
def test_a_number_of_facets_out_of_range_is_refused(facets):
    with pytest.raises(ValueError, match="facets: expected a whole number from 1 to 64, got"):
        FacetsHead(4, facets=facets)


@pytest.mark.parametrize("temperature", [0, -0.1, 1e-4, 11, float("nan"), float("inf"), "1", None, True])
@pytest.mark.usefixtures("without_type_checks")
def test_a_temperature_out_of_range_is_refused(temperature):
    with pytest.raises(ValueError, match=r"temperature: expected a number from 0\.001 to 10, got"):
        FacetsHead(4, temperature=temperature)
