"""What the live model hears in a step: statistics of its bands, and what a small convolution sees.

Statistics say what timbre and loudness are made of. The convolution sees patterns over time and
bands; a thousand rated recordings cannot teach it, so it is fitted beforehand, to say what
YAMNet hears in the same half second (:mod:`train.pretraining`), and then left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from realtime_mer.frontend import FRONT_END

STATISTICS = 4
"""Of each band over a step: mean, spread, change from frame to frame, slow change."""
POOLED = 3
"""Of each channel: mean, spread over bands, spread over time."""
LAYERS = ((3, (1, 2)), (3, (2, 2)), (3, (2, 2)), (1, (1, 1)))
"""Size of each convolution, and its stride over time and bands."""


def statistics(frames: Tensor) -> Tensor:
    """Return the statistics of steps.

    Args:
        frames: ``[N, 25, 64]``, level-normalised dB.

    Returns:
        ``[N, 4 * 64]`` in dB.
    """
    mean = frames.mean(1)
    variance = (frames - mean[:, None]).square().mean(1)
    change = (frames[:, 1:] - frames[:, :-1]).square().mean(1)
    # Over 80 ms, about a note's attack; sustained sound with vibrato differs from strokes.
    slow = (frames[:, 4:] - frames[:, :-4]).square().mean(1)
    # A floor of 0.3 dB, which is no more than a codec changes.
    spreads = torch.sqrt(torch.cat([variance, change, slow], 1) + 0.1)
    return torch.cat([mean, spreads], 1)


def pool(seen: Tensor) -> Tensor:
    """Pool what the last convolution sees, ``[N, C, time, bands]``, to ``[N, 3 * C]``."""
    over_time = seen.mean(2)
    mean = over_time.mean(2)
    between_bands = (over_time - mean[:, :, None]).square().mean(2)
    within_bands = (seen - over_time[:, :, None]).square().mean(2)
    return torch.cat([mean, _root(between_bands), _root(within_bands).mean(2)], 1)


def _root(variance: Tensor) -> Tensor:
    # The floor keeps the slope finite where a channel is silent.
    return torch.sqrt(variance + 1e-3)


class Ear(nn.Module):
    """Describes steps, each on its own.

    Args:
        channels: of the convolutions, one for each of :data:`LAYERS`.

    Attributes:
        centre, width: standardisation of the statistics, ``[256]``.
        band_centre, band_width: of the frames before the convolutions, ``[64]``.
        size: numbers in a description.

    Shape:
        - Input: frames ``[N, 25, 64]``, level-normalised dB
        - Output: ``[N, size]``
    """

    centre: Tensor
    width: Tensor
    band_centre: Tensor
    band_width: Tensor

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        bands = FRONT_END.bands
        self.register_buffer("centre", torch.zeros(STATISTICS * bands))
        self.register_buffer("width", torch.ones(STATISTICS * bands))
        self.register_buffer("band_centre", torch.zeros(bands))
        self.register_buffer("band_width", torch.ones(bands))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, size, stride, padding=size // 2)
            for before, after, (size, stride) in zip(
                (1, *channels[:-1]), channels, LAYERS, strict=True
            )
        )
        self.size = STATISTICS * bands + POOLED * channels[-1]

    def standardise(self, frames: Tensor) -> None:
        """Set the standardisation from steps ``[N, 25, 64]``."""
        described = statistics(frames)
        self.centre.copy_(described.mean(0))
        self.width.copy_(described.std(0) + 0.1)
        self.band_centre.copy_(frames.mean((0, 1)))
        self.band_width.copy_(frames.std((0, 1)) + 0.1)

    def forward(self, frames: Tensor, norms: Sequence[nn.Module] | None = None) -> Tensor:
        """Describe steps.

        Args:
            frames: ``[N, 25, 64]``, level-normalised dB.
            norms: what comes after each convolution while these are being fitted.
        """
        seen = ((frames - self.band_centre) / self.band_width)[:, None]
        for number, convolution in enumerate(self.convolutions):
            seen = convolution(seen)
            seen = torch.relu(norms[number](seen) if norms else seen)
        standard = (statistics(frames) - self.centre) / self.width
        return torch.cat([standard, pool(seen)], 1)
