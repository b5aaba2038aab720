"""`torchrun … -m tests.support.gradients BACKBONE FRAMES OUTPUT`: one step on clips, and its gradients in a file."""

import sys
from pathlib import Path

from fg_demo.adaptation.settings import Settings
from fg_demo.adaptation.training.processes import Processes, started_together
from fg_demo.adaptation.training.train import train
from heads.io.tensors import save_tensors
from tests.support.tiny_adaptation import coloured_clips, fresh

ONE_STEP = Settings(rank=4, epochs=1, batch=4, contextualiser_layers=1)


def write_gradients(backbone: Path, frames: Path, output: Path, processes: Processes) -> None:
    """Seven events of four clips in one step; every process writes images of its own, the first what came out."""
    frames.mkdir(exist_ok=True)
    data = coloured_clips(frames / str(processes.rank))
    adaptation = fresh(backbone, ONE_STEP, data)
    adaptation.processes = processes
    ((epoch, _),) = train(adaptation, data, data)
    gradients = {f"{number}": one.grad for number, one in enumerate(adaptation.parameters())}
    if processes.first:
        save_tensors(
            {name: one for name, one in gradients.items() if one is not None},
            output,
            {"loss": f"{epoch.loss}"},
        )


if __name__ == "__main__":
    backbone, frames, output = map(Path, sys.argv[1:])
    with started_together("cpu") as processes:
        write_gradients(backbone, frames, output, processes)
