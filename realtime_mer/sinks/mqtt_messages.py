"""What is published by MQTT: topics and payloads, and nothing of how they get there.

``docs/mqtt.md`` lists them. JSON is that of the WebSocket, so whoever reads the one reads the
other.
"""

from __future__ import annotations

from realtime_mer.estimate import Estimate, Status
from realtime_mer.mood import mood
from realtime_mer.sinks.web import protocol

ONLINE = "online"
"""The topic that says whether the tracker is there: ``1``, or ``0`` from its last will."""

Messages = dict[str, str]
"""Payloads by topic, below that of the broker's address."""


def estimate_messages(estimate: Estimate) -> Messages:
    """Return one estimate: a payload a value, the word for it, and all of it as JSON.

    Where a run has several streams, each has a level of its own: ``2/arousal``.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    values = {name: str(protocol.number(value)) for name, value in estimate.values().items()}
    messages = {
        **values,
        "level_db": str(protocol.number(estimate.level_db)),
        "active": str(int(estimate.active)),
        "mood": estimate.mood or mood(estimate.arousal, estimate.valence),
        "estimate": protocol.estimate_message(estimate),
    }
    place = f"{estimate.stream}/" if estimate.stream else ""
    return {f"{place}{name}": payload for name, payload in messages.items()}


def status_messages(status: Status) -> Messages:
    """Return how the run is doing, as JSON.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    return {"status": protocol.status_message(status)}
