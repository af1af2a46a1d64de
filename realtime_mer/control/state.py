"""What is set by hand now, as JSON has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel
from realtime_mer.feel.each import FeelEach

State = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment somebody marked: stream time in seconds, and what it was called."""

    time_s: float
    label: str


def snapshot(
    feel: Feel | FeelEach, gain_db: float, marks: Iterable[Mark], message: str
) -> dict[str, object]:
    """Return the state of the levers; see :meth:`realtime_mer.controls.Controls.state`."""
    learning = feel.learning
    return {
        "frozen": feel.frozen,
        "calibration": _calibration_state(feel.calibration),
        "adapting": feel.adapting,
        "calibrating": learning
        and {"name": learning.name, "heard_s": learning.heard_s, "seconds": learning.seconds},
        "gain_db": gain_db,
        "marks": [{"time_s": mark.time_s, "label": mark.label} for mark in marks],
        "message": message,
    }


def _calibration_state(calibration: Calibration | None) -> dict[str, object] | None:
    if calibration is None:
        return None
    names = calibration.dimensions
    return {
        "name": calibration.name,
        "made": calibration.made,
        "seconds": calibration.seconds,
        "centre": {
            name: round(value, 4) for name, value in zip(names, calibration.centre, strict=True)
        },
        "spread": {
            name: round(value, 4) for name, value in zip(names, calibration.spread, strict=True)
        },
    }
