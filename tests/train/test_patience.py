"""A fit stops when recordings set aside gain nothing, and gives the best weights back."""

from __future__ import annotations

import json
from dataclasses import replace

import torch

from train.checkpoint import CHECKPOINT, load_network
from train.fit import fit
from train.patience import Patience, set_aside
from train.settings import Settings

TINY = Settings(
    shares={"emotify": 1.0}, crop_steps=6, batch=4, batches_per_epoch=3, epochs=6, hidden=8,
    ear=(2, 3, 4, 4), wide=8, pretraining_batches=0, aside_share=0.3,
)  # fmt: skip


def quiet(line: str) -> None:
    """Take a line of progress and say nothing."""


def test_patience_counts_epochs_without_a_better_loss() -> None:
    """It is over after as many epochs in a row without a smaller loss, and not before."""
    patience = Patience(2)
    assert [patience.better(loss) for loss in (1.0, 0.8, 0.9)] == [True, True, False]
    assert not patience.over
    assert not patience.better(0.8)
    assert patience.over
    assert not Patience(0, 0.5, 100).over


def test_groups_are_set_aside_whole(excited_and_calm) -> None:
    """About the share is set aside, no group stands on both sides, and a seed says which."""
    learn, aside = set_aside(excited_and_calm, 0.4)
    assert len(learn) + len(aside) == len(excited_and_calm)
    assert learn
    assert aside
    groups = [{e.recording.group for e in part} for part in (learn, aside)]
    assert not groups[0] & groups[1]
    assert set_aside(excited_and_calm, 0.4)[1] == aside
    assert set_aside(excited_and_calm, 0.0)[1] == []


def test_fit_stops_early_with_the_best_weights(excited_and_calm, tmp_path, monkeypatch) -> None:
    """Where the loss on what was set aside only grows, the first epoch's weights come back."""
    losses = iter([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    monkeypatch.setattr("train.learner.Learner.judge", lambda self, batches: next(losses))
    patient = replace(TINY, patience=2)
    (stopped,) = fit(excited_and_calm, patient, tmp_path, report=quiet)
    log = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["aside"] for line in log] == [1.0, 2.0, 3.0]
    loaded, _ = load_network(tmp_path / CHECKPOINT)
    for name, value in stopped.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name]), name
    (again,) = fit(excited_and_calm, patient, tmp_path, resume=True, report=quiet)
    for name, value in stopped.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert len((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_loss_set_aside_is_noted(excited_and_calm, tmp_path) -> None:
    """With patience every epoch's line says the loss on what was set aside."""
    fit(excited_and_calm, replace(TINY, epochs=2, patience=5), tmp_path, report=quiet)
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(0.0 < json.loads(line)["aside"] < 100.0 for line in lines)
