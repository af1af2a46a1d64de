"""A sound in which every sample says its number, so that each one that is lost is known.

A number is multiplied by an odd constant modulo 2^28, which can be undone and makes it a tone;
two channels hold the lower and the upper 14 bits of that, as 16-bit samples a quarter of full
scale high. PulseAudio and JACK pass these on to the bit, and 24-bit files keep them. Silence is
a number, too, which takes more than an hour and a half to reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

BITS = 14
FACTOR = 2679153
"""A sawtooth of 440 Hz in the second channel."""
NUMBERS = 1 << (2 * BITS)
MIDDLE = 1 << (BITS - 1)
PERIOD = 1 << BITS
FULL_SCALE = 32768.0
PIECE = 1 << 20


def sound_of(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the samples that say these numbers, float32 ``[samples, 2]``."""
    spread = numbers * FACTOR % NUMBERS
    digits = np.stack([spread % PERIOD, spread // PERIOD], axis=1)
    return ((digits - MIDDLE) / FULL_SCALE).astype(np.float32)


def write_counter(path: Path, rate_hz: int, seconds: float) -> Path:
    """Write a 16-bit file that counts from 0."""
    with soundfile.SoundFile(path, "w", rate_hz, 2, "PCM_16") as file:
        end = round(seconds * rate_hz)
        for start in range(0, end, PIECE):
            file.write(sound_of(np.arange(start, min(start + PIECE, end))))
    return path


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the numbers.

    Attributes:
        samples: from the first number to the last, silence between them included.
        silent: of these, silence.
        spoilt: of these, neither silence nor a number, such as the sum of two sounds.
        span: how far the last number is from the first, and one.
        unseen: numbers between the first and the last that are nowhere.
    """

    samples: int
    silent: int
    spoilt: int
    span: int
    unseen: int

    @property
    def lost(self) -> int:
        """Samples that passed while nobody listened: the counter went on, the sound did not.

        Silence in their place does not make up for them. A number may be unseen though nothing
        was lost, where the counter itself was held up and said another twice.
        """
        return max(0, self.span - (self.samples - self.silent))


def count(path: Path) -> Counted:
    """Read a recording of the counter."""
    first = last = -1
    samples = silent = spoilt = unseen = 0
    silent_since = 0
    for numbers in _numbers(path):
        known = numbers >= 0
        if first < 0:
            if not known.any():
                continue
            begin = int(np.argmax(known))
            first = last = int(numbers[begin])
            numbers, known = numbers[begin:], known[begin:]
            last -= 1
        said = numbers[known]
        if len(said):
            steps = np.diff(np.concatenate([[last], said]))
            unseen += int(np.sum(np.maximum(steps - 1, 0)))
            last = int(said[-1])
            end = len(numbers) - int(np.argmax(known[::-1]))
            samples += silent_since + end
            silent += int(np.sum(numbers[:end] == -1))
            spoilt += int(np.sum(numbers[:end] == -2))
            silent_since = len(numbers) - end
        else:
            silent_since += len(numbers)
    return Counted(samples, silent, spoilt, last - first + 1 if first >= 0 else 0, unseen)


def _numbers(path: Path) -> Iterator[NDArray[np.int64]]:
    """Yield the numbers of a recording in pieces; -1 for silence, -2 for what is none."""
    with soundfile.SoundFile(path) as file:
        while len(piece := file.read(PIECE, dtype="float64", always_2d=True)):
            scaled = piece * FULL_SCALE
            digits = np.round(scaled).astype(np.int64)
            spread = digits[:, 0] + MIDDLE + (digits[:, 1] + MIDDLE) * PERIOD
            numbers = spread * pow(FACTOR, -1, NUMBERS) % NUMBERS
            good = np.abs(scaled - digits).max(axis=1) < 1e-3
            good &= (np.abs(digits + 0.5) < MIDDLE).all(axis=1)
            numbers[~good] = -2
            numbers[~piece.any(axis=1)] = -1
            yield numbers
