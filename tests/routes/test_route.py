"""Routes at work."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.estimates import estimates, make_estimate

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.routes.curves import NAMES, Curve
from realtime_mer.routes.moment import Moment, moment_of
from realtime_mer.routes.parse import parse_route
from realtime_mer.routes.route import (
    Lane,
    Route,
    RunningRoute,
    check_dimensions,
    check_streams,
    map_value,
)
from realtime_mer.routes.sources import KNOWN, parse_source

numbers = st.floats(-1e6, 1e6)
curves = st.builds(Curve, st.sampled_from(NAMES), st.floats(0.1, 10))


@st.composite
def lanes(draw: st.DrawFn) -> Lane:
    """Any lane a person could write."""
    begin, end = draw(st.tuples(numbers, numbers))
    assume(abs(end - begin) > 1e-6)
    return Lane(parse_source("arousal"), (begin, end), draw(st.tuples(numbers, numbers)))


def at(arousal: float, valence: float = 0.0, **changes: Any) -> Moment:
    """A moment with these values."""
    fields = {"level_db": -20.0, "active": True, "mood": "joyful"} | changes
    values = {"arousal": arousal, "valence": valence, "arousal_std": 0.2, "valence_std": 0.1}
    return Moment(values=values, **fields)


def sent(moment: Moment, **table: Any) -> tuple[object, ...] | None:
    """The arguments a route sends first."""
    route = parse_route({"address": "/x", "source": "arousal"} | table)
    return RunningRoute(route).arguments(moment, 0.0)


@given(lanes(), curves, st.floats(-1e9, 1e9))
def test_what_is_clipped_stays_in_its_range(lane: Lane, curve: Curve, value: float) -> None:
    """Whatever comes in, what goes out lies inside the range, to the last bit."""
    route = Route("/x", (lane,), curve=curve)
    assert min(lane.range_out) <= map_value(value, route, lane) <= max(lane.range_out)


@given(lanes(), curves)
def test_the_ends_of_the_ranges_meet(lane: Lane, curve: Curve) -> None:
    """The beginning of the one range becomes the beginning of the other, and so the ends."""
    route = Route("/x", (lane,), curve=curve)
    scale = max(map(abs, lane.range_out)) + 1
    for end in (0, 1):
        mapped = map_value(lane.range_in[end], route, lane)
        assert mapped == pytest.approx(lane.range_out[end], abs=1e-9 * scale)


@given(lanes(), curves, st.booleans(), numbers, numbers)
def test_every_curve_is_monotone(
    lane: Lane, curve: Curve, clip: bool, one: float, other: float
) -> None:
    """More in is never less out, or never more where one range runs downwards."""
    route = Route("/x", (lane,), clip=clip, curve=curve)
    low, high = sorted((one, other))
    rise = map_value(high, route, lane) - map_value(low, route, lane)
    (begin, end), (first, last) = lane.range_in, lane.range_out
    direction = math.copysign(1, end - begin) * (math.copysign(1, last - first))
    scale = abs(map_value(high, route, lane)) + abs(map_value(low, route, lane)) + 1
    assert rise * direction >= -1e-9 * scale


@given(
    st.sampled_from(KNOWN).filter(lambda name: "dominance" not in name and name != "mood"),
    st.lists(st.tuples(estimates(), st.floats(0, 2)), min_size=1, max_size=5),
    st.floats(0, 3),
    st.floats(0, 3),
)
def test_a_route_never_leaves_its_range(
    name: str, steps: list[tuple[Estimate, float]], rise_s: float, fall_s: float
) -> None:
    """With any source and any smoothing the value stays where the route says."""
    table = {"address": "/x", "source": name, "out": [10, 20], "rise": rise_s, "fall": fall_s}
    running = RunningRoute(parse_route(table))
    time_s = 0.0
    for estimate, interval_s in steps:
        time_s += interval_s
        arguments = running.arguments(moment_of(estimate), time_s)
        assert arguments is not None
        assert 10 <= float(arguments[0]) <= 20


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, 0.75),
        ({"out": [0, 10]}, 7.5),
        ({"out": [1, 0]}, 0.25),
        ({"in": [0, 1], "out": [-1, 1]}, 0.0),
        ({"in": [1, -1]}, 0.25),
        ({"in": [0, 0.25]}, 1.0),
        ({"in": [0, 0.25], "clip": False}, 2.0),
        ({"in": [0, 1], "curve": "exponent"}, 0.25),
        ({"in": [0, 1], "curve": "exponent", "exponent": 3}, 0.125),
        ({"curve": "s"}, 3 * 0.75**2 - 2 * 0.75**3),
        ({"source": "valence"}, 0.375),
        ({"source": "arousal_std"}, 0.4),
        ({"source": "valence_std"}, 0.2),
        ({"source": "level"}, 2 / 3),
        ({"source": "active"}, 1.0),
        ({"source": "mood:tense"}, 1 - (math.pi / 4 - math.atan(0.5)) / (math.pi / 4)),
        ({"source": "distance:0.5,-0.25"}, 0.0),
        ({"source": "distance:0,0"}, math.hypot(0.5, 0.25)),
        ({"source": "distance:neutral"}, math.hypot(0.5, 0.25)),
        ({"source": "distance:tense"}, 0.25),
    ],
)
def test_a_value_by_hand(table: dict[str, Any], expected: float) -> None:
    """Each key does what it says, computed by hand for arousal 0.5, valence -0.25."""
    assert sent(at(0.5, -0.25), **table) == (pytest.approx(expected),)


def test_a_message_of_many_with_fixed_arguments_and_types() -> None:
    """Several sources, ranges of their own, fixed arguments around them, in order and typed."""
    assert sent(
        at(0.5, -0.5),
        source=["arousal", "mood", "valence"],
        out=[[0, 1], [0, 100]],
        before=["fade", 3],
        after=1.5,
    ) == ("fade", 3, pytest.approx(0.75), "joyful", pytest.approx(25.0), 1.5)
    whole = sent(at(0.5), type="integer", out=[0, 101])
    assert whole == (76,)
    assert whole is not None
    assert isinstance(whole[0], int)


def test_rise_and_fall_are_those_of_what_is_sent() -> None:
    """With the range turned round, a falling source makes the value rise at the rise time."""
    table = {"address": "/x", "source": "arousal", "out": [1, 0], "rise": 1.0, "fall": 0.0}
    running = RunningRoute(parse_route(table))
    assert running.arguments(at(1.0), 0.0) == (0.0,)
    assert running.arguments(at(-1.0), 1.0) == (pytest.approx(1 - math.exp(-1)),)
    assert running.arguments(at(1.0), 1.0) == (0.0,)


def test_on_change_leaves_out_what_is_not_new() -> None:
    """A message equal to the last one is not sent; a reset sends it again."""
    table = {"address": "/x", "source": "arousal", "type": "integer", "out": [0, 10]}
    running = RunningRoute(parse_route(table | {"on_change": True}))
    results = [running.arguments(at(value), 0.0) for value in (0.0, 0.01, 0.4, 0.41)]
    assert results == [(5,), None, (7,), None]
    running.reset()
    assert running.arguments(at(0.41), 0.0) == (7,)


def test_a_word_is_sent_when_it_is_new() -> None:
    """A route of the mood's word speaks up on changes unless it is told otherwise."""
    words = ("calm", "calm", "sad")
    news = RunningRoute(parse_route({"address": "/x", "source": "mood"}))
    assert [news.arguments(at(0, mood=word), 0.0) for word in words] == [
        ("calm",), None, ("sad",),
    ]  # fmt: skip
    every = RunningRoute(parse_route({"address": "/x", "source": "mood", "on_change": False}))
    assert all(every.arguments(at(0, mood=word), 0.0) for word in words)


def test_a_dimension_the_model_lacks_is_refused() -> None:
    """A route of dominance needs a model that estimates it."""
    routes = [parse_route({"address": "/d", "source": ["arousal", "dominance_std"]})]
    check_dimensions(routes, ("arousal", "valence", "dominance"))
    with pytest.raises(UserError, match=r"/d sends dominance_std.*choose from arousal, valence"):
        check_dimensions(routes, ("arousal", "valence"))


def test_the_moment_of_an_estimate_has_its_values() -> None:
    """Nothing is lost on the way from the estimate."""
    estimate = make_estimate(4, active=False)
    moment = moment_of(estimate)
    assert moment.values == estimate.values()
    assert (moment.level_db, moment.active) == (estimate.level_db, False)


def test_a_route_hears_its_own_stream_alone() -> None:
    """Moments of other streams neither send nor move what a route of one stream smooths."""
    route = parse_route({"address": "/x", "source": "arousal", "rise": 1, "stream": 2})
    running, alone = RunningRoute(route), RunningRoute(route)
    for k in range(6):
        other = moment_of(replace(make_estimate(40 + k), stream=1))
        own = moment_of(replace(make_estimate(k), stream=2))
        assert running.arguments(other, k / 2) is None
        assert running.arguments(own, k / 2) == alone.arguments(own, k / 2) is not None


def test_a_route_must_say_which_stream_where_there_are_several() -> None:
    """One that names none, or one that is not there, is refused with the remedy."""
    plain = parse_route({"address": "/x", "source": "arousal"})
    second = replace(plain, stream=2)
    check_streams([plain], ())
    check_streams([second], (1, 2))
    for route, streams, remedy in (
        (plain, (1, 2), "stream = 1 to 2"),
        (replace(plain, stream=3), (1, 2), "stream = 1 to 2"),
        (second, (), "--channels each"),
    ):
        with pytest.raises(UserError, match=remedy):
            check_streams([route], streams)
