"""The samples that have come, held against the clock on the wall."""

from __future__ import annotations

import math

SETTLING_S = 4.0
"""After its start a device may be behind: PulseAudio keeps the first blocks back for up to 2 s
and then delivers them all at once."""
WINDOW_S = 2.0
GAP_S = 0.1
"""Sound that is behind by this much, and stays so, is lost. What is shorter passes for drift."""
AHEAD_S = 0.1
"""Sound that comes after silence has been put in its place may be ahead by this much."""
MOST_DRIFT = 2e-3
"""How fast a device's clock is followed at the most: 2 ms a second, ten times what any has."""
LEAST_DRIFT_WINDOWS = 30
"""Windows from which on a drift is told: a minute. Blocks arrive within some milliseconds of
their time, which would be a hundred ppm in less."""


class SampleClock:
    """Says how much of a live stream is missing, and how fast its device's clock is.

    Blocks come late by chance, never early. So what counts is the least lateness over a while:
    it stays where it was unless samples were lost, and moves slowly where the device's clock
    is not the wall's. The caller brings the clock, ``time.monotonic``, which does not count
    the sleep of the machine; no threads here.

    Args:
        rate_hz: samples per second, as the device calls it.
    """

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.position = 0
        """Samples of the stream so far, those that stand in for others included."""
        self._begin_s = math.nan  # of the stream, by the wall
        self._anchor_s = math.inf  # the least lateness that is to be expected
        self._settled_at_s = math.inf
        self._window_end_s = math.inf
        self._least_s = math.inf  # lateness in this window
        self._debt = 0
        self._drift = _Line()
        self._told_ppm: float | None = None

    @property
    def running(self) -> bool:
        """Whether any sound has come."""
        return not math.isnan(self._begin_s)

    @property
    def drift_ppm(self) -> float | None:
        """How much faster the device counts than the wall, in parts per million.

        None before a minute of sound without an interruption.
        """
        if self._drift.count >= LEAST_DRIFT_WINDOWS:
            self._told_ppm = -1e6 * self._drift.slope
        return self._told_ppm

    def surplus(self, now_s: float, samples: int) -> int:
        """Return how many of the samples that have just come are too old to be heard now.

        Silence has been put in their place already. They are the first ones of the block.
        """
        if not self._debt:
            return 0
        ahead_s = self._anchor_s - AHEAD_S - self._late_s(now_s, self.position + samples)
        skipped = min(max(0, round(ahead_s * self.rate_hz)), samples, self._debt)
        self._debt -= skipped
        return skipped

    def take(self, now_s: float, samples: int) -> int:
        """Count samples that have come; return how many were lost before them.

        The caller puts that much silence into the stream, which counts as come.
        """
        if not self.running:
            self._begin_s = now_s - samples / self.rate_hz
            self._settled_at_s = now_s + SETTLING_S
            self._open_window(self._settled_at_s)
        self.position += samples
        late_s = self._late_s(now_s, self.position)
        if now_s < self._settled_at_s:
            if not self._debt:
                self._anchor_s = min(self._anchor_s, late_s)
            return 0
        self._debt = 0
        self._anchor_s = min(self._anchor_s, late_s)
        self._least_s = min(self._least_s, late_s)
        if now_s < self._window_end_s:
            return 0
        return self._close_window(now_s)

    def fill(self, now_s: float) -> int:
        """Return how much silence has to stand in for sound that does not come, and count it."""
        if not self.running:
            return 0
        missing = max(
            0, round((self._late_s(now_s, self.position) - self._anchor_s) * self.rate_hz)
        )
        self.position += missing
        self._debt += missing
        self._settled_at_s = now_s + SETTLING_S
        self._interrupt(self._settled_at_s)
        return missing

    def go_on(self, rate_hz: int, position: int) -> SampleClock:
        """Return a clock for the same stream from now on, at another rate.

        Args:
            rate_hz: samples per second from now on.
            position: where the stream is, in these samples, from where they are counted.
        """
        clock = SampleClock(rate_hz)
        clock.position = position
        if self.running:
            clock._begin_s = self._begin_s + self.position / self.rate_hz - position / rate_hz
            clock._anchor_s = self._anchor_s
            clock._settled_at_s = self._settled_at_s
            clock._debt = round(self._debt / self.rate_hz * rate_hz)
            clock._open_window(self._settled_at_s)
        return clock

    def _late_s(self, now_s: float, position: int) -> float:
        return now_s - self._begin_s - position / self.rate_hz

    def _open_window(self, at_s: float) -> None:
        self._window_end_s = at_s + WINDOW_S
        self._least_s = math.inf

    def _close_window(self, now_s: float) -> int:
        behind_s = self._least_s - self._anchor_s
        if behind_s > GAP_S:
            missing = round(behind_s * self.rate_hz)
            self.position += missing
            self._interrupt(now_s)
            return missing
        most_s = MOST_DRIFT * WINDOW_S
        self._anchor_s += min(behind_s, most_s)
        if behind_s > most_s:
            self._interrupt(now_s)
        else:
            self._drift.add(now_s, self._least_s)
            self._open_window(now_s)
        return 0

    def _interrupt(self, until_s: float) -> None:
        """Begin anew with what goes by uninterrupted time."""
        self._open_window(until_s)
        if self._drift.count:
            self._told_ppm = self.drift_ppm
            self._drift = _Line()


class _Line:
    """The straight line through points, by least squares, in constant memory."""

    def __init__(self) -> None:
        self.count = 0
        self._x0 = self._y0 = 0.0
        self._x = self._y = self._xx = self._xy = 0.0

    def add(self, x: float, y: float) -> None:
        """Take a point."""
        if not self.count:
            self._x0, self._y0 = x, y
        x, y = x - self._x0, y - self._y0
        self.count += 1
        self._x += x
        self._y += y
        self._xx += x * x
        self._xy += x * y

    @property
    def slope(self) -> float:
        """Of the line; at least two points with different ``x``."""
        n = self.count
        return (n * self._xy - self._x * self._y) / (n * self._xx - self._x * self._x)
