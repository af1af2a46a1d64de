"""PCM as it travels: interleaved little-endian samples to blocks, pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

SAMPLES: dict[str, np.dtype[Any]] = {"s16": np.dtype("<i2"), "f32": np.dtype("<f4")}
"""Formats by name: 16-bit integers, full scale at ±32,768; 32-bit floats, full scale at ±1."""

LOWEST_RATE_HZ = 8_000
HIGHEST_RATE_HZ = 192_000
MOST_CHANNELS = 8


@dataclass(frozen=True, slots=True)
class Format:
    """How a client's sound is written.

    Attributes:
        rate_hz: samples per second in each channel, 8,000 to 192,000.
        channels: interleaved channels, 1 to 8, mixed to one.
        sample: a name of :data:`SAMPLES`.
        name: what people call the stream; may be empty.
    """

    rate_hz: int
    channels: int
    sample: str
    name: str = ""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * SAMPLES[self.sample].itemsize

    @property
    def bytes_per_s(self) -> int:
        """Bytes of a second of sound."""
        return self.rate_hz * self.frame_bytes


def blocks_of(data: bytes, form: Format, longest_s: float) -> list[Float32]:
    """Return what a message holds, in blocks of at most so many seconds.

    Args:
        data: interleaved samples.
        form: how they are written.
        longest_s: above 0.

    Returns:
        float32 ``[samples, channels]``, full scale at ±1.

    Raises:
        ValueError: if the last sample is not whole; the sentence is for the client's author.
    """
    if len(data) % form.frame_bytes:
        raise ValueError(
            f"A message of {len(data)} bytes is no whole number of samples: they are of "
            f"{form.frame_bytes} bytes each ({form.channels} × {form.sample})."
        )
    samples = np.frombuffer(data, SAMPLES[form.sample])
    if form.sample == "s16":
        samples = samples.astype(np.float32) / 32_768.0
    matrix = samples.astype(np.float32, copy=False).reshape(-1, form.channels)
    step = max(1, int(longest_s * form.rate_hz))
    return [matrix[start : start + step] for start in range(0, len(matrix), step)]
