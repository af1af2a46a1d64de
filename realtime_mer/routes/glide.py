"""From one estimate to the next without a step.

On a screen that is drawn 60 times a second, values that change twice a second are a
staircase. Every value follows its estimates like a critically damped spring,

    y'' = w² (u - y) - 2 w y',

the quickest of all that never swing beyond where they are going. Between two estimates u
holds still and the equation has a closed solution, so that it does not matter when or how
often anyone asks. y is a weighted mean of everything u was (the weight of a moment t ago is
w² t e^(-w t), which is never negative), and so never leaves the range of the estimates.

What it costs is delay. A value that changes steadily is followed 2 / w late: put
u = t, y = t - d into the equation and d = 2 / w is what remains. After a single jump half
the way is covered after 1.678 / w, where (1 + x) e^-x = 1/2.

w is 10 per second: steady changes come 200 ms later, half a jump is done after 168 ms, 96 %
when the next estimate comes. A jump moves fastest 1 / w after it began, at w / e = 3.7
times its height a second, which at 60 Hz is 6.1 % of it from one message to the next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from realtime_mer.estimate import Estimate
from realtime_mer.routes.moment import Moment, moment_of

STIFFNESS_HZ = 10.0
"""w, in radians a second."""
DELAY_S = 2.0 / STIFFNESS_HZ
"""How much later a steady change arrives."""
HALF_WAY_S = 1.678347 / STIFFNESS_HZ
"""When half of a jump is covered."""

LEVEL = "level_db"


class Follower:
    """One value on its way; starts at its first aim, at rest."""

    def __init__(self, aim: float) -> None:
        self._aim = aim
        self._offset = 0.0  # y - u
        self._speed = 0.0  # y', in units a second

    @property
    def value(self) -> float:
        """Where it is."""
        return self._aim + self._offset

    def aim(self, aim: float) -> None:
        """Give it another aim; place and speed stay."""
        self._offset += self._aim - aim
        self._aim = aim

    def move(self, interval_s: float) -> None:
        """Let time pass."""
        decay = math.exp(-STIFFNESS_HZ * interval_s)
        pull = (self._speed + STIFFNESS_HZ * self._offset) * interval_s
        self._offset = (self._offset + pull) * decay
        self._speed = (self._speed - STIFFNESS_HZ * pull) * decay


class Glide:
    """All values of a stream of estimates, between them.

    Means, spreads and the level glide; whether there is music, and the word, do not.
    """

    def __init__(self) -> None:
        self._followers: dict[str, Follower] = {}
        self._time_s = -math.inf
        self._last: Moment | None = None

    def aim(self, estimate: Estimate, time_s: float) -> None:
        """Take an estimate.

        Args:
            estimate: where everything goes from now on.
            time_s: when now is, on a clock that does not jump.
        """
        self._move_to(time_s)
        self._last = moment_of(estimate)
        for name, value in _gliding(self._last).items():
            follower = self._followers.get(name)
            if follower is None:
                self._followers[name] = Follower(value)
            else:
                follower.aim(value)

    def at(self, time_s: float) -> Moment | None:
        """Return where everything is, or None before the first estimate.

        Args:
            time_s: on the same clock; a time before the last one counts as that.
        """
        self._move_to(time_s)
        if self._last is None:
            return None
        return Moment(
            values={name: self._followers[name].value for name in self._last.values},
            level_db=self._followers[LEVEL].value,
            active=self._last.active,
            mood=self._last.mood,
            stream=self._last.stream,
        )

    def _move_to(self, time_s: float) -> None:
        if self._followers and time_s > self._time_s:
            interval_s = time_s - self._time_s
            for follower in self._followers.values():
                follower.move(interval_s)
        self._time_s = max(time_s, self._time_s)


def _gliding(moment: Moment) -> Mapping[str, float]:
    return {**moment.values, LEVEL: moment.level_db}
