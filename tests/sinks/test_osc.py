"""What leaves by OSC, seen from the receiving side."""

from __future__ import annotations

import logging
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from pythonosc.osc_message import OscMessage
from support.estimates import estimates, make_estimate, make_status

from realtime_mer.estimate import Estimate
from realtime_mer.sinks import osc_target
from realtime_mer.sinks.osc import OscSink
from realtime_mer.sinks.osc_packet import INT_MAX, message
from realtime_mer.sinks.osc_standard import estimate_messages, status_message

LIMIT_S = 5.0
TAGS = re.compile(rb",[if]+\0")


class Receiver:
    """A real UDP socket that keeps what it is sent."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.settimeout(LIMIT_S)
        self.target = (host, self._socket.getsockname()[1])

    def receive(self, count: int) -> list[tuple[str, list[float]]]:
        """Wait for so many messages; their addresses and arguments."""
        messages = [OscMessage(self._socket.recv(4096)) for _ in range(count)]
        return [(each.address, each.params) for each in messages]

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@contextmanager
def receiver(host: str = "127.0.0.1", port: int = 0) -> Iterator[Receiver]:
    """A receiver that is closed at the end."""
    opened = Receiver(host, port)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def sink(*targets: tuple[str, int]) -> Iterator[OscSink]:
    """A sink that is closed at the end."""
    opened = OscSink(targets)
    try:
        yield opened
    finally:
        opened.close()


def test_the_mood_is_sent_when_it_changes() -> None:
    """Once for each change, after the values it belongs to; without standard addresses never."""
    moods = ["calm", "calm", "calm", "joyful", "joyful", "calm"]
    with receiver() as ours, receiver() as other:
        routed = OscSink([other.target], standard=False)
        with sink(ours.target) as opened:
            for number, word in enumerate(moods):
                estimate = replace(make_estimate(number), mood=word)
                opened.publish(estimate)
                routed.publish(estimate)
            messages = ours.receive(6 * len(moods) + 3)
            routed.send("/end")
            assert other.receive(1) == [("/end", [])]
            routed.close()
    said = [(place, values) for place, (name, values) in enumerate(messages) if name == "/mer/mood"]
    assert said == [(6, ["calm"]), (6 * 4 + 1, ["joyful"]), (6 * 6 + 2, ["calm"])]


def test_what_is_set_by_hand_lights_the_lamps_of_a_surface() -> None:
    """With each status come freeze, the progress of a calibration and the name of one in use."""
    nothing = {"frozen": False, "calibrating": None, "calibration": None}
    learning = {"name": "last", "heard_s": 30.0, "seconds": 120.0}
    with receiver() as ours, sink(ours.target) as opened:
        opened.report(make_status(controls=nothing))
        assert [each for each in ours.receive(4) if each[0] != "/mer/status"] == [
            ("/mer/frozen", [0]),
            ("/mer/calibrating", [0.0]),
            ("/mer/calibration", [""]),
        ]
        opened.report(
            make_status(
                controls={"frozen": True, "calibrating": learning, "calibration": {"name": "büh"}}
            )
        )
        assert [values for _, values in ours.receive(4)[1:]] == [[1], [0.25], ["büh"]]
        opened.report(make_status(controls={}))
        opened.send("/end")
        assert [name for name, _ in ours.receive(2)] == ["/mer/status", "/end"]


def free_port() -> int:
    """A UDP port nobody listens at."""
    with receiver() as gone:
        return gone.target[1]


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true within the limit."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_an_estimate_arrives_as_one_message_a_value() -> None:
    """A receiver gets the documented addresses with the estimate's numbers."""
    estimate = make_estimate(3)
    with receiver() as heard, sink(heard.target) as osc:
        osc.publish(estimate)
        got = dict(heard.receive(6))
    assert got == {
        "/mer/arousal": [pytest.approx(estimate.arousal)],
        "/mer/valence": [pytest.approx(estimate.valence)],
        "/mer/arousal_std": [pytest.approx(estimate.arousal_std)],
        "/mer/valence_std": [pytest.approx(estimate.valence_std)],
        "/mer/av": [pytest.approx(estimate.arousal), pytest.approx(estimate.valence)],
        "/mer/active": [1],
    }


def test_further_dimensions_get_addresses_of_their_own() -> None:
    """A model with dominance sends it and its spread, and the pair stays arousal, valence."""
    estimate = make_estimate(dimensions=("dominance", "valence", "arousal"))
    sent = {each.address: each.params for each in map(OscMessage, estimate_messages(estimate))}
    assert len(sent) == 8
    assert sent["/mer/dominance"] == [pytest.approx(estimate.mean[0])]
    assert sent["/mer/dominance_std"] == [pytest.approx(estimate.std[0])]
    assert sent["/mer/av"] == pytest.approx([estimate.mean[2], estimate.mean[1]])


def test_the_status_has_sequence_time_drops_and_level() -> None:
    """``/mer/status`` is an integer, a float, an integer and a float."""
    with receiver() as heard, sink(heard.target) as osc:
        osc.report(make_status(sequence=41, time_s=21.0, drops=3, level_db=-9.5))
        assert heard.receive(1) == [("/mer/status", [41, 21.0, 3, -9.5])]


@given(estimates())
def test_no_type_tag_but_i_and_f(estimate: Estimate) -> None:
    """Whatever the numbers, Pure Data could parse the message."""
    for datagram in [*estimate_messages(estimate), status_message(make_status(drops=2**40))]:
        assert TAGS.search(datagram)


def test_numpy_numbers_and_large_counts_are_taken() -> None:
    """Types python-osc refuses, or would send as 64 bits, are brought to i and f."""
    assert OscMessage(message("/x", np.float32(0.5))).params == [0.5]
    (_, _, drops, _) = OscMessage(status_message(make_status(drops=2**40))).params
    assert drops == INT_MAX


def test_each_of_several_targets_hears_the_same_once() -> None:
    """Two receivers get equal messages; a target named twice gets them once."""
    with receiver() as one, receiver() as two, sink(one.target, two.target, one.target) as osc:
        osc.publish(make_estimate())
        osc.report(make_status())
        assert one.receive(7) == two.receive(7)
        osc.report(make_status(sequence=99))
        assert one.receive(1)[0][1][0] == 99


@pytest.mark.parametrize("host", ["::1", "localhost", "127.0.0.2"])
def test_ipv6_and_names_are_reached(host: str) -> None:
    """An IPv6 address and a name are targets like any other."""
    bound = "127.0.0.1" if host == "localhost" else host
    with receiver(bound) as heard, sink((host, heard.target[1])) as osc:
        assert eventually(
            lambda: osc.describe() == (osc_target.format_target(host, heard.target[1]),)
        )
        osc.publish(make_estimate())
        assert len(heard.receive(6)) == 6


def test_broadcast_is_sent() -> None:
    """A broadcast address is a target: a receiver on every interface hears it."""
    with receiver("0.0.0.0") as heard, sink(("127.255.255.255", heard.target[1])) as osc:
        osc.publish(make_estimate())
        assert len(heard.receive(6)) == 6
        assert osc.failures() == 0


@pytest.mark.parametrize(
    "dead",
    [
        ("no-such-host.invalid", 9000),
        ("x" * 300 + ".invalid", 9000),
        ("240.0.0.1", 9000),
        ("2001:db8::1", 9000),
        ("127.0.0.1", 1),
        ("fe80::1", 9000),
    ],
)
def test_a_dead_target_costs_the_others_nothing(dead: tuple[str, int]) -> None:
    """Unknown, unreachable and refusing targets neither raise nor delay nor lose a message."""
    with receiver() as heard, sink(dead, heard.target, dead) as osc:
        started = time.monotonic()
        for sequence in range(20):
            osc.publish(make_estimate(sequence))
            osc.report(make_status())
        assert time.monotonic() - started < 1.0
        assert len(heard.receive(20 * 7)) == 20 * 7


def test_a_refusal_is_noticed_and_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    """One line when nobody listens, one when somebody does, and no message lost from then on.

    Only Linux tells; elsewhere the messages arrive all the same.
    """
    told = sys.platform == "linux"
    caplog.set_level(logging.INFO)
    port = free_port()
    with sink(("127.0.0.1", port)) as osc:
        for sequence in range(10):
            osc.publish(make_estimate(sequence))
        if told:
            assert osc.describe() == (f"127.0.0.1:{port} ({osc_target.REFUSED})",)
            assert osc.failures() > 0
        with receiver(port=port) as heard:
            for sequence in range(10):
                osc.publish(make_estimate(sequence))
            assert len(heard.receive(60)) == 60
            assert osc.describe() == (f"127.0.0.1:{port}",)
    lines = [record.getMessage() for record in caplog.records]
    assert [osc_target.REFUSED in line for line in lines] == ([True, False] if told else [])
    assert all("works again" in line for line in lines[1:])


def test_an_unknown_name_is_logged_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    """A name that is not found is said once, shown in the description, and counted."""
    with sink(("no-such-host.invalid", 9000)) as osc:
        assert eventually(lambda: osc.describe() == ("no-such-host.invalid:9000 (name not found)",))
        for _ in range(5):
            osc.publish(make_estimate())
        assert osc.failures() == 30
    assert len(caplog.records) == 1


def test_a_slow_look_up_delays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a name server does not answer, estimates go on, and the sink closes at once."""
    answer = threading.Event()
    real = socket.getaddrinfo

    def slow(host: str, *rest: object, **options: object) -> object:
        if host == "slow.invalid" and not options.get("flags"):
            answer.wait(30)
        return real(host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = time.monotonic()
    with receiver() as heard, sink(("slow.invalid", 9000), heard.target) as osc:
        osc.publish(make_estimate())
        assert len(heard.receive(6)) == 6
        assert "looking up" in osc.describe()[0]
    assert time.monotonic() - started < 2.0
    answer.set()


def test_a_name_that_is_known_later_is_sent_to_from_then_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While it is not found it is said; when it is, the values come, and that is said too."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(osc_target, "RETRY_FIRST_S", 0.01)
    known = threading.Event()
    real = socket.getaddrinfo

    def resolver(host: str, *rest: object, **options: object) -> object:
        if host != "later.test":
            return real(host, *rest, **options)  # type: ignore[arg-type]
        if options.get("flags") or not known.is_set():
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real("127.0.0.1", *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with receiver() as heard, sink(("later.test", heard.target[1])) as osc:
        assert eventually(lambda: "name not found" in osc.describe()[0])
        known.set()
        assert eventually(lambda: osc.describe() == (f"later.test:{heard.target[1]}",))
        osc.publish(make_estimate())
        assert len(heard.receive(6)) == 6
    said = [record.getMessage() for record in caplog.records]
    assert [line.rpartition(": ")[2] for line in said if "later.test" in line] == [
        "the name is not found; it is tried again.", "the name is found.",
    ]  # fmt: skip


def test_a_socket_that_died_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    """As after a sleep, when the system has taken the network away under it."""
    with receiver() as heard, sink(heard.target) as osc:
        osc.publish(make_estimate())
        assert len(heard.receive(6)) == 6
        (target,) = osc._targets.values()
        for opened in target._sockets.values():
            opened.close()
        osc.publish(make_estimate())  # its first message finds out
        assert "Bad file descriptor" in osc.describe()[0] or sys.platform != "linux"
        assert len(heard.receive(5)) == 5
        for _ in range(osc_target.HEALTHY_SENDS):
            osc.publish(make_estimate())
        assert osc.describe() == (f"127.0.0.1:{heard.target[1]}",)


def test_an_address_of_one_link_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of an interface changes when it comes back; other addresses are taken once."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, *rest: object, **options: object) -> object:
        if not options.get("flags"):
            asked.append(host)
        return real(host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with sink(("fe80::1%lo", 9000), ("::1", 9000), ("127.0.0.1", 9000)):
        assert eventually(lambda: asked == ["fe80::1%lo"])


def test_nothing_is_sent_after_the_end() -> None:
    """A late publish after close is ignored rather than an error."""
    with receiver() as heard:
        osc = OscSink([heard.target])
        osc.close()
        osc.close()
        osc.publish(make_estimate())
        osc.report(make_status())


@pytest.mark.e2e
def test_oscdump_prints_every_message() -> None:
    """liblo's oscdump, an independent implementation, prints what was sent with its types."""
    port = free_port()
    program = ["stdbuf", "-oL", "oscdump", str(port)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as dump:
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(dump.stdout or ()))
        reader.start()
        try:
            with sink(("127.0.0.1", port)) as osc:
                assert eventually(lambda: (osc.report(make_status()), bool(lines))[1])
                osc.publish(make_estimate(7))
                assert eventually(lambda: any("/mer/active" in line for line in lines))
        finally:
            dump.terminate()
            reader.join()
    # Each line is a time tag, then address, types and values.
    printed = {line.split()[1]: line.split()[2:] for line in lines}
    estimate = make_estimate(7)
    assert printed["/mer/status"][0] == "ifif"
    assert printed["/mer/active"] == ["i", "1"]
    assert printed["/mer/av"][0] == "ff"
    for name, value in estimate.values().items():
        types, number = printed[f"/mer/{name}"]
        assert types == "f"
        assert float(number) == pytest.approx(value, abs=1e-6)
