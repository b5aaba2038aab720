"""Linear probes: what a linear layer can read off a frozen embedding."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F


def probe_accuracy(
    train: Float[Tensor, "n d"],
    train_labels: Int[Tensor, " n"],
    test: Float[Tensor, "m d"],
    test_labels: Int[Tensor, " m"],
    weight_decay: float = 1e-4,
    steps: int = 150,
) -> float:
    """Share in [0, 1] of test rows whose label a linear softmax classifier, fitted on the training rows, gets right.

    Features are standardised by the training rows; the fit is L-BFGS on cross-entropy with L2 on the weights, from zero,
    so the answer depends on nothing random. Raises ValueError when a test label was never seen in training.
    """
    unseen = set(test_labels.tolist()) - set(train_labels.tolist())
    if unseen:
        raise ValueError(
            f"test_labels: expected labels that occur in train_labels, got {sorted(unseen)} besides"
        )
    mean, deviation = train.mean(0), train.std(0).clamp(min=1e-6)
    train, test = (train - mean) / deviation, (test - mean) / deviation
    layer = nn.Linear(train.shape[1], int(train_labels.max()) + 1)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.LBFGS(
        layer.parameters(), max_iter=steps, history_size=20, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(layer(train), train_labels) + weight_decay * layer.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        return float((layer(test).argmax(1) == test_labels).double().mean())
