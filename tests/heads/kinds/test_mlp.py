import pytest
import torch

from heads import MlpHead
from tests.support.head_samples import make_head, normal


@pytest.mark.parametrize("hidden", [3, 6, 11])
def test_forward_is_two_layers_with_a_tanh_after_each_then_a_cosine(hidden):
    head = MlpHead(6, hidden=hidden)
    image, text = normal(3, 6, seed=1), normal(3, 4, 6, seed=2)
    weights = {name: tensor.double() for name, tensor in head.state_dict().items()}

    def project(side: str, x: torch.Tensor) -> torch.Tensor:
        for layer in (0, 2):
            x = weights[f"{side}.{layer}.weight"] @ x + weights[f"{side}.{layer}.bias"]
            x = x.tanh()
        return x

    for i in range(3):
        for j in range(4):
            a, b = project("image", image[i].double()), project("text", text[i, j].double())
            expected = torch.dot(a, b) / (torch.dot(a, a).sqrt() * torch.dot(b, b).sqrt())
            assert head.score(image, text)[i, j].item() == pytest.approx(expected.item(), abs=1e-6)


def test_projections_have_the_embeddings_size_and_lie_between_minus_one_and_one():
    head = make_head("mlp", 6)
    assert isinstance(head, MlpHead)
    projected = head.project_image(100 * normal(5, 6))
    assert projected.shape == (5, 6)
    assert projected.abs().max() <= 1


def test_the_paper_s_parameter_count():
    assert sum(p.numel() for p in MlpHead(512).parameters()) == 1_050_624


@pytest.mark.parametrize("hidden", [0, -1, 8193, 4.0, "4", True])
@pytest.mark.usefixtures("without_type_checks")
def test_a_hidden_size_out_of_range_is_refused(hidden):
    with pytest.raises(ValueError, match="hidden: expected a whole number from 1 to 8192, got"):
        MlpHead(4, hidden=hidden)
