"""Who a run reaches, asked each time its state is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

STATUS_INTERVAL_S = 1.0
"""Seconds between two reports of a run's state."""


@dataclass(slots=True)
class Reach:
    """Who can be told now, asked for each status.

    Attributes:
        web_clients: returns the number of browsers connected.
        osc_targets: returns the OSC receivers, with what is wrong where something is.
    """

    web_clients: Callable[[], int] = field(default=lambda: 0)
    osc_targets: Callable[[], tuple[str, ...]] = field(default=lambda: ())
