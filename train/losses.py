"""What the network is asked for: numbers where people gave numbers, signs where signs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train.settings import Settings


def settle_weights(heard: Tensor, settle_s: float, step_s: float = 0.5) -> Tensor:
    """Return the weight of every step: small at first, 1 once the model has settled.

    Shape:
        - Input: ``[B, T]``, 1 where there is music
        - Output: ``[B, T]``
    """
    seconds = torch.arange(1, heard.shape[1] + 1, device=heard.device) * step_s
    return heard * torch.clamp(seconds / settle_s, 0.05, 1.0)


def number_loss(mean: Tensor, std: Tensor, target: Tensor, error: Tensor) -> Tensor:
    """Negative log-likelihood of a Gaussian, in units where a good fit is of order one.

    The variance is the model's own plus that of the raters' mean. Weighting by the
    standard deviation (Seitzer et al., ICLR 2022, with beta 0.5) keeps the mean from
    giving up on hard recordings.
    """
    variance = std.square() + error.square()
    loss = 0.5 * (torch.log(variance) + (target - mean).square() / variance)
    return loss * variance.detach().sqrt() * 5.0  # 5: the inverse of the usual spread


def sign_loss(mean: Tensor, sign: Tensor, softness: float) -> Tensor:
    """Negative log-probability of the sign, were raters spread by the softness.

    The estimated spread has no part in it: signs say nothing about its size, and let
    into the bargain it grows until the mean need not move.
    """
    loss: Tensor = -torch.special.log_ndtr(sign * mean / softness)
    return loss


def song_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean over steps, ``[B, T, D]`` to ``[B, D]``."""
    total = weight.sum(1, keepdim=True).clamp(min=1e-6)
    return (values * (weight / total)[:, :, None]).sum(1)


def emotion_loss(
    mean: Tensor,
    std: Tensor,
    target: Tensor,
    error: Tensor,
    weight: Tensor,
    signs: Tensor,
    offset: Tensor,
    settings: Settings,
) -> Tensor:
    """Return the loss of a batch.

    Args:
        mean, std, target, error: ``[B, T, 2]``.
        weight: ``[B, T]``, 0 where nothing was rated.
        signs: ``[B]``, 1 where the target is a pair of signs.
        offset: ``[B, 2]``, where each crop's dataset has its neutral on the scale of the
            model. Signs have theirs at 0, and so say where neutral is.
        settings: weights of the parts.
    """
    is_sign = signs[:, None, None] > 0
    shifted = torch.where(is_sign, mean, mean + offset[:, None])
    step = torch.where(
        is_sign,
        settings.sign_weight
        * sign_loss(mean, torch.where(is_sign, target, 1.0), settings.sign_softness),
        number_loss(shifted, std, target, error),
    ).mean(2)
    per_step = (step * weight).sum() / weight.sum().clamp(min=1e-6)

    # A song is judged by the mean of its estimates, so that mean is asked for too.
    song, wanted = song_mean(shifted, weight), song_mean(target, weight)
    is_sign = signs[:, None] > 0
    whole = torch.where(
        is_sign,
        settings.sign_weight
        * sign_loss(song, torch.where(is_sign, wanted.sign(), 1.0), settings.sign_softness),
        0.5 * ((song - wanted) / 0.2).square(),  # 0.2: so that one spread off costs a half
    ).mean(1)
    rated = (weight.sum(1) > 0).float()
    per_song = (whole * rated).sum() / rated.sum().clamp(min=1.0)
    return per_step + settings.song_weight * per_song


def teacher_loss(given: Tensor, wanted: Tensor, heard: Tensor, span: int = 10) -> Tensor:
    """Squared error against a teacher's answers, of means over 5 s and over the crop.

    One step's answer is noisy; what a teacher says of some seconds is not.

    Args:
        given, wanted: ``[B, T, K]``, of spread 1.
        heard: ``[B, T]``, 1 where there is an answer to learn.
        span: steps of a mean.
    """
    off = (given - wanted) * heard[:, :, None]
    spare = -off.shape[1] % span
    rows, answers = len(off), off.shape[2]
    parts = nn.functional.pad(off, (0, 0, 0, spare)).reshape(rows, -1, span, answers).sum(2)
    counts = nn.functional.pad(heard, (0, spare)).reshape(rows, -1, span).sum(2)
    short = (parts / counts.clamp(min=1.0)[:, :, None]).square().mean(2)
    per_span = (short * counts).sum() / counts.sum().clamp(min=1.0)
    total = heard.sum(1)
    whole = (off.sum(1) / total.clamp(min=1.0)[:, None]).square().mean(1)
    per_song = (whole * (total > 0)).mean()
    loss: Tensor = per_span + 2.0 * per_song
    return loss


def answer_loss(estimate: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Squared error of a crop's mean estimate against what its teachers make of it.

    Args:
        estimate, wanted: ``[B, T, 2]``, on one scale.
        weight: ``[B, T]``, 0 where no teacher speaks for the estimate.
    """
    off = song_mean(estimate, weight) - song_mean(wanted, weight)
    asked = (weight.sum(1) > 0).float()
    return (off.square().mean(1) * asked).mean() / 0.06  # 0.06: the square of a usual spread
