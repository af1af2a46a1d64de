"""Whether there is music, and how far the values have glided to neutral without it."""

from __future__ import annotations

import math

from realtime_mer.estimate import STEP_S

HOLD_STEPS = 3
"""Steps without music that are still a rest in it: 1.5 s."""

RISE_S = 0.7
FALL_S = 3.0


class Presence:
    """Follows the steps of one stream.

    Attributes:
        active: True while there is music, or was within the last 1.5 s.
        weight: 0 (neutral) to 1 (the model's word counts in full).

    Args:
        hold: keep the weight in silence instead of letting it fall to neutral.
    """

    def __init__(self, *, hold: bool = False) -> None:
        self._hold = hold
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self.active = False
        self.weight = 0.0
        self._silent_steps = HOLD_STEPS

    def end(self) -> None:
        """Take what follows for silence at once, and not for a rest in the music."""
        self.active = False
        self._silent_steps = HOLD_STEPS

    def step(self, heard: bool) -> None:
        """Take in whether the last 500 ms were music."""
        self._silent_steps = 0 if heard else self._silent_steps + 1
        self.active = self._silent_steps <= HOLD_STEPS and (heard or self.active)
        if self._hold and not self.active:
            return
        target, time_constant_s = (1.0, RISE_S) if self.active else (0.0, FALL_S)
        self.weight += (target - self.weight) * -math.expm1(-STEP_S / time_constant_s)
