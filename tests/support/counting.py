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

SILENCE, SPOILT = -1, -2
"""In place of a number."""


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
    """What became of the numbers, from the first to the last.

    Attributes:
        first: number.
        last: number.
        samples: of the recording between them, whatever they are.
        silent: of these, silence.
        spoilt: of these, neither silence nor a number, such as the sum of two sounds.
        lost: numbers between them that are nowhere: neither silence in their place nor another
            number said twice makes up for them.
    """

    first: int = 0
    last: int = -1
    samples: int = 0
    silent: int = 0
    spoilt: int = 0
    lost: int = 0


def count(path: Path) -> Counted:
    """Read a recording of the counter.

    Raises:
        ValueError: there is no number in it.
    """
    first, last = -1, -1
    lost = samples = silent = spoilt = 0
    after = Counted()  # the last number so far
    for numbers in _numbers(path):
        known = np.flatnonzero(numbers >= 0)
        if first < 0:
            if not len(known):
                continue
            first = int(numbers[known[0]])
            last = first - 1
            numbers, known = numbers[known[0] :], known - known[0]
        if len(known):
            steps = np.diff(numbers[known], prepend=last)
            lost += int(np.sum(np.maximum(steps - 1, 0)))
            last = int(numbers[known[-1]])
            end = int(known[-1]) + 1
            after = Counted(
                first,
                last,
                samples + end,
                silent + int(np.sum(numbers[:end] == SILENCE)),
                spoilt + int(np.sum(numbers[:end] == SPOILT)),
                lost,
            )
        samples += len(numbers)
        silent += int(np.sum(numbers == SILENCE))
        spoilt += int(np.sum(numbers == SPOILT))
    if first < 0:
        raise ValueError(f"{path} holds no number")
    return after


def _numbers(path: Path) -> Iterator[NDArray[np.int64]]:
    """Yield the numbers of a recording in pieces, with what is none as such."""
    with soundfile.SoundFile(path) as file:
        while len(piece := file.read(PIECE, dtype="float64", always_2d=True)):
            scaled = piece * FULL_SCALE
            digits = np.round(scaled).astype(np.int64)
            spread = digits[:, 0] + MIDDLE + (digits[:, 1] + MIDDLE) * PERIOD
            numbers = spread * pow(FACTOR, -1, NUMBERS) % NUMBERS
            good = np.abs(scaled - digits).max(axis=1) < 1e-3
            good &= (np.abs(digits + 0.5) < MIDDLE).all(axis=1)
            numbers[~good] = SPOILT
            numbers[~piece.any(axis=1)] = SILENCE
            yield numbers
