"""One piece of the comparison: a system fitted to a lesson and asked about recordings.

Each piece is kept on disk, so that a comparison can be stopped anywhere and goes on.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train import cache, features
from train.datasets.base import Recording
from train.metrics.reaction import reaction_time
from train.predict import Series
from train.systems.base import Fitted, Lesson, System

CLIP_S = 25
JUMPS = 12  # from a calm to an excited recording, in each fold
TIMED = 5  # recordings on which the speed is measured


@dataclass(frozen=True, slots=True)
class Piece:
    """What a fitted system said, and what it cost.

    Attributes:
        series: estimates by the recordings' keys.
        parameters: fitted values.
        seconds: of processor time for fitting, descriptions not counted: a busy machine
            does not change it.
        microseconds: of processor time for estimating 500 ms from described sound; nan
            where not measured.
        reactions_s: seconds to follow jumps from calm to excited, ``[n]``.
    """

    series: dict[str, Series]
    parameters: int
    seconds: float
    microseconds: float
    reactions_s: NDArray[np.float64]


def piece_path(system: System, lesson: Lesson, judged: Sequence[Recording], folder: Path) -> Path:
    """Return where a piece lies, whether or not it is there yet."""
    sets = sorted({r.dataset for r in lesson.recordings})
    key = cache.fingerprint(
        system=[system.name, system.version],
        kept=[r.key for r in lesson.recordings],
        judged=[r.key for r in judged],
        scales=[lesson.scales.get(name, 1.0) for name in sets],
        seed=lesson.seed,
        unlabelled=[r.key for r in lesson.unlabelled] if system.pretrained else [],
    )
    return folder / f"{key}.npz"


def piece(system: System, lesson: Lesson, judged: Sequence[Recording], folder: Path) -> Piece:
    """Return a piece, from the disk where it is there.

    Args:
        system: to be fitted.
        lesson: what it learns from.
        judged: what it is asked about, none of it in the lesson.
        folder: of the pieces.
    """
    arrays = cache.cached(
        piece_path(system, lesson, judged, folder), lambda: _compute(system, lesson, judged)
    )
    ends = np.cumsum(arrays["counts"])
    series = {
        r.key: Series(*(arrays[name][end - n : end] for name in ("time_s", "mean", "std")))
        for r, n, end in zip(judged, arrays["counts"], ends, strict=True)
    }
    return Piece(
        series,
        int(arrays["parameters"]),
        float(arrays["seconds"]),
        float(arrays["microseconds"]),
        arrays["reactions_s"],
    )


def _compute(system: System, lesson: Lesson, judged: Sequence[Recording]) -> cache.Arrays:
    for recording in (*lesson.recordings, *(lesson.unlabelled if system.pretrained else ())):
        system.fit.hear(recording)
    begin = time.process_time()
    fitted = system.fit(lesson)
    seconds = time.process_time() - begin
    series = [fitted.estimate(r) for r in judged]
    return {
        "counts": np.array([len(s.time_s) for s in series]),
        "time_s": np.concatenate([s.time_s for s in series]),
        "mean": np.concatenate([s.mean for s in series]),
        "std": np.concatenate([s.std for s in series]),
        "parameters": np.array(fitted.parameters),
        "seconds": np.array(seconds),
        "microseconds": np.array(speed(fitted, judged)),
        "reactions_s": reactions(system, fitted, judged),
    }


def speed(fitted: Fitted, recordings: Sequence[Recording]) -> float:
    """Return the microseconds an estimate of 500 ms takes, of sound already described."""
    timed = [r for r in recordings[:TIMED] if r.path is not None]
    steps = sum(len(features.frames(r)) / 25.0 for r in timed)
    begin = time.process_time()
    for recording in timed:
        fitted.estimate(recording)
    return 1e6 * (time.process_time() - begin) / steps if steps else float("nan")


def reactions(
    system: System, fitted: Fitted, recordings: Sequence[Recording]
) -> NDArray[np.float64]:
    """Return how soon a system's arousal follows jumps between unheard recordings.

    A calm recording's last 25 s and an excited one's first 25 s are heard as one stream;
    what covers 63 % of the way is the system's own, as is where it settles. Only systems that
    run live are asked, of recordings rated with quadrants.
    """
    follow = getattr(fitted, "follow", None)
    rated = [r for r in recordings if r.ratings.kind == "quadrant" and not r.is_midi]
    calm = [r for r in rated if r.ratings.mean[0, 0] < 0]
    excited = [r for r in rated if r.ratings.mean[0, 0] > 0]
    if not system.live or follow is None or not calm or not excited:
        return np.empty(0)
    generator = np.random.default_rng(0)
    wanted = CLIP_S * 50
    times = []
    for _ in range(JUMPS):
        before = features.frames(calm[generator.integers(len(calm))])[-wanted:]
        after = features.frames(excited[generator.integers(len(excited))])[:wanted]
        if len(before) == len(after) == wanted:
            s = follow(np.concatenate([before, after]).astype(np.float32))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # where nothing rises
                times.append(reaction_time(s.time_s, s.mean[:, 0], float(CLIP_S), 5.0))
    return np.array([t for t in times if np.isfinite(t)])
