"""Which of two sessions is the quicker one for a batch, on this very machine.

A GPU is asked some seventy times for each step, whatever the batch, and every request takes
some microseconds; a processor core takes some microseconds for each stream. Where the one
begins to win depends on both, so it is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_BATCH_FOR_GPU = 64
"""Below it no GPU is tried: a core does the step in the time of its requests alone."""

TRIALS = 7


def duration_s(step: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the shortest of some runs, in seconds, after one that does not count."""
    step()
    durations = []
    for _ in range(TRIALS):
        begin_s = clock()
        step()
        durations.append(clock() - begin_s)
    return min(durations)


def first_win(
    cpu_s: Callable[[int], float], gpu_s: Callable[[int], float], most: int
) -> int | None:
    """Return the smallest power of two at which the GPU is quicker.

    Args:
        cpu_s, gpu_s: measure a step of a batch, in seconds.
        most: the largest batch to try.

    Returns:
        A batch from :data:`LEAST_BATCH_FOR_GPU` to ``most``, None where the GPU never wins.
    """
    batch = LEAST_BATCH_FOR_GPU
    while batch <= most:
        if gpu_s(batch) < cpu_s(batch):
            return batch
        batch *= 2
    return None
