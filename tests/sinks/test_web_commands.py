"""What a page asks for, read from JSON: every field checked, nothing raised but a sentence."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.sinks.web import commands, protocol
from realtime_mer.sinks.web.commands import COMMANDS, MessageError, parse_command

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = sorted({key for keys, _ in COMMANDS.values() for key in keys} | {"id", "type", "else"})


def read(**message: Any) -> object:
    """What a message asks for."""
    asked = protocol.parse(json.dumps(message))
    assert isinstance(asked, protocol.Request)
    return asked.command


@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(st.sampled_from(KEYS), VALUES))
def test_a_command_is_read_or_refused_with_a_sentence(kind: str, message: dict[str, Any]) -> None:
    """Whatever the fields hold, a command comes out whose values are of their kind and size."""
    try:
        command = parse_command(kind, message)
    except MessageError as error:
        assert str(error)  # noqa: PT017
        return
    for name in command.__slots__:
        value = getattr(command, name)
        if isinstance(value, str):
            assert len(value) <= commands.LONGEST_TEXT
            assert value.isprintable()
        elif isinstance(value, float):
            assert abs(value) < 1e9


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "freeze", "on": True}, commands.Freeze(True)),
        ({"type": "freeze"}, commands.Freeze(None)),
        ({"type": "gain", "gain_db": -6}, commands.Gain(-6.0)),
        ({"type": "calibrate"}, commands.Calibrate(None, "")),
        (
            {"type": "calibrate", "seconds": 30, "name": " tuesday "},
            commands.Calibrate(30.0, "tuesday"),
        ),
        ({"type": "calibration", "use": "off"}, commands.UseCalibration("off")),
        ({"type": "mark", "label": "chorus"}, commands.MarkMoment("chorus")),
        ({"type": "device", "device": "Scarlett"}, commands.ChooseDevice("Scarlett", "")),
        ({"type": "meters", "on": False}, commands.Meters(False)),
        ({"type": "save", "id": 7, "schema": 1}, commands.Save()),
        (
            {"type": "set_routes", "routes": [{"address": "/x"}], "revision": 3},
            commands.SetRoutes(({"address": "/x"},), 3),
        ),
    ],
)
def test_each_command_is_read(message: dict[str, Any], expected: object) -> None:
    """The documented fields arrive, with their defaults."""
    assert read(**message) == expected


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"type": "freeze", "on": 1}, "on is true or false"),
        ({"type": "gain", "gain_db": "6"}, "gain_db is a number"),
        ({"type": "gain", "gain_db": True}, "gain_db is a number"),
        ({"type": "gain"}, "gain_db is a number"),
        ({"type": "gain", "gain_db": 1e9}, "gain_db is a number"),
        ({"type": "gain", "db": 1}, "gain takes no 'db'. It takes gain_db"),
        ({"type": "save", "path": "/etc/passwd"}, "save takes no 'path'"),
        ({"type": "mark", "label": "x" * 201}, "up to 200"),
        ({"type": "mark", "label": "\x1b[2J"}, "label is a text"),
        ({"type": "device", "device": 3}, "device is a text"),
        ({"type": "set_routes", "routes": {}}, "list of tables"),
        ({"type": "set_routes", "routes": [1]}, "list of tables"),
        ({"type": "set_routes", "routes": [{}] * 257}, "256"),
        ({"type": "set_routes", "routes": [], "revision": -1}, "revision"),
        ({"type": "reboot"}, "understands ping, freeze"),
    ],
)
def test_each_mistake_has_its_sentence(message: dict[str, Any], said: str) -> None:
    """A field of another kind, too long, or not known is named, with the id for the answer."""
    with pytest.raises(protocol.Refused, match=re.escape(said)) as refused:
        protocol.parse(json.dumps(message | {"id": 5}))
    assert refused.value.id == 5
