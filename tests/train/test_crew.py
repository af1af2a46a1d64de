"""Processes that ``torchrun`` starts learn as one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from train import crew

ROOT = Path(__file__).resolve().parents[2]


def torchrun(folder: Path, epochs: int) -> str:
    """Fit with two processes over gloo on this machine."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    program = str(Path(__file__).with_name("together.py"))
    done = subprocess.run(
        [*command, program, str(folder), str(epochs)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.e2e
def test_two_processes_end_with_the_same_weights(tmp_path: Path) -> None:
    """Both processes of a fit hold the same weights, one of them writes, and it resumes."""
    said = torchrun(tmp_path, 1)
    assert said.count("epoch 1/1") == 1
    first, second = (torch.load(tmp_path / f"weights-2-{rank}.pt") for rank in (0, 1))
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
    log = (tmp_path / "run" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(log) == 1
    again = torchrun(tmp_path, 1)
    assert "epoch" not in again, "a fit that is done is not done again"
    resumed = torch.load(tmp_path / "weights-2-0.pt")
    for name, value in first.items():
        assert torch.equal(value, resumed[name]), name


def test_alone_nothing_changes() -> None:
    """Without ``torchrun`` a process is the first of one and keeps its gradients."""
    with crew.together():
        assert (crew.rank(), crew.size()) == (0, 1)
        parameter = torch.nn.Parameter(torch.zeros(2))
        parameter.grad = torch.tensor([1.0, 2.0])
        crew.average_gradients([parameter])
        assert parameter.grad.tolist() == [1.0, 2.0]
        assert crew.gather("mine") == ["mine"]
