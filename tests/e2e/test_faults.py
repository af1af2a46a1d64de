"""What happens to sound on a stage, done to the real components; the table is in the docs.

Each fault strikes a tracker that hears music from a real sound server. Within 2 s everybody
knows; the numbers go on without a gap and in time with the wall; when it is over, the music
is heard again by itself, with all that was set.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from soaks.faults import attempt
from soaks.happenings import FAULTS

pytestmark = pytest.mark.e2e

SAID_WITHIN_S = 2.0
SETTLED = 3
IN_TIME_S = 0.4


@pytest.mark.parametrize("key", ["pulse-killed", "pulse-stopped", "jack-other-rate"])
def test_a_fault_is_said_and_mended(tmp_path: Path, key: str) -> None:
    """``active`` 0 and a status with the device's name in 2 s; then values, in time."""
    fault = replace(FAULTS[key], away_s=2.5)
    outcome = attempt(fault, tmp_path, SETTLED)
    print(outcome)
    status = outcome.status
    assert outcome.inactive_s is not None
    assert outcome.inactive_s < SAID_WITHIN_S
    assert outcome.said_s is not None
    assert outcome.said_s < SAID_WITHIN_S
    assert f"“{status['device']}”" in outcome.said
    assert outcome.gaps == 0
    assert abs(outcome.late_s) < IN_TIME_S
    assert (status["state"], status["message"]) == ("running", "")
    assert status["reconnects"] == 1
    assert status["device"] == {"pulse": "pulse", "jack": "system"}[fault.kind]
    assert status["rate_hz"] == (48_000 if key == "jack-other-rate" else 44_100)
    # While it was lost, estimates came as ever, and every one of them said so.
    lost = [value for at_s, value in outcome.messages if outcome.inactive_s <= at_s < 2.5]
    assert len(lost) >= 2
    assert not any(lost)


def test_a_fault_that_passes_is_not_heard(tmp_path: Path) -> None:
    """A server that stumbles for half a second leaves no trace in the values."""
    outcome = attempt(FAULTS["pulse-hiccup"], tmp_path, SETTLED)
    assert outcome.said == ""
    assert outcome.gaps == 0
    assert outcome.status["reconnects"] == 0
    assert all(value for at_s, value in outcome.messages if at_s > 0.0)


def test_a_driver_that_hangs_does_not_hang_the_tracker(tmp_path: Path) -> None:
    """It is ended by force; and at 60 messages a second nobody is sent the last values on."""
    fault = replace(FAULTS["driver-hangs"], flags=("--osc-rate", "60"))
    outcome = attempt(fault, tmp_path, SETTLED)
    assert outcome.inactive_s is not None
    assert outcome.inactive_s < SAID_WITHIN_S
    assert outcome.status["reconnects"] == 1
    lost = [value for at_s, value in outcome.messages if outcome.inactive_s <= at_s < 3.0]
    assert len(lost) > 30
    assert not any(lost)
