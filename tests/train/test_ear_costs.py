"""Costs are measured for every way to hear that a system names."""

from __future__ import annotations

import math

import pytest

from realtime_mer.model import shipped_model
from train.ear_costs import ear_microseconds, step_microseconds
from train.systems import SYSTEMS


def test_a_step_of_the_model_takes_time() -> None:
    """An exported model's step takes more than a microsecond and less than a tenth of a second."""
    assert 1.0 < step_microseconds(shipped_model()) < 1e5


@pytest.mark.e2e
@pytest.mark.data
def test_every_ear_has_a_cost(shared_data, monkeypatch) -> None:
    """Each system's ear is in the table; hearing nothing is free, the front end is not."""
    monkeypatch.setenv("REALTIME_MER_DATA", str(shared_data))
    costs = ear_microseconds()
    assert {s.ear for s in SYSTEMS} <= set(costs)
    assert costs["none"] == 0.0
    assert all(math.isfinite(c) and c > 1.0 for name, c in costs.items() if name != "none")
    assert costs["openSMILE"] > costs["log-mel"]
