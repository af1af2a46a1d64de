"""What each process of ``test_crew`` runs under ``torchrun``: a tiny fit on invented frames."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from train import crew
from train.crops import Example
from train.datasets.base import Ratings, Recording
from train.fit import fit
from train.settings import Settings


def examples() -> list[Example]:
    """Return six recordings of noise, the same in every process."""
    generator = np.random.default_rng(0)
    made = []
    for number in range(6):
        ratings = Ratings.static(*generator.uniform(-0.5, 0.5, 2), (0.1, 0.1), 20)
        path = Path(f"{number}.wav")
        recording = Recording("emotify", str(number), path, str(number), ratings, "none")
        frames = generator.normal(-40.0, 10.0, (400, 64)).astype(np.float16)
        made.append(Example(recording, (frames,)))
    return made


def main(folder: Path, epochs: int) -> None:
    """Fit, and write this process's weights where the test finds them."""
    settings = Settings(
        shares={"emotify": 1.0}, crop_steps=6, batch=4, batches_per_epoch=4, epochs=epochs,
        hidden=8, ear=(2, 3, 4, 4), wide=8, pretraining_batches=0,
    )  # fmt: skip
    with crew.together():
        parameter = torch.nn.Parameter(torch.zeros(3))
        parameter.grad = torch.full((3,), float(crew.rank()))
        crew.average_gradients([parameter])
        expected = (crew.size() - 1) / 2
        assert torch.equal(parameter.grad, torch.full((3,), expected)), parameter.grad
        (network,) = fit(examples(), settings, folder / "run", resume=True)
        torch.save(network.state_dict(), folder / f"weights-{crew.size()}-{crew.rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
