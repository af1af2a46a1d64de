"""Tables of routes, right and wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.config.table import TableError
from realtime_mer.routes.parse import KEYS, parse_route
from realtime_mer.routes.route import MidiControl
from realtime_mer.routes.sources import KNOWN, parse_source
from realtime_mer.routes.table import route_table

GOOD = {"address": "/x", "source": "arousal"}
MIDI = {"port": "Scarlett", "cc": 21}


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ({"adress": "/y"}, "adress", "no key 'adress'; did you mean 'address'"),
        ({"source": "arousel"}, "source", "did you mean 'arousal'"),
        ({"source": "mood:joyfull"}, "source", "did you mean 'mood:joyful'"),
        ({"source": "distance:7,0"}, "source", "no point of the plane"),
        ({"source": "distance:a,b"}, "source", "no point of the plane"),
        ({"source": []}, "source", "empty list"),
        ({"source": 3}, "source", "not a text"),
        ({"address": "x"}, "address", "write '/x'"),
        ({"address": "/x/"}, "address", "no OSC address"),
        ({"address": "/schön"}, "address", "no OSC address"),
        ({"in": 3}, "in", "no range"),
        ({"in": [1]}, "in", "no range"),
        ({"in": [0, 0]}, "in", "begins where it ends"),
        ({"in": ["a", 1]}, "in", "not a number"),
        ({"in": [[0, 1], [0, 1]]}, "in", "2 ranges for 1 sources"),
        ({"out": [0, float("inf")]}, "out", "not a number"),
        ({"out": [0, float("nan")]}, "out", "not a number"),
        ({"clip": "yes"}, "clip", "neither true nor false"),
        ({"curve": "exponential"}, "curve", "did you mean 'exponent'"),
        ({"exponent": 3}, "exponent", "add it"),
        ({"curve": "exponent", "exponent": 0}, "exponent", "no power"),
        ({"rise": -1}, "rise", "no time"),
        ({"fall": "slow"}, "fall", "not a number"),
        ({"before": [True]}, "before", "write 1 or 0"),
        ({"after": 2**31}, "after", "32 bits"),
        ({"after": {"a": 1}}, "after", "neither number nor text"),
        ({"after": "é"}, "after", "ASCII"),
        ({"target": "nowhere"}, "target", "HOST:PORT"),
        ({"type": "int"}, "type", "did you mean 'integer'"),
        ({"on_change": 1}, "on_change", "neither true nor false"),
        ({"source": "mood", "out": [0, 1]}, "out", "mood is a word"),
        ({"source": "mood", "midi": MIDI}, "source", "MIDI cannot send"),
        ({"source": ["arousal", "valence"], "midi": MIDI}, "source", "a route for each"),
        ({"midi": 3}, "midi", "no MIDI control"),
        ({"midi": {"port": "x"}}, "midi", "has no cc"),
        ({"midi": {"cc": 1}}, "midi", "has no port"),
        ({"midi": MIDI | {"cc": 128}}, "midi", "0 to 127"),
        ({"midi": MIDI | {"channel": 0}}, "midi", "1 to 16"),
        ({"midi": MIDI | {"chanel": 1}}, "midi", "did you mean 'channel'"),
        ({"midi": MIDI, "out": [0, 128]}, "out", "0 to 127"),
        ({"midi": MIDI, "clip": False}, "clip", "leave out clip"),
        ({"midi": MIDI, "type": "float"}, "type", "leave out type"),
    ],
)
def test_a_wrong_table_gets_a_sentence(table: dict[str, Any], key: str, said: str) -> None:
    """The key, what is wrong and the remedy are there, and nothing else is complained of."""
    with pytest.raises(TableError) as error:
        parse_route(GOOD | table)
    assert [problem[0] for problem in error.value.problems] == [key]
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"source": "arousal"}, "it has no address"),
        ({"address": "/x"}, "it has no source"),
        ({"midi": MIDI, "source": "arousal", "before": 1}, "before is for OSC"),
    ],
)
def test_what_is_missing_is_said(table: dict[str, Any], said: str) -> None:
    """A route without address or source says so."""
    with pytest.raises(TableError, match=said):
        parse_route(table)


def test_everything_wrong_is_said_at_once() -> None:
    """Three mistakes are three problems."""
    with pytest.raises(TableError) as error:
        parse_route({"address": "x", "source": "nothing", "rise": -1})
    assert {key for key, _ in error.value.problems} == {"address", "source", "rise"}


def test_defaults_are_those_of_the_source() -> None:
    """A route of two lines maps a source's whole range to 0..1 for the usual receivers."""
    route = parse_route(GOOD)
    assert route.lanes[0].range_in == (-1, 1)
    assert route.lanes[0].range_out == (0, 1)
    assert (route.clip, route.rise_s, route.integer, route.on_change) == (True, 0, False, False)
    assert route.targets == ()
    assert route.name == "/x"


def test_a_control_change_has_its_own_defaults() -> None:
    """MIDI means 0 to 127, whole numbers, said when they change, with or without an address."""
    route = parse_route({"source": "arousal", "midi": MIDI})
    assert route.midi == MidiControl("Scarlett", 1, 21)
    assert route.lanes[0].range_out == (0, 127)
    assert (route.integer, route.on_change) == (True, True)
    assert route.name == "Scarlett channel 1 control 21"


def test_targets_are_one_or_several() -> None:
    """A target is written like --osc."""
    route = parse_route(GOOD | {"target": ["10.0.0.5:7000", "[::1]:9"]})
    assert route.targets == (("10.0.0.5", 7000), ("::1", 9))


@pytest.mark.parametrize("name", KNOWN)
def test_every_known_source_is_known(name: str) -> None:
    """Each name that is offered can be used."""
    assert parse_source(name).name == name


# Values as TOML may have them, near enough to right to get deep into the parser.
scalars = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["arousal", "/x", "linear", "integer", "127.0.0.1:9000", *KNOWN])
)
toml = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["port", "cc", "channel", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), toml, max_size=8))
def test_any_table_is_a_route_or_gets_sentences(values: dict[str, Any]) -> None:
    """Nothing a file can hold makes the parser fall over."""
    problems: tuple[tuple[str, str], ...] = ()
    lanes: object = ()
    try:
        lanes = parse_route(values).lanes
    except TableError as error:
        problems = error.problems
    assert bool(problems) != bool(lanes)
    assert all(sentence for _, sentence in problems)


numbers = st.floats(-1e6, 1e6)
ranges = st.tuples(numbers, numbers).filter(lambda ends: abs(ends[0] - ends[1]) > 1e-3).map(list)
arguments = st.lists(st.integers(-(2**31), 2**31 - 1) | numbers | st.text("ab c"))


@given(
    source=st.lists(st.sampled_from(KNOWN), min_size=1, max_size=3),
    extra=st.fixed_dictionaries(
        {},
        optional={
            "in": ranges,
            "out": ranges,
            "clip": st.booleans(),
            "rise": st.floats(0, 60),
            "fall": st.floats(0, 60),
            "before": arguments,
            "after": arguments,
            "type": st.sampled_from(["float", "integer"]),
            "on_change": st.booleans(),
            "target": st.just("127.0.0.1:9000"),
            "stream": st.integers(1, 64),
        },
    ),
    curve=st.sampled_from([{}, {"curve": "s"}, {"curve": "exponent", "exponent": 0.5}]),
)
def test_a_route_is_written_as_a_table_that_gives_it_again(
    source: list[str], extra: dict[str, Any], curve: dict[str, Any]
) -> None:
    """Parsing what was written for a route gives an equal one."""
    if all(name == "mood" for name in source):
        source = [*source, "level"]
    route = parse_route({"address": "/x", "source": source} | extra | curve)
    assert parse_route(route_table(route)) == route


@pytest.mark.parametrize(
    "table",
    [
        GOOD,
        GOOD | {"in": [0.0, 1.0], "curve": "exponent", "exponent": 3.0, "clip": False},
        GOOD | {"rise": 0.5, "fall": 2.0, "type": "integer", "on_change": True},
        {"midi": MIDI | {"channel": 2}, "source": "active"},
        {"address": "/x", "source": ["arousal", "level"], "out": [[0.0, 1.0], [5.0, 6.0]]},
        GOOD | {"before": [1, 2.0, "three"], "target": ["[::1]:9"]},
    ],
)
def test_a_table_without_defaults_is_written_as_it_was(table: dict[str, Any]) -> None:
    """Nothing is lost and nothing added."""
    assert route_table(parse_route(table)) == table
