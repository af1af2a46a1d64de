"""Fitting stops and goes on, and refuses what does not belong to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from realtime_mer.errors import UserError
from train.checkpoint import CHECKPOINT, load_checkpoint, load_network
from train.fit import fit
from train.settings import Settings

TINY = Settings(
    shares={"emotify": 1.0},
    crop_steps=6,
    batch=4,
    batches_per_epoch=3,
    epochs=2,
    hidden=8,
    ear=(2, 3, 4, 4),
    wide=8,
    pretraining_batches=0,
)


def quiet(line: str) -> None:
    """Take a line of progress and say nothing."""


def test_resume_gives_the_same_weights(excited_and_calm, tmp_path, monkeypatch) -> None:
    """A run stopped after an epoch and resumed has bitwise the weights of a whole one."""
    (whole,) = fit(excited_and_calm, TINY, tmp_path / "whole", report=quiet)

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    # Stopping while an epoch reports loses that epoch's checkpoint, as a real stop may.
    lines: list[str] = []

    def stop_second(line: str) -> None:
        lines.append(line)
        if len(lines) == 2:
            stop(line)

    with pytest.raises(KeyboardInterrupt):
        fit(excited_and_calm, TINY, tmp_path / "parts", report=stop_second)
    torch.manual_seed(12345)
    (resumed,) = fit(excited_and_calm, TINY, tmp_path / "parts", resume=True, report=quiet)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_held_out_recordings_change_nothing(excited_and_calm, tmp_path) -> None:
    """What is held out from a network leaves no trace in its weights."""
    from train.crops import Example
    from train.datasets.base import Ratings

    held = {example.recording.key for example in excited_and_calm[:4]}
    falsified = [
        Example(
            replace(example.recording, ratings=Ratings.static(-1.0, 1.0))
            if example.recording.key in held
            else example.recording,
            example.frames,
        )
        for example in excited_and_calm
    ]
    (first,) = fit(excited_and_calm, TINY, tmp_path / "a", held_out=[held], report=quiet)
    (second,) = fit(falsified, TINY, tmp_path / "b", held_out=[held], report=quiet)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


def test_checkpoint_of_other_settings_is_refused(excited_and_calm, tmp_path) -> None:
    """Resuming with other settings than the run's ends in one sentence."""
    fit(excited_and_calm, replace(TINY, epochs=1), tmp_path, report=quiet)
    with pytest.raises(UserError, match="other settings"):
        fit(excited_and_calm, TINY, tmp_path, resume=True, report=quiet)


def test_damaged_checkpoint_is_refused(tmp_path) -> None:
    """A damaged checkpoint ends in one sentence."""
    (tmp_path / CHECKPOINT).write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match="damaged"):
        load_checkpoint(tmp_path / CHECKPOINT)


def test_network_comes_back(excited_and_calm, tmp_path) -> None:
    """The network read from a checkpoint is the one that was fitted."""
    (network,) = fit(excited_and_calm, TINY, tmp_path, report=quiet)
    loaded, settings = load_network(tmp_path / CHECKPOINT)
    assert settings == TINY
    for name, value in network.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name]), name
