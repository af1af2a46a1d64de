"""Learning a band's range: once from a sound check, or slowly all evening."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.feel.calibration import LEAST_SPREAD, Calibration

LOW, HIGH = 0.05, 0.95
"""Percentiles the spread lies between: a cough and a dropped cymbal are no part of a range."""

LEAST_MUSIC_S = 10.0
"""Music from which anything can be learned at all."""

MEMORY_TIME_CONSTANTS = 4.0
"""How far an adaptation looks back: what is older weighs less than 2 %."""

MOST_SAMPLES = 2048
"""Values an adaptation keeps; over long times it takes every second, third … one."""


class Calibrator:
    """Learns from the estimates of a sound check, silence left out.

    The same estimates always give the same calibration.

    Args:
        dimensions: names, in the order of the estimates' values.
        seconds: of music to learn from.
    """

    def __init__(self, dimensions: Sequence[str], seconds: float) -> None:
        self.seconds = max(seconds, LEAST_MUSIC_S)
        self._dimensions = tuple(dimensions)
        self._raw: list[tuple[float, ...]] = []

    @property
    def heard_s(self) -> float:
        """Seconds of music so far."""
        return len(self._raw) * STEP_S

    @property
    def done(self) -> bool:
        """Whether all the music asked for was heard."""
        return self.heard_s >= self.seconds

    def take(self, estimate: Estimate) -> None:
        """Learn from one estimate, unless it is of silence or there were enough."""
        if estimate.active and not self.done:
            self._raw.append(estimate.raw_mean or estimate.mean)

    def result(self, name: str = "", model: str = "") -> Calibration:
        """Return what was learned so far.

        Raises:
            UserError: where less than 10 s of music were heard.
        """
        if self.heard_s < LEAST_MUSIC_S:
            raise UserError(
                f"Only {self.heard_s:.1f} s of music were heard, and a calibration needs "
                f"{LEAST_MUSIC_S:.0f}: play, and check the input's level."
            )
        centre, spread = robust_range(np.asarray(self._raw))
        return Calibration(name, self._dimensions, centre, spread, "", self.heard_s, model)


class Adaptation:
    """Follows a band's range with a time constant of minutes.

    It begins at a calibration, whose weight fades by e^(-t/T) while the music of the last
    few T gains it; music that is t old weighs e^(-t/T). Time stands still in silence.

    Args:
        start: where it begins.
        time_constant_s: T.
    """

    def __init__(self, start: Calibration, time_constant_s: float) -> None:
        self.calibration = start
        self._start = start
        self._time_constant_s = time_constant_s
        self._interval_s = max(STEP_S, MEMORY_TIME_CONSTANTS * time_constant_s / MOST_SAMPLES)
        self._samples: deque[tuple[float, tuple[float, ...]]] = deque(maxlen=MOST_SAMPLES)
        self._heard_s = 0.0
        self._due_s = 0.0

    def take(self, estimate: Estimate) -> None:
        """Follow one estimate, unless it is of silence."""
        if not estimate.active:
            return
        self._heard_s += STEP_S
        if self._heard_s < self._due_s:
            return
        self._due_s = self._heard_s + self._interval_s - STEP_S / 2
        self._samples.append((self._heard_s, estimate.raw_mean or estimate.mean))
        self.calibration = self._now()

    def _now(self) -> Calibration:
        times_s = np.array([time_s for time_s, _ in self._samples])
        weights = np.exp((times_s - self._heard_s) / self._time_constant_s)
        centre, spread = robust_range([raw for _, raw in self._samples], weights)
        kept = math.exp(-self._heard_s / self._time_constant_s)
        start = self._start

        def mixed(before: Sequence[float], learned: Sequence[float]) -> tuple[float, ...]:
            return tuple(
                kept * old + (1.0 - kept) * new for old, new in zip(before, learned, strict=True)
            )

        return Calibration(
            start.name,
            start.dimensions,
            mixed(start.centre, centre),
            mixed(start.spread, spread),
            start.made,
            self._heard_s,
            start.model,
        )


def robust_range(
    raw: ArrayLike, weights: NDArray[np.float64] | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return median and half the percentile span of each dimension.

    Args:
        raw: values ``[n, dimensions]``, n at least 1.
        weights: ``[n]``, above 0; None for all the same.

    Returns:
        Centre and spread, the latter at least 0.15.
    """
    values = np.asarray(raw, np.float64)
    if weights is None:
        weights = np.ones(len(values))
    low, centre, high = (
        [weighted_quantile(column, weights, share) for column in values.T]
        for share in (LOW, 0.5, HIGH)
    )
    spread = (max(LEAST_SPREAD, (top - base) / 2) for base, top in zip(low, high, strict=True))
    return tuple(centre), tuple(spread)


def weighted_quantile(
    values: NDArray[np.float64], weights: NDArray[np.float64], share: float
) -> float:
    """Return the value below which a share of the weight lies.

    Each value sits at the middle of its own weight, with straight lines between.
    """
    order = np.argsort(values, kind="stable")
    ordered = weights[order]
    places = (np.cumsum(ordered) - ordered / 2) / ordered.sum()
    return float(np.interp(share, places, values[order]))
