"""Control by OSC, over a real socket."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient
from support.tiny_model import write_tiny_model

from realtime_mer.addresses import LOOPBACK, parse_networks
from realtime_mer.calibrations import Calibrations
from realtime_mer.control_osc import OscControl
from realtime_mer.controls import Controls
from realtime_mer.errors import UserError
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.tracker import Tracker

LIMIT_S = 5.0
HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


@pytest.fixture(autouse=True)
def quick_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port is opened and closed for each test; the thread looks for its end more often."""
    monkeypatch.setattr("realtime_mer.control_osc.LOOK_UP_S", 0.02)


@pytest.fixture
def controls(tiny: EmotionModel, tmp_path: Path) -> Controls:
    """The levers of a run that is not running."""
    store = Calibrations(tmp_path)
    store.save(Calibration("tuesday", tiny.dimensions, (0.1, 0.1), (0.3, 0.3)))
    return Controls(Tracker(16_000, tiny), Feel(tiny.dimensions), store)


@pytest.fixture
def listener(controls: Controls) -> Iterator[OscControl]:
    """A control port, closed at the end."""
    opened = OscControl(HERE, 0, controls)
    yield opened
    opened.close()


def packet(address: str, *arguments: object) -> bytes:
    """An OSC message."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return bytes(builder.build().dgram)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true within the limit."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def after(listener: OscControl, controls: Controls, address: str, *arguments: object) -> dict:
    """The state after one packet from this machine."""
    listener.take(packet(address, *arguments), HERE)
    controls.work()
    return dict(controls.state())


def test_a_python_osc_client_works_the_controls(listener: OscControl, controls: Controls) -> None:
    """Through a real socket, a message is done."""
    client = SimpleUDPClient(HERE, listener.port)
    client.send_message("/mer/freeze", 1)
    client.send_message("/mer/mark", "chorus")
    assert eventually(lambda: controls.work() or controls.state()["frozen"] is True)
    assert eventually(lambda: controls.work() or controls.state()["marks"] != [])
    assert controls.state()["marks"] == [{"time_s": 0.0, "label": "chorus"}]
    client.send_message("/mer/freeze", 0)
    assert eventually(lambda: controls.work() or controls.state()["frozen"] is False)


@pytest.mark.parametrize("on", [1, 1.0, True, "1", 0.7])
@pytest.mark.parametrize("off", [0, 0.0, False, "0"])
def test_freeze_takes_any_kind_of_one_and_nought(
    listener: OscControl, controls: Controls, on: object, off: object
) -> None:
    """Programs send switches as integers, floats, booleans or texts."""
    assert after(listener, controls, "/mer/freeze", on)["frozen"]
    assert after(listener, controls, "/mer/freeze", on)["frozen"]
    assert not after(listener, controls, "/mer/freeze", off)["frozen"]


def test_freeze_without_argument_toggles(listener: OscControl, controls: Controls) -> None:
    """A button that sends nothing but its address freezes and thaws."""
    assert after(listener, controls, "/mer/freeze")["frozen"]
    assert not after(listener, controls, "/mer/freeze")["frozen"]


def test_calibrate_takes_seconds_names_and_words(listener: OscControl, controls: Controls) -> None:
    """Seconds begin one, with or without a name; words stop, hold, adapt, undo; a name loads."""
    assert after(listener, controls, "/mer/calibrate", 30, "wedding")["calibrating"] == {
        "name": "wedding",
        "heard_s": 0.0,
        "seconds": 30.0,
    }
    assert after(listener, controls, "/mer/calibrate", "stop")["calibrating"] is None
    assert after(listener, controls, "/mer/calibrate", 1.0)["calibrating"]["seconds"] == 120.0
    assert after(listener, controls, "/mer/calibrate", 0.0)["calibrating"] is not None
    assert after(listener, controls, "/mer/calibrate")["calibrating"] is None
    assert after(listener, controls, "/mer/calibrate")["calibrating"] is not None
    assert after(listener, controls, "/mer/calibrate", "tuesday")["calibration"]["name"]
    assert after(listener, controls, "/mer/calibrate", "adapt")["adapting"]
    assert not after(listener, controls, "/mer/calibrate", "hold")["adapting"]
    assert after(listener, controls, "/mer/calibrate", "off")["calibration"] is None
    assert listener.unknown == 0


def test_buttons_let_go_do_nothing(listener: OscControl, controls: Controls) -> None:
    """The 0 a button sends when it is released neither marks nor resets nor calibrates."""
    for address in ("/mer/reset", "/mer/mark", "/mer/calibrate"):
        listener.take(packet(address, 0.0), HERE)
    assert not controls.work()
    assert after(listener, controls, "/mer/mark", 1.0)["marks"] == [{"time_s": 0.0, "label": ""}]
    assert after(listener, controls, "/mer/mark", 12)["marks"][1]["label"] == "12"
    listener.take(packet("/mer/reset"), HERE)
    assert controls.work()
    assert after(listener, controls, "/mer/gain", -6.5)["gain_db"] == -6.5


def test_another_sender_is_refused(
    listener: OscControl, controls: Controls, caplog: pytest.LogCaptureFixture
) -> None:
    """A packet from the network changes nothing, is counted, and is logged once with the remedy."""
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            listener.take(packet("/mer/freeze", 1), "10.0.0.5")
    assert not controls.work()
    assert listener.refused == 3
    assert caplog.text.count("add --control-from 10.0.0.5") == 1


def test_a_real_packet_from_another_address_is_refused(controls: Controls) -> None:
    """What the socket says of the sender decides: one loopback address may, another may not."""
    listener = OscControl(HERE, 0, controls, parse_networks("127.0.0.2"))
    try:
        for source, frozen in (("127.0.0.3", False), ("127.0.0.2", True)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((source, 0))
                sender.sendto(packet("/mer/freeze", 1), (HERE, listener.port))
            assert eventually(lambda: listener.refused == 1)
            assert eventually(
                lambda frozen=frozen: controls.work() or controls.state()["frozen"] is frozen
            )
    finally:
        listener.close()


def test_senders_are_addresses_and_networks(controls: Controls) -> None:
    """A named address or network may, also when IPv6 shows it mapped; the rest may not."""
    networks = parse_networks("10.0.0.5, 192.168.1.0/24, fe80::/10")
    listener = OscControl(HERE, 0, controls, (*LOOPBACK, *networks))
    try:
        for sender in ("10.0.0.5", "::ffff:10.0.0.5", "192.168.1.77", "fe80::1%eth0", "::1", HERE):
            listener.take(packet("/mer/mark"), sender)
            assert controls.work(), sender
        for sender in ("10.0.0.6", "192.168.2.1", "2001:db8::1", "", "nonsense"):
            listener.take(packet("/mer/mark"), sender)
            assert not controls.work(), sender
        assert listener.refused == 5
    finally:
        listener.close()


def test_unknown_messages_are_counted_and_said_once(
    listener: OscControl, controls: Controls, caplog: pytest.LogCaptureFixture
) -> None:
    """Other addresses, senseless arguments and unknown names do nothing but count."""
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            listener.take(packet("/mer/frieze", 1), HERE)
            listener.take(packet("/mer/freeze", "yes please"), HERE)
            listener.take(packet("/mer/calibrate", "tusday"), HERE)
            listener.take(packet("/mer/calibrate", 4), HERE)
            listener.take(packet("/mer/gain"), HERE)
            listener.take(packet("/mer/gain", 99.0), HERE)
            listener.take(packet("/mer/gain", float("nan")), HERE)
    assert not controls.work()
    assert listener.unknown == 14
    for said in ("/mer/frieze", "takes 1, 0", "mean 'tuesday'", "10 to 3600", "none of -60"):
        assert caplog.text.count(said) == 1
    assert caplog.text.count("number of decibels") == 1


def test_bundles_are_done_at_once_whatever_their_time(
    listener: OscControl, controls: Controls
) -> None:
    """A bundle for tomorrow, with another inside, is done now."""
    inner = OscBundleBuilder(time.time() + 86_400)
    inner.add_content(OscMessageBuilder("/mer/freeze").build())
    outer = OscBundleBuilder(time.time() + 86_400)
    outer.add_content(inner.build())
    outer.add_content(OscMessageBuilder("/mer/mark").build())
    listener.take(outer.build().dgram, HERE)
    controls.work()
    assert controls.state()["frozen"] is True
    assert controls.state()["marks"] != []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda rest: b"/mer/freeze\0" + rest),
        st.binary(max_size=60).map(lambda rest: b"/mer/calibrate\0\0" + rest),
        st.binary(max_size=60).map(lambda rest: b"#bundle\0" + rest),
        st.text(",ifsTFNIhdbmrtS[]", max_size=8).map(
            lambda tags: b"/mer/mark\0\0\0" + tags.encode() + b"\0" * 40
        ),
    )
)
@example(b"#bundle\0" + b"\0" * 8 + (b"\xff" * 4))
@example((b"#bundle\0" + b"\0" * 8 + b"\0\0\x0f\xf0") * 3000)
@example(b"")
def test_no_packet_makes_it_fall_over(
    listener: OscControl, controls: Controls, datagram: bytes
) -> None:
    """Whatever the bytes, nothing is raised, and the controls still work."""
    listener.take(datagram, HERE)
    controls.work()
    assert after(listener, controls, "/mer/freeze", 1)["frozen"]


def test_malformed_packets_are_counted(
    listener: OscControl, caplog: pytest.LogCaptureFixture
) -> None:
    """What is no OSC is counted and said once."""
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            listener.take(b"GET / HTTP/1.1\r\n\r\n", HERE)
    assert listener.malformed == 3
    assert caplog.text.count("no OSC") == 1


def test_odd_type_tags_are_not_logged_for_each_packet(
    listener: OscControl, caplog: pytest.LogCaptureFixture
) -> None:
    """The library's own warnings would flood a terminal."""
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            listener.take(b"/mer/mark\0\0\0,Q\0\0", HERE)
    assert "Unhandled" not in caplog.text


def test_a_taken_port_gets_a_sentence(listener: OscControl, controls: Controls) -> None:
    """Two listeners on one port cannot be, and the sentence names the flag."""
    with pytest.raises(UserError, match=r"cannot listen at 127\.0\.0\.1:\d+ .*--control"):
        OscControl(HERE, listener.port, controls)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_gets_a_sentence(controls: Controls, host: str) -> None:
    """Only an address of this machine can be listened at."""
    with pytest.raises(UserError, match="cannot listen at"):
        OscControl(host, 0, controls)


def test_closing_frees_the_port(controls: Controls) -> None:
    """After closing the port is free, and closing takes no second."""
    listener = OscControl(HERE, 0, controls)
    began = time.monotonic()
    listener.close()
    assert time.monotonic() - began < 2.0
    again = OscControl(HERE, listener.port, controls)
    again.close()


def test_what_is_not_done_is_answered_where_it_came_from(listener: OscControl) -> None:
    """With /mer/error and the sentence, ten times a second at most, and never to an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        desk.bind((HERE, 0))
        desk.settimeout(LIMIT_S)
        place = (HERE, listener.port)
        desk.sendto(packet("/mer/gain", 99.0), place)
        said = OscMessage(desk.recv(4096))
        assert said.address == "/mer/error"
        assert "none of -60" in said.params[0]
        desk.sendto(packet("/mer/error", "that is yours"), place)
        desk.sendto(b"nonsense", place)
        assert "no OSC" in OscMessage(desk.recv(4096)).params[0]
        for _ in range(200):
            desk.sendto(packet("/mer/frieze"), place)
        assert eventually(lambda: listener.errors == 203)
        assert "is not known" in OscMessage(desk.recv(4096)).params[0]
        desk.settimeout(0.2)
        answers = 1
        with pytest.raises(TimeoutError):  # noqa: PT012
            while True:
                desk.recv(4096)
                answers += 1
        assert answers < 40


def test_strangers_are_not_answered(controls: Controls) -> None:
    """So that nobody can have the tracker send to somebody else."""
    listener = OscControl(HERE, 0, controls, parse_networks("192.0.2.0/24"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        desk.settimeout(0.2)
        desk.sendto(packet("/mer/gain", 99.0), (HERE, listener.port))
        assert eventually(lambda: listener.refused == 1)
        with pytest.raises(TimeoutError):
            desk.recv(4096)
    listener.close()


def test_a_flood_is_left_out_and_what_comes_later_is_done(
    listener: OscControl, controls: Controls
) -> None:
    """Twenty thousand packets at once: some are done, the rest costs nothing, then all is well."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        for _ in range(20_000):
            desk.sendto(packet("/mer/mark", "x"), (HERE, listener.port))
            controls.work()
    assert eventually(lambda: listener.flooded > 0)

    def freezes() -> bool:
        SimpleUDPClient(HERE, listener.port).send_message("/mer/freeze", 1)
        time.sleep(0.02)
        return bool(controls.work() and controls.state()["frozen"])

    assert eventually(freezes)
