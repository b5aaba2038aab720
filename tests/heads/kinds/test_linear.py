import pytest
import torch

from heads import CosineHead, LinearHead
from heads.kinds.linear import SIDES
from tests.support.head_samples import normal


@pytest.mark.parametrize("sides", SIDES)
def test_forward_is_an_affine_map_then_a_cosine(sides):
    head = LinearHead(6, sides=sides)
    image, text = normal(3, 6, seed=1), normal(3, 4, 6, seed=2)
    weights = {name: tensor.double() for name, tensor in head.state_dict().items()}
    for i in range(3):
        for j in range(4):
            a, b = image[i].double(), text[i, j].double()
            if sides != "text":
                a = weights["image.weight"] @ a + weights["image.bias"]
            if sides != "image":
                b = weights["text.weight"] @ b + weights["text.bias"]
            expected = torch.dot(a, b) / (torch.dot(a, a).sqrt() * torch.dot(b, b).sqrt())
            assert head.score(image, text)[i, j].item() == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize(
    ("sides", "names"), [("image", {"image"}), ("text", {"text"}), ("both", {"image", "text"})]
)
def test_only_the_chosen_sides_have_weights(sides, names):
    head = LinearHead(5, sides=sides)
    assert {name.split(".")[0] for name, _ in head.named_parameters()} == names
    assert sum(weight.numel() for weight in head.parameters()) == len(names) * (5 * 5 + 5)


def test_the_other_side_passes_bit_for_bit():
    raw = normal(4, 5)
    assert torch.equal(LinearHead(5, sides="image").project_text(raw), raw)
    assert torch.equal(LinearHead(5, sides="text").project_image(raw), raw)


@pytest.mark.parametrize("dim", [512])
def test_the_paper_s_parameter_counts(dim):
    """525,312 for both sides and 262,656 for one, as in the released checkpoints."""
    assert sum(p.numel() for p in LinearHead(dim).parameters()) == 525_312
    assert sum(p.numel() for p in LinearHead(dim, sides="text").parameters()) == 262_656


@pytest.mark.parametrize("sides", SIDES)
def test_the_identity_scores_as_cosine_does(sides):
    head = LinearHead(16, sides=sides)
    image, text = normal(3, 16, seed=1), normal(3, 4, 16, seed=2)
    assert not torch.equal(head.score(image, text), CosineHead().score(image, text))
    head.init_identity_()
    assert torch.equal(head.score(image, text), CosineHead().score(image, text))


def test_the_bias_makes_the_scale_of_the_embeddings_matter():
    head, image, text = LinearHead(6), normal(3, 6, seed=1), normal(3, 4, 6, seed=2)
    assert not torch.allclose(head.score(image, text), head.score(image * 10, text), atol=1e-3)


@pytest.mark.parametrize("sides", ["neither", "", None, 1, ["both"]])
@pytest.mark.usefixtures("without_type_checks")
def test_unknown_sides_are_refused(sides):
    with pytest.raises(ValueError, match="sides: expected one of both, image, text, got"):
        LinearHead(4, sides=sides)
