"""What a run and those it reaches know of each other, asked each time its state is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from realtime_mer.histogram import Histogram

STATUS_INTERVAL_S = 1.0
"""Seconds between two reports of a run's state."""


@dataclass(slots=True)
class Reach:
    """Who can be told now, and how that goes.

    Attributes:
        web_clients: returns the number of browsers connected.
        osc_targets: returns the OSC receivers, with what is wrong where something is.
        control_refused: returns how many control messages by OSC were refused.
        web_refused: returns how many messages of pages and programs were refused.
        troubles: each returns what a recording suffers from as a sentence, or an empty text.
        latency: from the last sample of a step to its estimate being handed out, in seconds.
    """

    web_clients: Callable[[], int] = field(default=lambda: 0)
    osc_targets: Callable[[], tuple[str, ...]] = field(default=lambda: ())
    control_refused: Callable[[], int] = field(default=lambda: 0)
    web_refused: Callable[[], int] = field(default=lambda: 0)
    troubles: list[Callable[[], str]] = field(default_factory=list)
    latency: Histogram = field(default_factory=Histogram)

    def refused(self) -> int:
        """Return how much of what others asked for was answered with an error."""
        return self.control_refused() + self.web_refused()

    def trouble(self) -> str:
        """Return everything that recordings suffer from, or an empty text."""
        return " ".join(filter(None, (tell() for tell in self.troubles)))
