"""Topics and payloads."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from support.estimates import estimates, make_estimate, make_status

from realtime_mer.estimate import Estimate
from realtime_mer.mood import mood
from realtime_mer.sinks.mqtt_messages import estimate_messages, status_messages
from realtime_mer.sinks.web import protocol


@given(estimates(dimensions=("arousal", "valence", "dominance")))
def test_every_value_has_its_topic(estimate: Estimate) -> None:
    """Means and spreads as numbers, music as 1 or 0, the word as it is."""
    messages = estimate_messages(estimate)
    for name, value in estimate.values().items():
        assert float(messages[name]) == pytest.approx(value, rel=1e-6)
    assert float(messages["level_db"]) == pytest.approx(estimate.level_db, rel=1e-6)
    assert messages["active"] == str(int(estimate.active))
    assert messages["mood"] == mood(estimate.arousal, estimate.valence)


def test_the_json_is_that_of_the_websocket() -> None:
    """Whoever reads the stream of the page reads these."""
    estimate, status = make_estimate(3), make_status()
    assert estimate_messages(estimate)["estimate"] == protocol.estimate_message(estimate)
    said = json.loads(status_messages(status)["status"])
    assert (said["type"], said["state"]) == ("status", "running")


def test_streams_have_a_level_of_their_own() -> None:
    """Channel 2 of a desk is below 2, as in OSC."""
    one, second = make_estimate(3), replace(make_estimate(3), stream=2)
    assert [f"2/{name}" for name in estimate_messages(one)] == list(estimate_messages(second))
    assert estimate_messages(second)["2/arousal"] == estimate_messages(one)["arousal"]


def test_nothing_is_sent_empty() -> None:
    """An empty payload would tell a broker to forget what it keeps."""
    assert all({**estimate_messages(make_estimate()), **status_messages(make_status())}.values())
