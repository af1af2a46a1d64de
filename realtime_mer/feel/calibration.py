"""A band's own range, stretched over the whole scale.

A model trained on all music uses a small part of the scale for any one band: a folk duo
never reaches the arousal of metal. A calibration knows where one band lives (centre and
spread of each dimension) and maps that onto -1 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAST_SPREAD = 0.15
"""A monotonous sound check is no range: nothing is amplified more than 1 / 0.15 times."""

KNEE = 0.8
"""Where the straight line begins to bend, so that a climax beyond the sound check still moves."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Calibration:
    """Centre and spread of each dimension, as one band plays.

    Attributes:
        name: what it was saved as; empty where it was not.
        dimensions: names of the dimensions.
        centre: the median of each, -1 to 1.
        spread: half the way from the 5th to the 95th percentile, at least 0.15.
        made: when, in ISO 8601; empty where it was not told.
        seconds: of music it was learned from.
        model: name of the model whose values they are.
    """

    name: str
    dimensions: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    made: str = ""
    seconds: float = 0.0
    model: str = ""

    def means(self, raw: Sequence[float]) -> tuple[float, ...]:
        """Map the model's values: the centre to 0, the percentiles to about ±0.95.

        Args:
            raw: one value of -1 to 1 for each dimension.

        Returns:
            The mapped values, strictly inside -1 to 1 and in the order of the raw ones.
        """
        return tuple(
            bend((value - centre) / spread)
            for value, centre, spread in zip(raw, self.centre, self.spread, strict=True)
        )

    def stds(self, raw: Sequence[float]) -> tuple[float, ...]:
        """Stretch standard deviations as the middle of the scale is stretched."""
        return tuple(std / spread for std, spread in zip(raw, self.spread, strict=True))

    def record(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "format": FORMAT,
            "name": self.name,
            "made": self.made,
            "seconds": self.seconds,
            "model": self.model,
            "dimensions": {
                name: {"centre": centre, "spread": spread}
                for name, centre, spread in zip(
                    self.dimensions, self.centre, self.spread, strict=True
                )
            },
        }


def bend(value: float) -> float:
    """Leave -0.8 to 0.8 as it is and bring everything beyond inside -1 to 1.

    Value and slope have no step at the knee, and more stays more.
    """
    size = abs(value)
    if size <= KNEE:
        return value
    room = 1.0 - KNEE
    return math.copysign(KNEE + room * math.tanh((size - KNEE) / room), value)


def parse_record(record: Mapping[str, Any]) -> Calibration:
    """Read what :meth:`Calibration.record` wrote.

    Raises:
        ValueError: where it is no such record, or one of a later format.
    """
    try:
        if record["format"] != FORMAT:
            raise ValueError(f"its format is {record['format']}, not {FORMAT}")
        ranges = dict(record["dimensions"])
        calibration = Calibration(
            name=str(record["name"]),
            dimensions=tuple(str(name) for name in ranges),
            centre=tuple(float(each["centre"]) for each in ranges.values()),
            spread=tuple(float(each["spread"]) for each in ranges.values()),
            made=str(record["made"]),
            seconds=float(record["seconds"]),
            model=str(record["model"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it lacks a field or has a wrong one ({error})") from error
    in_range = all(-1.0 <= value <= 1.0 for value in calibration.centre) and all(
        LEAST_SPREAD <= value <= 2.0 for value in calibration.spread
    )
    if not in_range or not ranges:
        raise ValueError("its numbers are out of range")
    return calibration


def in_order(calibration: Calibration, dimensions: Sequence[str]) -> Calibration:
    """Return a calibration with its dimensions in a model's order.

    Raises:
        ValueError: where it lacks one of them.
    """
    if missing := set(dimensions) - set(calibration.dimensions):
        raise ValueError(f"it knows nothing of {', '.join(sorted(missing))}")
    places = [calibration.dimensions.index(name) for name in dimensions]
    return Calibration(
        calibration.name,
        tuple(dimensions),
        tuple(calibration.centre[place] for place in places),
        tuple(calibration.spread[place] for place in places),
        calibration.made,
        calibration.seconds,
        calibration.model,
    )
