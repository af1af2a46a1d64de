"""A large batch in pieces: each small enough for a core's cache, on as many cores as there are.

A step of a thousand streams at once is slower than many of 32 one after the other, since
what passes from operator to operator then lies in main memory. ONNX Runtime computes without
holding Python's lock, so pieces can run beside one another; its own threads would spin
between calls and take whole cores for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Step = Callable[[Float32, Float32], tuple[Float32, Float32, Float32]]

PIECE = 32
"""Streams in a piece: from 4 to 32 a stream costs the same within a fifth, at 64 thrice that."""


def cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pieces:
    """Runs large batches in pieces.

    Args:
        step: frames ``[B, 25, 64]`` and state ``[L, B, H]`` to mean, std and next state.
        workers: threads that compute; 1 computes in the caller's.
    """

    def __init__(self, step: Step, workers: int) -> None:
        self._step = step
        self.workers = workers
        self._pool: ThreadPoolExecutor | None = None

    def step(self, frames: Float32, state: Float32) -> tuple[Float32, Float32, Float32]:
        """Advance ``B`` streams, as the step itself would."""
        batch = len(frames)
        count = -(-batch // PIECE)
        if count <= 1:
            return self._step(frames, state)
        if self.workers > 1:
            count = -(-count // self.workers) * self.workers  # nobody is to wait for one piece
        bounds = np.linspace(0, batch, count + 1).astype(int).tolist()
        after = np.empty_like(state)

        def piece(begin: int, end: int) -> tuple[Float32, Float32]:
            part = np.ascontiguousarray(state[:, begin:end])
            mean, std, after[:, begin:end] = self._step(frames[begin:end], part)
            return mean, std

        begins, ends = bounds[:-1], bounds[1:]
        if self.workers > 1:
            self._pool = self._pool or ThreadPoolExecutor(self.workers, "model")
            done = list(self._pool.map(piece, begins, ends))
        else:
            done = list(map(piece, begins, ends))
        means, stds = zip(*done, strict=True)
        return np.concatenate(means), np.concatenate(stds), after
