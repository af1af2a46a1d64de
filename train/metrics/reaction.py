"""How soon an estimate follows the music.

After a jump from a calm recording to an excited one, the reaction time is how long the
estimate takes to cover 63 % (1 - 1/e) of the way from where it was to where it settles:
the time constant, were it a first-order lag.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from train.metrics.checks import undefined, validate

COVERED = 1.0 - 1.0 / math.e


def reaction_time(
    time_s: ArrayLike, estimated: ArrayLike, jump_s: float, settled_s: float = 5.0
) -> float:
    """Return the seconds from the jump to 63 % of the way.

    Args:
        time_s: times of the estimates, rising.
        estimated: one dimension.
        jump_s: when the music changed.
        settled_s: span at the end, and before the jump, whose mean says where the
            estimate settled.

    Returns:
        Seconds, by linear interpolation between estimates; nan where the estimate does not
        move up, which is what a jump from calm to excited asks for.
    """
    t, x = validate(time_s, estimated)
    before = (t <= jump_s) & (t > jump_s - settled_s)
    after = t > max(jump_s, t[-1] - settled_s) if len(t) else before
    if not before.any() or not after.any():
        return undefined("no estimates on both sides of the jump")
    start, end = x[before].mean(), x[after].mean()
    if end <= start:
        return undefined("the estimate does not rise after the jump")
    goal = start + COVERED * (end - start)
    late = np.flatnonzero((t > jump_s) & (x >= goal))
    if not len(late):
        return undefined("the estimate never covers 63 % of the way")
    i = int(late[0])
    if i == 0 or x[i - 1] >= goal or t[i - 1] < jump_s:
        return float(t[i] - jump_s)
    part = (goal - x[i - 1]) / (x[i] - x[i - 1])
    return float(t[i - 1] + part * (t[i] - t[i - 1]) - jump_s)
