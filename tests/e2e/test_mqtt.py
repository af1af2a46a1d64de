"""The tracker as a person starts it, and a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto, mosquitto, subscriber
from support.program import OscReceiver, running

pytestmark = pytest.mark.e2e

QUIET = ("--device", "demo", "--no-web", "--quiet")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that lets everybody in."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running_broker:
        yield running_broker


def test_mqtt_has_what_osc_has(tmp_path: Path, broker: Mosquitto) -> None:
    """The same values in the same order, as numbers and in the JSON."""
    with OscReceiver() as osc, subscriber(broker, "same/#") as listening:
        flags = ("--mqtt", broker.url("same"), "--osc", osc.target)
        with running(tmp_path, *QUIET, *flags) as program:
            listening.wait_for("same/estimate", count=6)
            listening.wait_for("same/status", count=2)
            assert program.interrupt()[0] == 0
        listening.wait_for("same/online", "0")
        sent = osc.values("/mer/arousal")
        heard = [float(value) for value in listening.heard("same/arousal")]
        estimates = [json.loads(text) for text in listening.heard("same/estimate")]
    assert len(heard) >= 6
    first = estimates[0]["sequence"]
    assert heard == pytest.approx(sent[first : first + len(heard)], abs=1e-6)
    assert [estimate["arousal"] for estimate in estimates] == heard
    assert listening.heard("same/online") == ["1", "0"]


def test_a_tracker_that_is_killed_has_left_its_will(tmp_path: Path, broker: Mosquitto) -> None:
    """Nobody could say goodbye: the broker says it, and keeps the last values."""
    with subscriber(broker, "will/#") as listening:
        with running(tmp_path, *QUIET, "--no-osc", "--mqtt", broker.url("will")) as program:
            listening.wait_for("will/arousal")
            program.process.send_signal(signal.SIGKILL)
            listening.wait_for("will/online", "0")
        with subscriber(broker, "will/#") as late:
            late.wait_for("will/online", "0")
            late.wait_for("will/arousal")


def test_settings_come_from_file_and_environment(tmp_path: Path) -> None:
    """The address in the configuration, the password where nobody sees it."""
    passwords = tmp_path / "passwords"
    passwords.write_text("vj:s3cret\n")
    subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
    with mosquitto(tmp_path, [f"password_file {passwords}"], anonymous=False) as broker:
        show = tmp_path / "show.toml"
        show.write_text(f'mqtt = "{broker.url(who="vj@")}"\nosc = false\n')
        environment = {**os.environ, "REALTIME_MER_MQTT_PASSWORD": "s3cret"}
        flags = (*QUIET, "--config", show)
        options = ["-u", "vj", "-P", "s3cret"]
        with (
            running(tmp_path, *flags, environment=environment),
            subscriber(broker, options=options) as listening,
        ):
            listening.wait_for("mer/arousal")
