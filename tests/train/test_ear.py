"""The ear describes each step on its own, in the sizes it says."""

from __future__ import annotations

import torch

from train.ear import Ear, pool, statistics


def drawn_ear() -> Ear:
    """Return an ear with drawn weights, standardised on noise."""
    torch.manual_seed(0)
    ear = Ear((3, 4, 5, 6)).eval()
    ear.standardise(20.0 * torch.randn(50, 25, 64) - 30.0)
    return ear


@torch.no_grad()
def test_a_step_is_described_by_itself() -> None:
    """What other steps there are changes nothing in the description of one."""
    ear, steps = drawn_ear(), 20.0 * torch.randn(7, 25, 64) - 30.0
    together = ear(steps)
    assert together.shape == (7, ear.size) == (7, 4 * 64 + 3 * 6)
    alone = torch.cat([ear(step[None]) for step in steps])
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_standardised_statistics_are_standard() -> None:
    """Over what it was standardised on, each statistic has mean 0 and spread 1 or a little less."""
    torch.manual_seed(1)
    steps = 20.0 * torch.randn(400, 25, 64) - 30.0
    ear = Ear((3, 4, 5, 6))
    ear.standardise(steps)
    described = ear(steps)[:, :256]
    torch.testing.assert_close(described.mean(0), torch.zeros(256), atol=1e-3, rtol=0)
    assert ((described.std(0) > 0.8) & (described.std(0) <= 1.0)).all()


def test_statistics_are_those_of_their_names() -> None:
    """Mean, spread and changes of a band that rises by a decibel a frame are known."""
    frames = torch.arange(25.0)[None, :, None].expand(1, 25, 64)
    mean, spread, change, slow = statistics(frames)[0].split(64)
    torch.testing.assert_close(mean, torch.full((64,), 12.0))
    torch.testing.assert_close(spread, torch.full((64,), (52.0 + 0.1) ** 0.5))
    torch.testing.assert_close(change, torch.full((64,), 1.1**0.5))
    torch.testing.assert_close(slow, torch.full((64,), 16.1**0.5))


def test_pooling_tells_bands_from_time() -> None:
    """A pattern over bands is spread over bands, one over time is spread over time."""
    over_bands = torch.tensor([0.0, 2.0]).expand(1, 1, 4, 2)
    over_time = torch.tensor([0.0, 2.0])[:, None].expand(1, 1, 2, 4)
    torch.testing.assert_close(
        pool(over_bands)[0], torch.tensor([1.0, 1.0, 0.0]), atol=0.04, rtol=0
    )
    torch.testing.assert_close(pool(over_time)[0], torch.tensor([1.0, 0.0, 1.0]), atol=0.04, rtol=0)
