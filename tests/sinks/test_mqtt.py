"""What a real Mosquitto hears, keeps, and says when the tracker is gone."""

from __future__ import annotations

import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.estimates import make_estimate, make_status
from support.mosquitto import Mosquitto, mosquitto, subscriber, until
from support.program import free_port

from realtime_mer.broker import parse_broker
from realtime_mer.errors import UserError
from realtime_mer.sinks import mqtt
from realtime_mer.sinks.mqtt import MqttSink
from realtime_mer.sinks.mqtt_messages import estimate_messages


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that lets everybody in."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@contextmanager
def sink_to(url: str) -> Iterator[MqttSink]:
    """A sink, closed at the end."""
    sink = MqttSink(parse_broker(url))
    try:
        yield sink
    finally:
        sink.close()


def connected(sink: MqttSink) -> None:
    """Wait until nothing is wrong."""
    until(lambda: "(" not in sink.describe(), f"connected: {sink.describe()}")


def test_without_the_library_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has the command that installs it."""
    monkeypatch.setitem(sys.modules, "paho.mqtt", None)
    with pytest.raises(UserError, match=r"pip install 'realtime-mer\[mqtt\]'"):
        MqttSink(parse_broker("mqtt://127.0.0.1/mer"))


def test_a_broker_that_is_not_there_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, sending never waits, and the end comes within a second."""
    with sink_to(f"mqtt://127.0.0.1:{free_port()}/mer") as sink:
        until(lambda: "nobody listens there" in sink.describe(), "the refusal is told")
        begin = time.monotonic()
        for number in range(100):
            sink.publish(make_estimate(number))
        assert time.monotonic() - begin < 1.0
        begin = time.monotonic()
    assert time.monotonic() - begin < 5.0
    assert caplog.text.count("nobody listens there") == 1


@pytest.mark.e2e
def test_whoever_subscribes_late_has_the_last_word_at_once(broker: Mosquitto) -> None:
    """Every value, the JSON and the state are retained; at the end, that nobody is there."""
    with sink_to(broker.url("late/stage")) as sink:
        for number in range(3):
            sink.publish(make_estimate(number))
        sink.report(make_status())
        with subscriber(broker, "late/#") as early:
            early.wait_for("late/stage/status")
            early.wait_for("late/stage/arousal", estimate_messages(make_estimate(2))["arousal"])
        with subscriber(broker, "late/#") as late:
            late.wait_for("late/stage/valence_std")
            kept = late.retained()
    expected = {f"late/stage/{name}": said for name, said in _said(2).items()}
    assert '"state":"running"' in kept.pop("late/stage/status")
    assert kept == {**expected, "late/stage/online": "1"}
    with subscriber(broker, "late/stage/online") as afterwards:
        assert afterwards.wait_for("late/stage/online") == ["0"]


def _said(number: int) -> dict[str, str]:
    return estimate_messages(make_estimate(number))


@pytest.mark.e2e
def test_nothing_is_lost_on_the_way_while_the_broker_is_there(broker: Mosquitto) -> None:
    """Two hundred estimates arrive in order, each value under its topic."""
    with sink_to(broker.url("order")) as sink, subscriber(broker, "order/#") as listening:
        connected(sink)
        listening.wait_for("order/online", "1")
        for number in range(200):
            sink.publish(make_estimate(number))
        listening.wait_for("order/estimate", count=200)
        assert sink.left_out == 0
        for name in ("arousal", "valence", "arousal_std", "estimate"):
            heard = listening.heard(f"order/{name}")
            assert heard == [_said(number)[name] for number in range(200)]


@pytest.mark.e2e
def test_a_broker_that_was_killed_is_found_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Killed and started anew with nothing in its memory, it has the last estimate at once,
    before the next one, and the tracker has said once that it was away and once that it is
    back."""
    caplog.set_level("INFO")
    with mosquitto(tmp_path) as broker, sink_to(broker.url()) as sink:
        connected(sink)
        sink.publish(make_estimate(0))
        with subscriber(broker) as before:
            before.wait_for("mer/arousal")
        broker.kill()
        until(lambda: "(" in sink.describe(), "the loss is noticed")
        sink.publish(make_estimate(7))
        broker.start()
        with subscriber(broker) as listening:
            listening.wait_for("mer/arousal", _said(7)["arousal"])
            listening.wait_for("mer/online", "1")
            sink.publish(make_estimate(8))
            listening.wait_for("mer/arousal", _said(8)["arousal"])
            assert _said(0)["arousal"] not in listening.heard("mer/arousal")
    assert caplog.text.count("it is tried again") == 1
    assert caplog.text.count("works again") == 1


@pytest.mark.e2e
def test_a_broker_that_hangs_never_holds_anything_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in its tracks, it costs a bounded queue and no time; what is too much is counted,
    and once it runs again it has the latest."""
    with mosquitto(tmp_path) as broker:
        monkeypatch.setattr(mqtt, "KEEPALIVE_S", 2)
        with sink_to(broker.url()) as sink:
            connected(sink)
            broker.process.send_signal(signal.SIGSTOP)
            times_s = []
            while sink.left_out < 1000:  # more than the kernel's buffers hold
                begin = time.monotonic()
                sink.publish(make_estimate(len(times_s)))
                times_s.append(time.monotonic() - begin)
                assert len(times_s) < 100_000, "the queue has no end"
            assert statistics.median(times_s) < 0.05
            broker.process.send_signal(signal.SIGCONT)
            with subscriber(broker) as listening:
                until(lambda: _hears(sink, listening), "the latest arrives")


def _hears(sink: MqttSink, listening: object) -> bool:
    sink.publish(make_estimate(12345))
    return _said(12345)["arousal"] in listening.heard("mer/arousal")  # type: ignore[attr-defined]


@pytest.mark.e2e
def test_a_password_is_asked_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With the right one values arrive; with another, the sentence says what to look at."""
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "vj", "s3cret"], check=True)
    with mosquitto(tmp_path, [f"password_file {passwords}"], anonymous=False) as broker:
        with sink_to(broker.url(who="vj:wrong@")) as sink:
            until(lambda: "check the user and the password" in sink.describe(), "it is refused")
        assert "check the user and the password" in caplog.text
        assert "wrong" not in caplog.text
        with (
            sink_to(broker.url(who="vj:s3cret@")) as sink,
            subscriber(broker, options=["-u", "vj", "-P", "s3cret"]) as listening,
        ):
            sink.publish(make_estimate(1))
            listening.wait_for("mer/arousal", _said(1)["arousal"])


@pytest.mark.e2e
def test_the_line_is_encrypted_and_the_broker_must_prove_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mqtts works with a broker whose certificate is trusted, and refuses any other."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=broker", "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    with mosquitto(tmp_path, [f"keyfile {key}", f"certfile {certificate}"]) as broker:
        with sink_to(broker.url(scheme="mqtts")) as sink:
            until(lambda: "certificate is not trusted" in sink.describe(), "it is refused")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted = ["--cafile", str(certificate)]
        with (
            sink_to(broker.url(scheme="mqtts")) as sink,
            subscriber(broker, options=trusted) as listening,
        ):
            sink.publish(make_estimate(1))
            listening.wait_for("mer/arousal", _said(1)["arousal"])
