"""How soon the estimate follows when the music changes all at once.

Songs that listeners rated at one end of a dimension are cut hard against songs from the
other end, thirty seconds each, and the tracker hears the whole. The mean curve over all
pairs then crosses from one level to the other; reported is how long after the cut it has
gone half and nine tenths of the way. What it shows is the model's memory and the 500 ms
grid together, without sound card and network.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from realtime_mer.estimate import STEP_S
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.tracker import Tracker

PAIRS = 40
START_S = 10.0
SIDE_S = 30.0
SETTLED_S = 15.0
"""The level of a side is its mean over its last 15 s."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """Seconds from the cut until a share of the way is gone, and how far the way is."""

    half_s: float
    nine_tenths_s: float
    before: float
    after: float


def extremes(folder: Path, dimension: str) -> tuple[list[str], list[str]]:
    """Return the ids of the songs rated lowest and highest, each the most extreme first."""
    with (folder / "songs.csv").open(newline="") as file:
        songs = sorted(csv.DictReader(file), key=lambda song: float(song[dimension]))
    ids = [song["id"] for song in songs if duration_s(folder, song["id"]) >= START_S + SIDE_S]
    return ids[:PAIRS], ids[: -PAIRS - 1 : -1]


def duration_s(folder: Path, song: str) -> float:
    """Return the length of a song in seconds."""
    return float(soundfile.info(folder / "audio" / f"{song}.opus").duration)


def opening(folder: Path, song: str) -> tuple[NDArray[np.float32], int]:
    """Return 30 s of a song from 10 s on, ``[samples, channels]``, and its rate."""
    path = folder / "audio" / f"{song}.opus"
    rate_hz = soundfile.info(path).samplerate
    start, frames = round(START_S * rate_hz), round(SIDE_S * rate_hz)
    samples, _ = soundfile.read(path, frames, start, dtype="float32", always_2d=True)
    return samples, rate_hz


def curve(
    folder: Path, first: str, second: str, dimension: str, model: EmotionModel
) -> NDArray[np.float64]:
    """Return one dimension, a value a step, over two songs cut together."""
    (before, rate_hz), (after, same_rate_hz) = opening(folder, first), opening(folder, second)
    if rate_hz != same_rate_hz:
        raise ValueError(f"{first} and {second} have different sample rates")
    estimates = Tracker(rate_hz, model).feed(np.concatenate([before, after]))
    return np.array([getattr(estimate, dimension) for estimate in estimates])


def reaction(curves: NDArray[np.float64]) -> Reaction:
    """Measure the mean of curves ``[pairs, steps]`` that change sides in the middle."""
    mean = curves.mean(axis=0)
    cut, settled = round(SIDE_S / STEP_S), round(SETTLED_S / STEP_S)
    before, after = float(mean[cut - settled : cut].mean()), float(mean[-settled:].mean())
    gone = (mean[cut:] - before) / (after - before)
    # Estimate k of the second side is given at (k + 1) · 0.5 s after the cut.
    half, nine_tenths = (float(np.argmax(gone >= share) + 1) * STEP_S for share in (0.5, 0.9))
    return Reaction(half, nine_tenths, before, after)


def measure(folder: Path, dimension: str) -> tuple[Reaction, Reaction]:
    """Return the reaction upwards and downwards in one dimension.

    Args:
        folder: of the recordings, with ``songs.csv`` and ``audio/``.
        dimension: ``"arousal"`` or ``"valence"``.
    """
    model = load_model(provider="cpu")
    low, high = extremes(folder, dimension)
    up = [curve(folder, a, b, dimension, model) for a, b in zip(low, high, strict=True)]
    down = [curve(folder, b, a, dimension, model) for a, b in zip(low, high, strict=True)]
    return reaction(np.array(up)), reaction(np.array(down))
