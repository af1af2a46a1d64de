"""Routes, rates, ranges and bundles, seen from the receiving side."""

from __future__ import annotations

import dataclasses
import itertools
import math
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket
from support.estimates import make_estimate, make_status

from realtime_mer.routes.parse import parse_route
from realtime_mer.sinks.osc import OscSink

LIMIT_S = 5.0
GROUP = "239.255.77.77"

Heard = tuple[str, list[Any]]


class Receiver:
    """A real UDP socket; remembers when each datagram came."""

    def __init__(self, host: str = "127.0.0.1", *, group: str = "") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((host, 0))
        self._socket.settimeout(LIMIT_S)
        if group:
            membership = struct.pack("4sl", socket.inet_aton(group), socket.INADDR_ANY)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        self.target = (group or host, self._socket.getsockname()[1])

    def datagram(self) -> list[Heard]:
        """Wait for a datagram; the messages in it."""
        return [
            (each.message.address, list(each.message.params))
            for each in OscPacket(self._socket.recv(65_536)).messages
        ]

    def receive(self, count: int) -> list[Heard]:
        """Wait for so many datagrams."""
        return [heard for _ in range(count) for heard in self.datagram()]

    def quiet(self) -> bool:
        """Whether nothing comes for a while."""
        self._socket.settimeout(0.1)
        try:
            self._socket.recv(65_536)
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(LIMIT_S)
        return False

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@contextmanager
def receiver(host: str = "127.0.0.1", *, group: str = "") -> Iterator[Receiver]:
    """A receiver that is closed at the end."""
    opened = Receiver(host, group=group)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def sink(heard: Receiver, *tables: dict[str, Any], **options: Any) -> Iterator[OscSink]:
    """A sink with routes that is closed at the end."""
    routes = [parse_route(table) for table in tables]
    opened = OscSink([heard.target], routes=routes, **options)
    try:
        yield opened
    finally:
        opened.close()


def test_a_route_is_sent_beside_the_standard_addresses() -> None:
    """The six messages of an estimate, then the route's."""
    table = {"address": "/composition/layers/1/video/opacity", "source": "arousal"}
    estimate = make_estimate(2)
    with receiver() as heard, sink(heard, table) as osc:
        osc.publish(estimate)
        messages = heard.receive(7)
    assert messages[0] == ("/mer/arousal", [pytest.approx(estimate.arousal)])
    assert messages[6] == (
        "/composition/layers/1/video/opacity",
        [pytest.approx((estimate.arousal + 1) / 2)],
    )


def test_without_the_standard_addresses_only_routes_are_sent() -> None:
    """``standard = false`` leaves neither values nor status but the routes."""
    table = {"address": "/wek/inputs", "source": ["arousal", "valence"], "out": [-1, 1]}
    estimate = make_estimate(2)
    with receiver() as heard, sink(heard, table, standard=False) as osc:
        osc.report(make_status())
        osc.publish(estimate)
        assert heard.receive(1) == [
            ("/wek/inputs", [pytest.approx(estimate.arousal), pytest.approx(estimate.valence)])
        ]
        assert heard.quiet()


def test_a_route_goes_to_its_own_target_alone() -> None:
    """The target of a route hears it and no standard address, the others the reverse."""
    with receiver() as heard, receiver() as own:
        table = {"address": "/x", "source": "active", "type": "integer"}
        table["target"] = f"127.0.0.1:{own.target[1]}"
        with sink(heard, table) as osc:
            osc.publish(make_estimate())
            assert own.receive(1) == [("/x", [1])]
            assert own.quiet()
            assert {address for address, _ in heard.receive(6)}.isdisjoint({"/x"})
            assert heard.quiet()
            assert len(osc.describe()) == 2


def test_without_receivers_the_targets_of_routes_are_sent_to() -> None:
    """With --no-osc a route with a target is sent there, one without nowhere."""
    with receiver() as own:
        tables = [{"address": "/x", "source": "active"}, {"address": "/y", "source": "active"}]
        tables[0]["target"] = f"127.0.0.1:{own.target[1]}"
        osc = OscSink([], routes=[parse_route(table) for table in tables])
        osc.publish(make_estimate())
        osc.report(make_status())
        assert own.receive(1) == [("/x", [1.0])]
        assert own.quiet()
        osc.close()


def test_smoothing_follows_the_time_of_the_stream() -> None:
    """At the estimates' own rate rise and fall use stream time, not the speed of the machine."""
    table = {"address": "/x", "source": "active", "rise": 0.5, "fall": 0.5}
    with receiver() as heard, sink(heard, table, standard=False) as osc:
        for sequence, active in enumerate((False, True, True)):
            osc.publish(make_estimate(sequence, active=active))
        values = [arguments[0] for _, arguments in heard.receive(3)]
    assert values == pytest.approx([0, 1 - math.exp(-1), 1 - math.exp(-2)])


def test_the_unit_range_maps_means_and_halves_spreads() -> None:
    """With 0..1, -1 becomes 0, 0 one half, and a spread of 0.2 one of 0.1."""
    estimate = dataclasses.replace(make_estimate(), mean=(-1.0, 0.0), std=(0.2, 0.5))
    with receiver() as heard, sink(heard, unit_range=True) as osc:
        osc.publish(estimate)
        got = dict(heard.receive(6))
    assert got == {
        "/mer/arousal": [0.0],
        "/mer/valence": [0.5],
        "/mer/arousal_std": [pytest.approx(0.1)],
        "/mer/valence_std": [0.25],
        "/mer/av": [0.0, 0.5],
        "/mer/active": [1],
    }


def test_a_bundle_holds_what_belongs_together() -> None:
    """One datagram an estimate, with every message in it."""
    with receiver() as heard, sink(heard, {"address": "/x", "source": "mood"}, bundled=True) as osc:
        osc.publish(make_estimate())
        assert len(heard.datagram()) == 7
        osc.report(make_status())
        assert [address for address, _ in heard.datagram()] == ["/mer/status"]


def test_a_message_of_its_own_reaches_everybody_or_one() -> None:
    """A cue goes to every target, or to the one it names, known or new."""
    with receiver() as heard, receiver() as own, sink(heard) as osc:
        osc.send("/cue/1/go", ["now", 1, 0.5])
        osc.send("/cue/2/go", target=own.target)
        assert heard.receive(1) == [("/cue/1/go", ["now", 1, 0.5])]
        assert own.receive(1) == [("/cue/2/go", [])]
        assert heard.quiet()


def test_multicast_reaches_who_has_joined() -> None:
    """A multicast group is a target like any other."""
    with receiver("0.0.0.0", group=GROUP) as heard, sink(heard) as osc:
        osc.publish(make_estimate())
        assert len(heard.receive(6)) == 6
        assert osc.failures() == 0


def test_broadcast_reaches_who_listens() -> None:
    """A route may go to a broadcast address."""
    with receiver("0.0.0.0") as heard, receiver() as other:
        table = {"address": "/x", "source": "active"}
        table["target"] = f"127.255.255.255:{heard.target[1]}"
        with sink(other, table) as osc:
            osc.publish(make_estimate())
            assert heard.receive(1) == [("/x", [1.0])]


def test_a_glide_arrives_message_by_message() -> None:
    """A jump of arousal climbs at 60 Hz without a step back, and gets there."""
    low = dataclasses.replace(make_estimate(), mean=(-1.0, 0.0))
    high = dataclasses.replace(make_estimate(1), mean=(1.0, 0.0))
    table = {"address": "/x", "source": "arousal", "out": [-1, 1]}
    with receiver() as heard, sink(heard, table, standard=False, rate_hz=60.0) as osc:
        osc.publish(low)
        heard.receive(3)
        osc.publish(high)
        values = [arguments[0] for _, arguments in heard.receive(45)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1.0, abs=0.05)
    assert len(set(values)) > 20


def test_after_close_nothing_comes() -> None:
    """The thread of a glide ends with the sink."""
    with receiver() as heard:
        with sink(heard, {"address": "/x", "source": "arousal"}, rate_hz=240.0) as osc:
            osc.publish(make_estimate())
            heard.receive(7)
        for _ in itertools.takewhile(lambda _: not heard.quiet(), range(100)):
            pass
        osc.publish(make_estimate())
        assert heard.quiet()


def test_every_stream_has_its_own_addresses() -> None:
    """Of several streams, standard addresses carry the number and routes hear their own."""
    routes = [parse_route({"address": "/two", "source": "arousal", "in": [-1, 1], "out": [-1, 1],
                           "stream": 2})]  # fmt: skip
    told: list[bytes] = []
    sink = OscSink([], routes=routes, listener=told.extend)
    try:
        for stream in (1, 2):
            mood = ("calm", "tense")[stream - 1]
            sink.publish(dataclasses.replace(make_estimate(10 * stream), stream=stream, mood=mood))
        sink.publish(dataclasses.replace(make_estimate(11), stream=1, mood="calm"))
    finally:
        sink.close()
    said = [(each.address, each.params) for each in map(OscMessage, told)]
    arousal = [pytest.approx(make_estimate(k).arousal) for k in (10, 20, 11)]
    assert [values for address, values in said if address == "/mer/1/arousal"] == [
        [arousal[0]], [arousal[2]],
    ]  # fmt: skip
    assert [values for address, values in said if address == "/mer/2/arousal"] == [[arousal[1]]]
    assert [values for address, values in said if address == "/two"] == [[arousal[1]]]
    assert [(address, values) for address, values in said if address.endswith("/mood")] == [
        ("/mer/1/mood", ["calm"]), ("/mer/2/mood", ["tense"]),
    ]  # fmt: skip
    assert all(address.startswith(("/mer/1/", "/mer/2/", "/two")) for address, _ in said)
