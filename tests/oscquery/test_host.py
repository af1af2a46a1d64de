"""What is answered to a path and a query."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.oscquery.host import (
    ATTRIBUTES,
    EXTENSIONS,
    NEVER,
    QueryHost,
    is_for_a_program,
)
from realtime_mer.oscquery.space import address_space
from realtime_mer.sinks.osc_packet import message

OK, NO_CONTENT = HTTPStatus.OK, HTTPStatus.NO_CONTENT
BAD, NOT_FOUND = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND


def make_host(control: tuple[str, int] | None = ("", 9001)) -> QueryHost:
    """A host of the standard addresses and control, nothing sent yet."""
    methods = address_space(("arousal", "valence"), controls=True, control_in=True)
    return QueryHost("realtime-mer on stage", methods, control)


def ask(host: QueryHost, path: str, query: str = "") -> Any:
    """The JSON of an answer that has some."""
    answer = host.answer(path, query, 8765)
    assert answer.status == OK
    return json.loads(answer.body)


def test_an_attribute_is_answered_alone() -> None:
    """Each attribute of a node by its name, exactly as it stands in the whole."""
    host = make_host()
    host.take([message("/mer/arousal", 0.25)])
    whole = ask(host, "/mer/arousal")
    assert whole["VALUE"] == [0.25]
    for name, value in whole.items():
        assert ask(host, "/mer/arousal", name) == {name: value}
    assert ask(host, "/mer/arousal", "VALUE&RANGE") == {
        "VALUE": [0.25],
        "RANGE": [{"MIN": -1.0, "MAX": 1.0}],
    }


def test_values_are_those_that_were_sent_last() -> None:
    """To the bit of 32-bit floats; words, several arguments and emptiness as well."""
    host = make_host()
    for arousal in (0.1, -0.7):
        host.take([message("/mer/arousal", arousal), message("/mer/av", arousal, 0.5)])
    host.take([message("/mer/mood", "calm"), message("/mer/calibration", "")])
    assert ask(host, "/mer/arousal", "VALUE") == {"VALUE": [-0.699999988079071]}
    assert ask(host, "/mer/av", "VALUE") == {"VALUE": [-0.699999988079071, 0.5]}
    assert ask(host, "/mer/mood", "VALUE") == {"VALUE": ["calm"]}
    assert ask(host, "/mer/calibration", "VALUE") == {"VALUE": [""]}


def test_what_json_cannot_say_is_null() -> None:
    """A NaN that got as far as here makes no answer that cannot be read."""
    host = make_host()
    host.take([message("/mer/arousal", 0.0)[:-4] + b"\x7f\xc0\x00\x00"])
    assert ask(host, "/mer/arousal", "VALUE") == {"VALUE": [None]}


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/mer/arousal", "VALUE", OK),  # not sent yet: an empty object
        ("/mer", "TYPE", OK),  # a container has none: an empty object
        ("/mer", "VALUE", NO_CONTENT),
        ("/mer/reset", "VALUE", NO_CONTENT),
        ("/mer/arousal", "CLIPMODE", NO_CONTENT),
        ("/mer/arousal", "NONSENSE", BAD),
        ("/mer/arousal", "VALUE&NONSENSE", BAD),
        ("/mer/arousal", "value", BAD),
        ("/nothing", "", NOT_FOUND),
        ("/mer/nothing", "VALUE", NOT_FOUND),
        ("/mer/arousal/deeper", "", NOT_FOUND),
        ("/mer/arousal", "HTML", NOT_FOUND),
        ("/mer%2Farousal", "", OK),
        ("/mer/", "", OK),
        ("/mer/arousal#part", "", OK),
        ("/", "", OK),
        ("", "", OK),
    ],
)
def test_each_question_has_the_status_of_the_proposal(
    path: str, query: str, status: HTTPStatus
) -> None:
    """200, 204 for what makes no sense here, 400 for what makes none anywhere, 404."""
    answer = make_host().answer(path, query, 8765)
    assert answer.status == status
    assert (answer.status == OK) == bool(answer.body)
    if query and status == OK:
        assert json.loads(answer.body) == {}


@pytest.mark.parametrize("path", ["/", "/mer", "/nothing", ""])
@pytest.mark.parametrize("query", ["HOST_INFO", "HOST_INFO=", "token=x&HOST_INFO"])
def test_host_info_comes_on_any_path(path: str, query: str) -> None:
    """Name, ports and extensions, whatever the path; some clients write a = at the end."""
    info = ask(make_host(), path, query)
    assert info["NAME"] == "realtime-mer on stage"
    assert (info["OSC_PORT"], info["OSC_TRANSPORT"], info["WS_PORT"]) == (9001, "UDP", 8765)
    assert info["EXTENSIONS"]["LISTEN"] is True
    assert info["EXTENSIONS"]["VALUE"] is True
    assert "OSC_IP" not in info


def test_without_control_nobody_is_told_a_port_for_osc() -> None:
    """There is none; with an address of its own that is told."""
    assert not {"OSC_PORT", "OSC_IP"} & set(ask(make_host(None), "/", "HOST_INFO"))
    assert ask(make_host(("10.0.0.5", 9001)), "/", "HOST_INFO")["OSC_IP"] == "10.0.0.5"


def test_extensions_tell_what_is_served() -> None:
    """What is said to be supported is found somewhere, what is not is found nowhere."""
    host = make_host()
    host.take([message("/mer/arousal", 0.25)])
    text = host.answer("/", "", 8765).body.decode()
    for name in (*ATTRIBUTES[3:], *NEVER):
        assert (f'"{name}":' in text) == EXTENSIONS[name]


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_question_is_too_odd(path: str, query: str) -> None:
    """Whatever is asked has an answer."""
    assert make_host().answer(path, query, 8765).status in (OK, NO_CONTENT, BAD, NOT_FOUND)


@pytest.mark.parametrize(
    ("accept", "query", "program"),
    [
        ([], "", True),
        (["*/*"], "", True),
        (["application/json"], "", True),
        (["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], "", False),
        (["TEXT/HTML"], "token=secret", False),
        (["text/html"], "HOST_INFO", True),
        (["text/html"], "VALUE", True),
        (["text/html"], "whatever=1", False),
        (["*/*"], "HTML", False),
        (["*/*"], "token=secret", True),
    ],
)
def test_browsers_get_the_page_and_programs_the_tree(
    accept: list[str], query: str, program: bool
) -> None:
    """By what they ask for, unless an attribute is asked for by name."""
    assert is_for_a_program(accept, query) is program
