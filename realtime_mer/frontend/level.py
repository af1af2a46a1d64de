"""The causal level normaliser: an uncalibrated input must not decide the emotion.

In decibels a gain is an offset. The running loudness, gated so that silence does not
count, is subtracted from every frame; dynamics within its time constant stay.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from realtime_mer.frontend.backend import kernels
from realtime_mer.frontend.mel import a_weighting, band_edges_hz
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.frontend.types import Float32

HEARD_FRAMES = 5
"""Frames above the gate, of 25, from which on a step counts as music: a fifth of it."""


class LevelNormaliser:
    """Takes frames in stream order and gives them relative to the running loudness.

    Args:
        gate_db: A-weighted loudness in dBFS below which nothing is music.
        backend: the module with the kernels; by default numba's.

    Attributes:
        gate_db: the gate; a gain of the input moves it.
    """

    def __init__(
        self, *, gate_db: float = FRONT_END.gate_db, backend: ModuleType | None = None
    ) -> None:
        spec = FRONT_END
        edges = band_edges_hz(spec.bands, spec.low_hz, spec.high_hz)
        self._kernels = backend or kernels()
        self._weights = a_weighting(edges[1:-1]).astype(np.float32)
        self.gate_db = gate_db
        self._state = np.zeros(2)

    def reset(self) -> None:
        """Forget the level."""
        self._state[:] = 0.0

    @property
    def level_db(self) -> float | None:
        """The running A-weighted loudness in dBFS, None before any music was heard."""
        return float(self._state[0]) if self._state[1] > 0.0 else None

    def apply(self, frames: Float32, out: Float32 | None = None) -> tuple[Float32, int]:
        """Normalise frames.

        Args:
            frames: float32 ``[n, 64]`` in dB relative to full scale.
            out: float32 ``[n, 64]``, receives the result; None makes a new array.

        Returns:
            float32 ``[n, 64]`` in dB relative to the running loudness, at least -70,
            and how many of the frames were above the gate.
        """
        spec = FRONT_END
        normalised = np.empty_like(frames) if out is None else out
        heard = self._kernels.normalise_frames(
            frames,
            self._state,
            self._weights,
            spec.level_time_constant_s * spec.hops_per_s,
            self.gate_db,
            spec.gate_below_level_db,
            spec.gate_release_db_per_s / spec.hops_per_s,
            spec.range_db,
            normalised,
        )
        return normalised, int(heard)


def normalise_steps(
    frames: Float32, *, gate_db: float = FRONT_END.gate_db
) -> tuple[Float32, NDArray[np.bool_]]:
    """Normalise a whole stream from its beginning, in steps of 500 ms, as live.

    Args:
        frames: float32 ``[n, 64]`` from :func:`~realtime_mer.frontend.logmel.log_mel`.

    Returns:
        float32 ``[n // 25, 25, 64]``, and for each step whether it is music: the live
        tracker holds the model's state over those that are not.
    """
    size = FRONT_END.frames_per_step
    count = len(frames) // size
    normaliser = LevelNormaliser(gate_db=gate_db)
    steps = np.empty((count, size, FRONT_END.bands), np.float32)
    heard = np.zeros(count, np.bool_)
    for index in range(count):
        piece = np.ascontiguousarray(frames[index * size : (index + 1) * size], np.float32)
        _, above = normaliser.apply(piece, steps[index])
        heard[index] = above >= HEARD_FRAMES
    return steps, heard
