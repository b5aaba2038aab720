import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heads import CosineHead, ProjectionHead
from heads.kinds.text_matrix import TextMatrixHead
from tests.support.head_samples import make_head, normal


@given(bias=st.booleans(), seed=st.integers(0, 20))
def test_the_score_is_the_cosine_with_the_mapped_unit_caption(bias, seed):
    head = make_head("text-matrix", 6, seed, bias=bias)
    weights = {name: tensor.double() for name, tensor in head.state_dict().items()}
    image, text = normal(3, 6, seed=seed + 1), normal(3, 4, 6, seed=seed + 2)
    for i in range(3):
        for j in range(4):
            a, b = image[i].double(), text[i, j].double()
            b = weights["text.weight"] @ (b / torch.dot(b, b).sqrt())
            if bias:
                b = b + weights["text.bias"]
            expected = torch.dot(a, b) / (torch.dot(a, a).sqrt() * torch.dot(b, b).sqrt())
            assert head.score(image, text)[i, j].item() == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("bias", [True, False])
def test_before_training_it_is_the_cosine(bias: bool):
    image, text = normal(3, 8, seed=1), normal(3, 4, 8, seed=2)
    found = TextMatrixHead(8, bias=bias).score(image, text)
    torch.testing.assert_close(found, CosineHead().score(image, text))


@pytest.mark.parametrize("bias", [True, False])
def test_the_length_of_an_embedding_does_not_count(bias: bool):
    head, image, text = make_head("text-matrix", 8, bias=bias), normal(3, 8, seed=1), normal(3, 4, 8, seed=2)
    torch.testing.assert_close(head.score(image, text), head.score(3 * image, 10 * text), atol=1e-5, rtol=0)


def test_images_keep_their_vectors_and_the_captions_alone_have_weights():
    head, image = make_head("text-matrix", 8), normal(3, 8)
    assert isinstance(head, ProjectionHead)
    assert torch.equal(head.project_image(image), image)
    assert sum(weight.numel() for weight in head.parameters()) == 64
    assert sum(weight.numel() for weight in TextMatrixHead(8, bias=True).parameters()) == 72


@pytest.mark.parametrize("bias", [1, 0, None, "yes"])
@pytest.mark.usefixtures("without_type_checks")
def test_a_bias_that_is_no_truth_value_is_refused(bias):
    with pytest.raises(ValueError, match="bias: expected true or false, got"):
        TextMatrixHead(4, bias=bias)
