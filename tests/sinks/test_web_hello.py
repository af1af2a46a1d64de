"""The first message of a connection."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from support.estimates import estimates

from realtime_mer.estimate import Estimate
from realtime_mer.sinks.web.hello import HELLO_FIELDS, hello_fields, hello_message
from realtime_mer.sinks.web.protocol import estimate_message

HELLO = hello_fields(
    model="tiny",
    provider="cpu",
    dimensions=("arousal", "valence"),
    device="Gerät “2”",
    rate_hz=44_100,
    channels=2,
    osc=["127.0.0.1:9000"],
    version="0.1.0",
)


@given(st.lists(estimates(), max_size=5))
def test_hello_carries_the_past_in_order(past: list[Estimate]) -> None:
    """The joined history is the same JSON as each estimate alone."""
    texts = [estimate_message(estimate) for estimate in past]
    message = json.loads(hello_message(HELLO, "abc", texts))
    assert message["history"] == [json.loads(text) for text in texts]
    assert message["stream"] == "abc"
    assert message["model"]["dimensions"][0] == {"name": "arousal", "min": -1.0, "max": 1.0}
    assert message["device"] == {"name": "Gerät “2”", "rate_hz": 44_100, "channels": 2}
    assert {name: message[name] for name in HELLO_FIELDS} == HELLO
