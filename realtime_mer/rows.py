"""Estimates as rows: what recordings and analyses are made of.

Columns, in order: ``time_s, arousal, valence, arousal_std, valence_std, level_db, active``;
a model with further dimensions appends ``NAME, NAME_std`` for each, so that the first seven
mean the same in every file. Where a run has several streams, ``stream`` comes last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from realtime_mer.estimate import Estimate

DECIMALS = 6
"""Of means and standard deviations: a millionth of the scale, float32's own precision."""
LEVEL_DECIMALS = 2
"""Of the level: a hundredth of a decibel."""

FIRST = ("arousal", "valence")
STREAM = "stream"
DEFAULT_DIMENSIONS = FIRST


def columns(
    dimensions: Iterable[str] = DEFAULT_DIMENSIONS, *, streams: bool = False
) -> tuple[str, ...]:
    """Names of a row's columns; with ``stream`` at the end where there are several.

    >>> columns(("arousal", "valence", "dominance"))[5:]
    ('level_db', 'active', 'dominance', 'dominance_std')
    """
    further = [column for name in dimensions if name not in FIRST for column in _pair(name)]
    first = ("time_s", *FIRST, *(f"{name}_std" for name in FIRST), "level_db", "active")
    return (*first, *further, *((STREAM,) if streams else ()))


def record(estimate: Estimate) -> dict[str, float | bool]:
    """One estimate under the names of its columns, rounded as it is written.

    Returns:
        Seconds, values of -1 to 1, dBFS, and ``active`` as a bool, in the order of
        :func:`columns`; ``stream`` where the estimate has one.
    """
    values: dict[str, float | bool] = {
        # Adding zero turns the -0.0 that rounding can leave into 0.0.
        name: round(value, DECIMALS) + 0.0
        for name, value in estimate.values().items()
    }
    values["time_s"] = estimate.time_s
    values["level_db"] = round(estimate.level_db, LEVEL_DECIMALS) + 0.0
    values["active"] = estimate.active
    values[STREAM] = estimate.stream
    names = columns(estimate.dimensions, streams=estimate.stream > 0)
    return {name: values[name] for name in names}


def csv_header(dimensions: Iterable[str] = DEFAULT_DIMENSIONS, *, streams: bool = False) -> str:
    """The first line of a CSV file, with its line end."""
    return ",".join(columns(dimensions, streams=streams)) + "\n"


def csv_line(estimate: Estimate) -> str:
    """One estimate as a line of CSV, with its line end; ``active`` is 1 or 0."""
    return ",".join(_cell(name, value) for name, value in record(estimate).items()) + "\n"


def csv_text(estimates: Sequence[Estimate], dimensions: Iterable[str] = DEFAULT_DIMENSIONS) -> str:
    """A whole CSV file: the header, then a line an estimate."""
    return csv_header(dimensions) + "".join(map(csv_line, estimates))


def json_line(estimate: Estimate) -> str:
    """One estimate as a line of JSON, with its sequence number and its line end.

    Where it is known, ``raw_NAME`` is what the model said of a dimension before silence,
    calibration or smoothing touched it. ``marks`` are the labels of marks set since the line
    before, if there are any.
    """
    further: dict[str, object] = {
        f"raw_{name}": round(value, DECIMALS) + 0.0
        for name, value in zip(estimate.dimensions, estimate.raw_mean, strict=False)
    }
    if estimate.marks:
        further["marks"] = list(estimate.marks)
    return json.dumps({"sequence": estimate.sequence, **record(estimate), **further}) + "\n"


def _pair(name: str) -> tuple[str, str]:
    return name, f"{name}_std"


def _cell(name: str, value: float | bool) -> str:
    if isinstance(value, bool) or name == STREAM:
        return str(int(value))
    if name == "time_s":
        return f"{value:.1f}"
    return f"{value:.{LEVEL_DECIMALS if name == 'level_db' else DECIMALS}f}"
