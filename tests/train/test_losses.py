"""Losses: least where they should be, and blind to what they should not see."""

from __future__ import annotations

import pytest
import torch

from train.losses import (
    answer_loss,
    emotion_loss,
    number_loss,
    settle_weights,
    sign_loss,
    song_mean,
    teacher_loss,
)
from train.settings import Settings


def test_number_loss_is_least_at_the_rating() -> None:
    """Neither a shifted mean nor a wrong spread does better than the right ones."""
    target = 0.2 * torch.randn(20_000, 1, generator=torch.Generator().manual_seed(0))

    def loss(mean: float, std: float) -> float:
        # Weighting by the spread changes how much a rating counts, not which mean is best.
        full = torch.full_like(target, std)
        return float(number_loss(torch.full_like(target, mean), full, target, 0 * target).mean())

    assert loss(0.0, 0.2) < loss(0.1, 0.2)
    assert loss(0.0, 0.2) < loss(-0.1, 0.2)


def test_uncertain_ratings_count_less() -> None:
    """The slope towards a rating is smaller where the raters' mean is uncertain."""
    slopes = []
    for error in (0.0, 0.3):
        mean = torch.zeros(1, requires_grad=True)
        args = (torch.tensor([0.2]), torch.tensor([0.5]), torch.tensor([error]))
        number_loss(mean, *args).sum().backward()
        slopes.append(float(mean.grad.abs()))
    assert slopes[1] < slopes[0]


def test_sign_loss_asks_for_the_side_and_no_more() -> None:
    """It falls towards the right side, and hardly any more once well beyond the softness."""
    means = torch.tensor([-0.5, 0.0, 0.5, 0.9])
    losses = sign_loss(means, torch.ones(4), 0.25)
    assert (losses.diff() < 0).all()
    assert losses[1] == pytest.approx(0.6931, abs=1e-3)
    assert losses[2] - losses[3] < 0.05


def test_first_seconds_weigh_little() -> None:
    """Weights rise over the first 5 s and are 0 where there is no music."""
    heard = torch.ones(1, 20)
    heard[0, 15:] = 0.0
    weights = settle_weights(heard, 5.0)[0]
    assert (weights[:10].diff() > 0).all()
    assert (weights[9:15] == 1.0).all()
    assert (weights[15:] == 0.0).all()


def test_song_mean_counts_weighted_steps_only() -> None:
    """Steps of weight 0 have no part in a crop's mean."""
    values = torch.tensor([[[1.0], [3.0], [99.0]]])
    assert song_mean(values, torch.tensor([[1.0, 1.0, 0.0]])).item() == pytest.approx(2.0)


def test_offset_moves_numbers_and_not_signs() -> None:
    """A set's own neutral is heeded for numbers; signs say where neutral is."""
    mean = torch.full((1, 4, 2), 0.1)
    std, error, weight = torch.full_like(mean, 0.2), torch.zeros_like(mean), torch.ones(1, 4)
    target = torch.full_like(mean, 0.4)
    settings = Settings()

    def loss(signs: float, offset: float) -> float:
        wanted = target.sign() if signs else target
        args = (mean, std, wanted, error, weight, torch.tensor([signs]))
        return float(emotion_loss(*args, torch.full((1, 2), offset), settings))

    assert loss(0.0, 0.3) < loss(0.0, 0.0)
    assert loss(1.0, 0.3) == loss(1.0, 0.0)


def test_unrated_crops_have_no_loss() -> None:
    """What nobody rated asks for nothing and divides nothing by zero."""
    zeros = torch.zeros(2, 3, 2)
    std = torch.full_like(zeros, 0.2)
    loss = emotion_loss(
        zeros, std, zeros, zeros, torch.zeros(2, 3), torch.zeros(2), torch.zeros(2, 2), Settings()
    )
    assert float(loss) == 0.0


def test_teacher_is_heard_over_seconds() -> None:
    """A lasting difference costs more than one that is gone after a few steps."""
    wanted = torch.randn(2, 25, 3, generator=torch.Generator().manual_seed(1))
    heard = torch.ones(2, 25)
    assert float(teacher_loss(wanted, wanted, heard)) == 0.0
    flicker = torch.where(torch.arange(25) % 2 == 0, 1.0, -1.0)[None, :, None]
    lasting = float(teacher_loss(wanted + 1.0, wanted, heard))
    assert lasting == pytest.approx(3.0, abs=1e-5)
    assert float(teacher_loss(wanted + flicker, wanted, heard)) < 0.1 * lasting


def test_what_no_teacher_heard_costs_nothing() -> None:
    """Steps without music and crops without a teacher leave losses as they are."""
    given, wanted = torch.randn(2, 2, 20, 2, generator=torch.Generator().manual_seed(2))
    heard = torch.ones(2, 20)
    heard[0, 12:] = 0.0
    heard[1] = 0.0
    for loss in (teacher_loss, answer_loss):
        before = float(loss(given, wanted, heard))
        changed = given.clone()
        changed[0, 12:] += 5.0
        changed[1] -= 5.0
        assert float(loss(changed, wanted, heard)) == pytest.approx(before, abs=1e-6)
        assert before > 0.0
