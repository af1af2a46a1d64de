"""Routes as a page edits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.estimates import make_estimate

from realtime_mer.desk.routes import RouteBook, RoutesError
from realtime_mer.errors import UserError
from realtime_mer.routes.parse import parse_route
from realtime_mer.routes.route import Route

ONE = {"address": "/one", "source": "arousal", "out": [-10, 10], "rise": 5, "fall": 5}
TWO = {"address": "/two", "source": ["mood", "valence"], "on": False}


class Sends:
    """What sends routes: keeps them, or refuses."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.given: list[Sequence[Route]] = []
        self._refuses = refuses

    def set_routes(self, routes: Sequence[Route]) -> None:
        """Take routes."""
        if self._refuses:
            raise UserError("There is no MIDI output 'x': choose another.")
        self.given.append(routes)


def book() -> RouteBook:
    """A book with one route."""
    return RouteBook([parse_route(ONE)], ("arousal", "valence"))


def test_tables_go_in_and_come_out() -> None:
    """What is set is sent, said again as tables, and counted."""
    routes, sends = book(), Sends()
    routes.sinks = (sends,)
    routes.set([ONE, TWO], 0)
    said = routes.said()
    assert said["revision"] == 1
    assert [parse_route(table) for table in said["routes"]] == list(sends.given[-1])  # type: ignore[attr-defined]
    assert [route.on for route in routes.routes] == [True, False]


def test_each_mistake_is_said_where_it_is() -> None:
    """Every problem has its route and its key; nothing changes."""
    routes, sends = book(), Sends()
    routes.sinks = (sends,)
    wrong = [ONE, {"address": "two", "source": "arousel", "out": [0]}, {"source": "dominance"}]
    with pytest.raises(RoutesError) as raised:
        routes.set(wrong, None)
    found = {(p["route"], p["key"]) for p in raised.value.problems}
    assert found == {(1, "address"), (1, "source"), (1, "out"), (2, "")}
    with pytest.raises(RoutesError, match="does not"):
        routes.set([{"address": "/x", "source": "dominance"}], None)
    assert sends.given == []
    assert (routes.revision, len(routes.routes)) == (0, 1)


def test_nobody_overwrites_what_they_have_not_seen() -> None:
    """Routes made from an old revision are refused."""
    routes = book()
    routes.set([], 0)
    with pytest.raises(UserError, match="Somebody else"):
        routes.set([ONE], 0)
    assert routes.routes == ()


def test_where_one_sink_refuses_the_others_go_back() -> None:
    """A MIDI port that is not there leaves OSC as it was."""
    routes, osc = book(), Sends()
    routes.sinks = (osc, Sends(refuses=True))
    before = routes.routes
    with pytest.raises(UserError, match="MIDI"):
        routes.set([TWO], None)
    assert osc.given[-1] == before
    assert routes.routes == before


def test_meters_show_what_goes_in_and_out() -> None:
    """Before and after for each source, smoothed as it is sent, through a change of others."""
    routes = book()
    first = make_estimate(0)
    ((before, after),) = routes.meters(first)
    assert before == [first.arousal]
    assert after == [pytest.approx(10 * first.arousal)]
    routes.set([TWO, ONE], None)
    later = make_estimate(5)
    (mood, valence), words = routes.meters(later)[0][0], routes.meters(later)[0][1]
    assert (mood, valence) == (words[0], later.valence)
    smoothed = routes.meters(later)[1][1][0]
    low, high = sorted([10 * first.arousal, 10 * later.arousal])
    assert low < smoothed < high  # it went on from where it was


def test_routes_of_a_page_say_which_stream_they_send() -> None:
    """Where a run has several, one that names none is wrong at its field; meters keep apart."""
    routes = RouteBook((), ("arousal", "valence"), (1, 2))
    plain = {"address": "/x", "source": "arousal", "in": [-1, 1], "out": [-1, 1]}
    with pytest.raises(RoutesError, match="stream = 1 to 2") as raised:
        routes.set([plain], None)
    assert raised.value.problems[0]["key"] == "stream"
    routes.set([plain | {"stream": 1}, plain | {"stream": 2}], None)
    first = replace(make_estimate(0), mean=(0.5, 0.0), stream=1)
    second = replace(make_estimate(0), mean=(-0.5, 0.0), stream=2)
    assert routes.meters(first) == [([0.5], [0.5]), ((), ())]
    assert routes.meters(second) == [([0.5], [0.5]), ([-0.5], [-0.5])]
