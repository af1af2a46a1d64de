"""A sink that remembers, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable

from realtime_mer.estimate import Estimate, Status


class Memory:
    """A sink that keeps everything.

    Args:
        delay_s: how long it takes for each estimate, as no real one may.
    """

    def __init__(self, delay_s: float = 0.0) -> None:
        self.estimates: list[Estimate] = []
        self.statuses: list[Status] = []
        self.closed = 0
        self._delay_s = delay_s

    def publish(self, estimate: Estimate) -> None:
        """Keep an estimate."""
        time.sleep(self._delay_s)
        self.estimates.append(estimate)

    def report(self, status: Status) -> None:
        """Keep a status."""
        self.statuses.append(status)

    def close(self) -> None:
        """Count how often."""
        self.closed += 1


def wait_until(condition: Callable[[], object], limit_s: float = 20.0) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
