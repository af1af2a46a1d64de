"""Estimates to publish in tests, single ones and strategies for any."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import strategies as st

from realtime_mer.estimate import STEP_S, Estimate, Status

DIMENSIONS = ("arousal", "valence")


def make_estimate(
    sequence: int = 0, *, dimensions: Sequence[str] = DIMENSIONS, active: bool = True
) -> Estimate:
    """An estimate whose every number tells which it is, and moves with the sequence."""
    phase = sequence / 10
    return Estimate(
        sequence=sequence,
        time_s=(sequence + 1) * STEP_S,
        dimensions=tuple(dimensions),
        mean=tuple(0.7 * math.sin(phase + k) for k in range(len(dimensions))),
        std=tuple(0.1 + 0.01 * k for k in range(len(dimensions))),
        level_db=-18.25,
        active=active,
    )


def make_status(**changes: object) -> Status:
    """A status of a run that is well, with some fields changed."""
    fields: dict[str, object] = {
        "sequence": 24,
        "time_s": 12.5,
        "drops": 0,
        "level_db": -18.25,
        "state": "running",
        "device": "Scarlett 2i2 USB",
        "rate_hz": 48_000,
        "channels": 2,
        "model": "tiny",
        "provider": "cpu",
        "web_clients": 1,
        "osc_targets": ("127.0.0.1:9000",),
    }
    return Status(**(fields | changes))  # type: ignore[arg-type]


@st.composite
def estimates(draw: st.DrawFn, dimensions: Sequence[str] = DIMENSIONS) -> Estimate:
    """Any estimate an engine may give."""
    count = len(dimensions)
    sequence = draw(st.integers(0, 10**6))
    unit = st.floats(-1, 1)
    spread = st.floats(1e-4, 2)
    return Estimate(
        sequence=sequence,
        time_s=(sequence + 1) * STEP_S,
        dimensions=tuple(dimensions),
        mean=tuple(draw(st.lists(unit, min_size=count, max_size=count))),
        std=tuple(draw(st.lists(spread, min_size=count, max_size=count))),
        level_db=draw(st.floats(-120, 6)),
        active=draw(st.booleans()),
    )
