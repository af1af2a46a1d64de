"""A band's own range over the whole scale."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.feel.calibration import (
    KNEE,
    LEAST_SPREAD,
    Calibration,
    bend,
    in_order,
    parse_record,
)

DIMENSIONS = ("arousal", "valence")
CENTRES = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
SPREADS = st.tuples(st.floats(LEAST_SPREAD, 2), st.floats(LEAST_SPREAD, 2))
ANY = st.builds(
    Calibration,
    name=st.text(max_size=10),
    dimensions=st.just(DIMENSIONS),
    centre=CENTRES,
    spread=SPREADS,
    made=st.just("2026-11-20T13:00:00+00:00"),
    seconds=st.floats(10, 1000),
    model=st.text(max_size=10),
)


def test_the_bands_range_becomes_the_whole_scale() -> None:
    """Centre to 0, half the spread to half, both ends close to the ends."""
    calibration = Calibration("", DIMENSIONS, (0.4, -0.1), (0.2, 0.3))
    assert calibration.means((0.4, -0.1)) == (0.0, 0.0)
    assert calibration.means((0.5, -0.25)) == pytest.approx((0.5, -0.5))
    assert calibration.means((0.6, -0.4)) == pytest.approx((0.952, -0.952), abs=1e-3)
    assert calibration.stds((0.1, 0.1)) == pytest.approx((0.5, 1 / 3))


@given(ANY, st.tuples(st.floats(-1, 1), st.floats(-1, 1)))
def test_no_value_leaves_the_scale(calibration: Calibration, raw: tuple[float, float]) -> None:
    """Whatever the band does later, the means stay inside -1 to 1."""
    assert all(-1.0 <= mean <= 1.0 for mean in calibration.means(raw))


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_more_stays_more(one: float, other: float) -> None:
    """The order of values is kept, and the middle of the scale is untouched."""
    low, high = sorted((one, other))
    assert bend(low) <= bend(high)
    assert bend(-low) == -bend(low)
    if abs(low) <= KNEE:
        assert bend(low) == low


def test_the_knee_has_no_corner() -> None:
    """Value and slope go on as they were: a visual shows no kink."""
    step = 1e-6
    below = (bend(KNEE) - bend(KNEE - step)) / step
    above = (bend(KNEE + step) - bend(KNEE)) / step
    assert above == pytest.approx(below, abs=1e-4)


@given(ANY)
def test_what_is_stored_is_read(calibration: Calibration) -> None:
    """A calibration comes back from JSON to the bit."""
    assert parse_record(json.loads(json.dumps(calibration.record()))) == calibration


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"dimensions": {}},
        {"dimensions": {"arousal": {"centre": 0.0}}},
        {"dimensions": {"arousal": {"centre": 3.0, "spread": 0.5}}},
        {"dimensions": {"arousal": {"centre": 0.0, "spread": 0.0}}},
        {"dimensions": {"arousal": {"centre": float("nan"), "spread": 0.5}}},
        {"dimensions": [1, 2]},
        {"seconds": None},
    ],
)
def test_a_wrong_record_is_refused(change: dict[str, object]) -> None:
    """Nothing that would blow up the values is taken from a file."""
    record = Calibration("x", DIMENSIONS, (0.0, 0.0), (0.5, 0.5)).record()
    with pytest.raises(ValueError, match="it"):
        parse_record(record | change)


def test_dimensions_are_put_in_the_models_order() -> None:
    """A calibration fits a model that names the same dimensions in another order, or fewer."""
    calibration = Calibration("x", ("a", "b", "c"), (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    turned = in_order(calibration, ("c", "a"))
    assert (turned.centre, turned.spread) == ((0.3, 0.1), (0.6, 0.4))
    with pytest.raises(ValueError, match="nothing of d"):
        in_order(calibration, ("a", "d"))
