"""A recorded set: its estimates, its marks, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from realtime_mer.estimate import Estimate

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MarkedMoment:
    """A moment somebody marked: what it was called, and the stream time in seconds of the
    estimate after it."""

    time_s: float
    label: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What is in a file that ``--record`` or ``analyze`` wrote.

    Attributes:
        path: of the file.
        header: its first line; empty for CSV, which has none.
        dimensions: names of the dimensions.
        estimates: at least one, in order of time. What a file does not have is neutral: the
            presence is 1, the mood empty; in CSV the sequence number follows the time, and
            there are no marks.
        cut_off: whether its last line was left out as incomplete.
    """

    path: Path
    header: Row
    dimensions: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    cut_off: bool = False

    @property
    def duration_s(self) -> float:
        """Stream time of the last estimate, in seconds."""
        return self.estimates[-1].time_s

    @property
    def marks(self) -> tuple[MarkedMoment, ...]:
        """What was marked, in order of time."""
        return tuple(
            MarkedMoment(estimate.time_s, label)
            for estimate in self.estimates
            for label in estimate.marks
        )

    @property
    def model(self) -> str:
        """Name of the model, or an empty text."""
        model = self.header.get("model")
        return str(model.get("name", "")) if isinstance(model, dict) else str(model or "")

    @property
    def device(self) -> tuple[str, int, int]:
        """Name, rate in hertz and channels of what was heard; empty and 0 where unknown."""
        device = self.header.get("device")
        if not isinstance(device, dict):
            return str(device or ""), 0, 0
        numbers = (device.get(name) for name in ("rate_hz", "channels"))
        rate_hz, channels = (int(n) if isinstance(n, (int, float)) else 0 for n in numbers)
        return str(device.get("name", "")), rate_hz, channels
