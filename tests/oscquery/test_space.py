"""The address space of a run, against what is really sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from support.estimates import estimates, make_status

from realtime_mer.control.actions import ACTIONS
from realtime_mer.estimate import Estimate
from realtime_mer.feel.cues import parse_cue
from realtime_mer.oscquery.method import NOTHING, READ, WRITE, Method
from realtime_mer.oscquery.packets import head_of
from realtime_mer.oscquery.space import address_space
from realtime_mer.routes.parse import parse_route
from realtime_mer.sinks.osc import OscSink

ROUTES = [
    {"address": "/composition/layers/1/video/opacity", "source": "arousal", "rise": 0.3},
    {"address": "/wek/inputs", "source": ["arousal", "valence", "level"]},
    {"address": "/show/mood", "source": "mood", "before": ["now", 3, 0.5], "after": [1]},
    {"address": "/desk/1", "source": "mood:joyful", "out": [0, 255], "type": "integer"},
    {"address": "/free", "source": "valence", "out": [0, 10], "clip": False},
    {"address": "/down", "source": "distance:calm", "out": [1, 0.1], "curve": "s"},
]
CONTROLS: dict[str, Any] = {"frozen": True, "calibrating": None, "calibration": {"name": "tuesday"}}


def by_address(methods: list[Method]) -> dict[str, Method]:
    """Each method under its address."""
    return {method.address: method for method in methods}


def type_tags(packet: bytes) -> str:
    """The type tags of a message, as they stand in it."""
    return head_of(packet).decode().partition(",")[2] or NOTHING


def assert_in_range(value: object, allowed: Any) -> None:
    """A value is one that its range allows, but for the precision of 32 bits."""
    if "VALS" in allowed:
        assert value in allowed["VALS"]
    if isinstance(value, (int, float)):
        assert value >= allowed.get("MIN", value) - 1e-6
        assert value <= allowed.get("MAX", value) + 1e-6


@given(st.lists(estimates(), min_size=1, max_size=3), st.booleans(), st.booleans())
def test_everything_sent_is_described_as_it_is_sent(
    stream: list[Estimate], unit_range: bool, standard: bool
) -> None:
    """Every message of a sink has its method, with its type tags and within its ranges."""
    routes = [parse_route(table) for table in ROUTES]
    methods = by_address(
        address_space(
            ("arousal", "valence"),
            standard=standard,
            unit_range=unit_range,
            controls=True,
            routes=routes,
        )
    )
    sent: list[bytes] = []
    sink = OscSink(
        (), routes=routes, unit_range=unit_range, standard=standard, listener=sent.extend
    )
    for estimate in stream:
        sink.publish(estimate)
        sink.report(make_status(controls=CONTROLS))
    sink.close()
    assert sent
    for packet in sent:
        message = OscMessage(packet)
        method = methods[message.address]
        assert method.access == READ
        assert type_tags(packet) == method.type_tags
        assert len(method.ranges) in (0, len(message.params))
        for value, allowed in zip(message.params, method.ranges, strict=False):
            assert_in_range(value, allowed)
    # On the other hand nothing is described that is not sent, but the word, which comes once.
    assert set(methods) - {OscMessage(packet).address for packet in sent} <= {"/mer/mood"}


def test_every_control_is_described_and_nothing_else_can_be_set() -> None:
    """The addresses that can be written are those that control takes, in all their forms."""
    methods = address_space(("arousal", "valence"), control_in=True)
    writable = {method.address: method for method in methods if method.access & WRITE}
    assert set(writable) == set(ACTIONS)
    assert all(not method.access & READ for method in writable.values())
    forms = {
        address: {method.type_tags, *(each.type_tags for each in method.overloads)}
        for address, method in writable.items()
    }
    assert forms["/mer/calibrate"] == {NOTHING, "f", "fs", "s"}
    assert forms["/mer/freeze"] == {"T", "i", NOTHING}
    assert not by_address(address_space(("arousal", "valence"))).keys() & ACTIONS.keys()


def test_a_model_with_more_dimensions_has_more_addresses() -> None:
    """Each dimension with its spread."""
    methods = by_address(address_space(("arousal", "valence", "dominance")))
    assert {"/mer/dominance", "/mer/dominance_std"} <= set(methods)


def test_a_cue_is_described_by_its_message() -> None:
    """Its address, its arguments' types and their only values."""
    cue = parse_cue("mood is tense or silent for 4 s, send /cue/12/go now 1 0.5 to 127.0.0.1:53000")
    bare = parse_cue("mood is joyful, send /go to 127.0.0.1:53000")
    methods = by_address(address_space(("arousal", "valence"), standard=False, cues=[cue, bare]))
    assert methods["/cue/12/go"].type_tags == "sif"
    assert methods["/cue/12/go"].ranges == ({"VALS": ["now"]}, {"VALS": [1]}, {"VALS": [0.5]})
    assert "tense or silent" in methods["/cue/12/go"].description
    assert methods["/go"].type_tags == NOTHING


@pytest.mark.parametrize("address", ["/a/*/b", "/a/{b,c}", "/a/[0-9]", "/a?", "/a//b", "/a b"])
def test_a_pattern_has_no_place_in_the_tree(address: str) -> None:
    """It names methods of the receiver; in a tree it would be one that nobody can ask for."""
    route = parse_route({"address": address, "source": "arousal"})
    assert address_space(("arousal", "valence"), standard=False, routes=[route]) == []


def test_a_route_to_midi_alone_has_no_address() -> None:
    """It sends no OSC."""
    route = parse_route({"source": "arousal", "midi": {"port": "x", "cc": 1}})
    assert address_space(("arousal", "valence"), standard=False, routes=[route]) == []


def test_several_streams_have_a_branch_each() -> None:
    """Every standard address but the run's own status stands below the stream's number."""
    methods = address_space(("arousal", "valence"), streams=[(1, "Channel 1"), (12, "Channel 12")])
    found = {method.address: method for method in methods}
    for number in (1, 12):
        for name in ("arousal", "valence_std", "av", "active", "mood"):
            assert f"/mer/{number}/{name}" in found
    assert found["/mer/12/arousal"].description.startswith("Channel 12: Arousal")
    assert "/mer/status" in found
    assert "/mer/arousal" not in found
