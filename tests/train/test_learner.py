"""What a batch asks of a network, set by set."""

from __future__ import annotations

import pytest
import torch

from train.learner import Drawn, batch_loss
from train.network import build
from train.settings import Settings

SMALL = Settings(
    ear=(2, 3, 4, 4), wide=8, hidden=8, dropout=0.0, sign_weight=0.0, teacher_weight=0.0
)


def drawn(name: str, said: torch.Tensor) -> Drawn:
    """Return two crops of a set of which nothing is known but what its teachers say."""
    torch.manual_seed(0)
    nothing = torch.zeros(2, 20, 2)
    return Drawn(
        steps=20.0 * torch.randn(2, 20, 25, 64) - 30.0,
        heard=torch.ones(2, 20),
        target=nothing,
        error=nothing,
        rated=torch.zeros(2, 20),
        signs=torch.zeros(2),
        teacher=said.expand(2, 20, 1, 6),
        taught=torch.ones(2),
        keys=(f"{name}/1", f"{name}/2"),
    )


@pytest.mark.parametrize(
    ("name", "moved_by"),
    [
        ("panda4q", {0, 1, 2, 3}),
        ("unlabelled", {0, 1, 2, 3}),
        ("emopia", {4, 5}),
        ("vgmidi", set()),
    ],
)
def test_estimates_follow_the_probes_of_their_own_kind(name: str, moved_by: set[int]) -> None:
    """Real recordings follow emotify's and panda4q's probes, emopia's clips its own."""
    network = build(SMALL, teacher=6)
    before = batch_loss(network, drawn(name, torch.zeros(6)), SMALL, set()).detach()
    for answer in range(6):
        other = batch_loss(network, drawn(name, torch.eye(6)[answer]), SMALL, set()).detach()
        assert (float((other - before).abs()) > 1e-6) == (answer in moved_by)


def test_the_ear_is_left_as_it_is() -> None:
    """Learning moves the encoder and not the ear before it."""
    network = build(SMALL, teacher=6)
    batch_loss(network, drawn("emopia", torch.ones(6)), SMALL, set()).backward()
    assert all(p.grad is None for p in network.ear.parameters())
    gradient = network.encoder.first.weight.grad
    assert gradient is not None
    assert gradient.abs().max() > 0


def test_what_is_held_out_is_not_asked() -> None:
    """A batch gives the same loss whatever is known of a crop that is held out."""
    network = build(SMALL, teacher=6)
    batch = drawn("panda4q", torch.ones(6))
    before = batch_loss(network, batch, SMALL, {"panda4q/2"})
    batch.steps[1] += 3.0
    batch.taught[1] = 0.0
    assert torch.equal(batch_loss(network, batch, SMALL, {"panda4q/2"}), before)
