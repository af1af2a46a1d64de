"""Calibration, words, delay and control of a tracker that runs as a process of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from pythonosc.udp_client import SimpleUDPClient
from support.program import OscReceiver, command, free_port, run_program, running

pytestmark = pytest.mark.e2e

RATE_HZ = 16_000
LIMIT_S = 30.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose configuration folder is empty."""
    return {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")}


@pytest.fixture
def ours() -> Iterator[OscReceiver]:
    """A receiver of everything."""
    with OscReceiver() as receiver:
        yield receiver


def wait_until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def read(path: Path) -> list[dict[str, Any]]:
    """The estimates of a recording."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if "sequence" in line]


def longest_hold(values: list[float]) -> int:
    """How many equal values follow one another at most."""
    longest = run = 1
    for before, after in pairwise(values):
        run = run + 1 if before == after else 1
        longest = max(longest, run)
    return longest


def test_a_python_osc_client_controls_a_run(
    tmp_path: Path, environment: dict[str, str], ours: OscReceiver
) -> None:
    """Freeze holds what leaves, thaw lets it go; rubbish and unknown names cost nothing."""
    port = free_port(socket.SOCK_DGRAM)
    recording = tmp_path / "set.jsonl"
    arguments = ["--device", "demo", "--no-web", "--osc", ours.target, "--control", str(port)]
    arguments += ["--record", str(recording)]
    client = SimpleUDPClient("127.0.0.1", port)
    with running(tmp_path, *arguments, environment=environment) as program:
        ours.wait_for("/mer/arousal", 4, LIMIT_S)
        assert longest_hold(ours.values("/mer/arousal")) == 1
        client.send_message("/mer/freeze", 1)
        wait_until(lambda: longest_hold(ours.values("/mer/arousal")) >= 5)
        client.send_message("/mer/freeze", 0)
        client.send_message("/mer/reset", [])
        client.send_message("/mer/mark", "chorus")
        thawed = len(ours.values("/mer/arousal"))
        client._sock.sendto(b"\xff" * 100, ("127.0.0.1", port))
        for _ in range(3):
            client.send_message("/mer/calibrate", "tuesday")
        ours.wait_for("/mer/arousal", thawed + 6, LIMIT_S)
        assert longest_hold(ours.values("/mer/arousal")[-4:]) == 1
        statuses = [message.arguments[0] for message in ours.messages("/mer/status")]
        assert statuses == sorted(statuses), "a reset keeps the numbers going"
        said = program.errors()
        assert f"Control by OSC at 127.0.0.1:{port}" in said
        assert said.count("left out: it is no OSC") == 1
        assert said.count("no calibration 'tuesday'") == 1
        lines = read(recording)
        assert [line["marks"] for line in lines if "marks" in line] == [["chorus"]]
        frozen = [line for line in lines if line["arousal"] == lines[thawed - 2]["arousal"]]
        assert len({line["raw_arousal"] for line in frozen}) > 3, "the raw values go on"
        code, seconds = program.interrupt()
        assert code == 0
        assert seconds < 3.0


def test_a_calibration_by_osc_is_there_tomorrow(
    tmp_path: Path, environment: dict[str, str], ours: OscReceiver
) -> None:
    """Learned while it runs, kept under its name, undone by a word, used by the next run."""
    port = free_port(socket.SOCK_DGRAM)
    arguments = ["--device", "demo", "--speed", "8", "--no-web", "--osc", ours.target]
    control = ["--control", str(port), "--record", str(tmp_path / "set.jsonl")]
    kept = tmp_path / "config" / "realtime-mer" / "calibrations" / "wedding.json"
    client = SimpleUDPClient("127.0.0.1", port)
    with running(tmp_path, *arguments, *control, environment=environment):
        ours.wait_for("/mer/arousal", 2, LIMIT_S)
        client.send_message("/mer/calibrate", [20, "wedding"])
        wait_until(kept.exists)
        seen = len(ours.values("/mer/arousal"))
        ours.wait_for("/mer/arousal", seen + 20, LIMIT_S)
        client.send_message("/mer/calibrate", "off")
        seen = len(ours.values("/mer/arousal"))
        ours.wait_for("/mer/arousal", seen + 20, LIMIT_S)
    lines = [line for line in read(tmp_path / "set.jsonl") if line["active"]]
    settled = [line for line in lines if line["sequence"] > 12]
    mapped = [abs(line["arousal"] - line["raw_arousal"]) > 1e-3 for line in settled]
    assert [before for before, after in pairwise(mapped) if before != after] == [False, True]
    recording = tmp_path / "tomorrow.jsonl"
    result = run_program(
        "--device", "demo", "--speed", "max", "--no-osc", "--no-web", "--quiet",
        "--record", recording, "--calibration", "Wedding",
        environment=environment,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    record = json.loads(kept.read_text())["dimensions"]["arousal"]
    checked = 0
    for line in read(recording)[12:]:
        expected = (line["raw_arousal"] - record["centre"]) / record["spread"]
        if line["active"] and abs(expected) < 0.8:
            assert line["arousal"] == pytest.approx(expected, abs=1e-3)
            checked += 1
    assert checked > 20


def test_another_machine_is_refused_until_it_is_named(
    tmp_path: Path, environment: dict[str, str], ours: OscReceiver
) -> None:
    """Packets from this machine's address in the network count as another's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("198.51.100.1", 9))  # nothing is sent: it only chooses the address
        mine = probe.getsockname()[0]
    assert not mine.startswith("127."), "this test needs a network interface beside loopback"
    port = free_port(socket.SOCK_DGRAM)
    arguments = ["--device", "demo", "--no-web", "--osc", ours.target]
    client = SimpleUDPClient(mine, port)  # to one's own address one sends from it
    control = ["--control", f"0.0.0.0:{port}"]
    with running(tmp_path, *arguments, *control, environment=environment) as program:
        ours.wait_for("/mer/arousal", 2, LIMIT_S)
        for _ in range(3):
            client.send_message("/mer/freeze", 1)
        seen = len(ours.values("/mer/arousal"))
        ours.wait_for("/mer/arousal", seen + 5, LIMIT_S)
        assert longest_hold(ours.values("/mer/arousal")) == 1
        assert program.errors().count(f"add --control-from {mine}") == 1
    control = ["--control", str(port), "--control-from", mine]
    with running(tmp_path, *arguments, *control, environment=environment):
        seen = len(ours.values("/mer/arousal"))
        ours.wait_for("/mer/arousal", seen + 2, LIMIT_S)
        client.send_message("/mer/freeze", 1)
        wait_until(lambda: longest_hold(ours.values("/mer/arousal")[seen:]) >= 4)


def test_a_taken_control_port_gets_a_sentence(environment: dict[str, str]) -> None:
    """The program ends with the flag in its one line, and leaves nothing behind."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        result = run_program(
            "--device", "demo", "--no-web", "--control", port, environment=environment
        )
    assert result.returncode == 2
    assert f"Control cannot listen at 127.0.0.1:{port}" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_same_music_twice_gives_the_same_calibration(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Two processes learn the same from the demo, and a third fills the scale with it."""
    kept = []
    for name in ("monday", "tuesday"):
        result = run_program(
            "calibrate", "--device", "demo", "--speed", "max", "--seconds", "80", "--name", name,
            environment=environment,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        path = tmp_path / "config" / "realtime-mer" / "calibrations" / f"{name}.json"
        record = json.loads(path.read_text())
        kept.append((record["dimensions"], record["seconds"], record["model"]))
    assert kept[0] == kept[1]
    ranges = []
    for name in ("off", "tuesday"):
        recording = tmp_path / f"{name}.jsonl"
        result = run_program(
            "--device", "demo", "--speed", "max", "--no-osc", "--no-web", "--quiet",
            "--record", recording, "--calibration", name,
            environment=environment,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        active = [line["arousal"] for line in read(recording) if line["active"]]
        low, high = np.quantile(active, [0.05, 0.95])
        ranges.append(high - low)
    # How much of the scale is left where loud and soft are not equally far from the median
    # depends on the model; that the middle is stretched does not.
    assert ranges[1] > 2.0 * ranges[0]
    assert ranges[1] > 1.2


def test_words_and_cues_come_once(
    tmp_path: Path, environment: dict[str, str], ours: OscReceiver
) -> None:
    """A word is sent when it is another; a cue for any mood fires once over all of them."""
    anything = "happy or joyful or energetic or tense or gloomy or sad or quiet or calm or neutral"
    cues = [
        "--when", f"mood is {anything} for 2 s, send /cue/1 7 go to {ours.target}",
        "--when", "when mood is silent for 3600 s, send /cue/2",
    ]  # fmt: skip
    arguments = ["--device", "demo", "--speed", "8", "--no-web", "--osc", ours.target, *cues]
    with running(tmp_path, *arguments, environment=environment) as program:
        ours.wait_for("/mer/arousal", 150, LIMIT_S)
        assert program.process.poll() is None or program.process.returncode == 0
    words = [message.arguments[0] for message in ours.messages("/mer/mood")]
    assert len(words) >= 2, "the demo's scenes must have several words to prove anything"
    assert all(before != after for before, after in pairwise(words))
    fired = ours.messages("/cue/1")
    assert 1 <= len(fired) <= 3  # the demo may pause between its scenes
    assert fired[0].arguments == (7, "go")
    assert ours.messages("/cue/2") == []


def test_oscdump_prints_words_and_lamps(tmp_path: Path, environment: dict[str, str]) -> None:
    """liblo's oscdump prints the mood, a cue's text with spaces, and what is set by hand."""
    port, control = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    output = tmp_path / "oscdump.txt"
    words = "happy or joyful or energetic or tense or gloomy or sad or quiet or calm or neutral"
    cue = f"mood is {words}, send /cue 'scene two' 2 0.5"
    with output.open("wb") as file:
        oscdump = subprocess.Popen(["stdbuf", "-oL", "oscdump", str(port)], stdout=file)
    try:
        arguments = ["--device", "demo", "--no-web", "--osc", f"127.0.0.1:{port}", "--when", cue]
        with running(
            tmp_path, *arguments, "--control", str(control), environment=environment
        ) as program:
            wait_until(lambda: '/cue sif "scene two" 2 0.5' in output.read_text())
            SimpleUDPClient("127.0.0.1", control).send_message("/mer/freeze", 1)
            wait_until(lambda: "/mer/frozen i 1" in output.read_text())
            assert program.process.poll() is None
    finally:
        oscdump.terminate()
        oscdump.wait(10)
    text = output.read_text()
    assert re.search(r'/mer/mood s "(\w+)"$', text, re.MULTILINE)
    assert '/mer/calibration s ""' in text
    assert "/mer/frozen i 0" in text


def latencies(
    folder: Path, environment: dict[str, str], ours: OscReceiver, *arguments: str
) -> list[float]:
    """Seconds from the last sample of each step to its message, sound coming in real time."""
    samples = 0.1 * np.random.default_rng(0).normal(size=8 * RATE_HZ).astype("<f4")
    start = [
        *command("--device", "-", "--rate", str(RATE_HZ), "--channels", "1", "--format", "f32le"),
        "--no-web", "--quiet", "--osc", ours.target, *arguments,
    ]  # fmt: skip
    before = len(ours.messages("/mer/arousal"))
    with subprocess.Popen(start, stdin=subprocess.PIPE, env=environment, cwd=folder) as process:
        assert process.stdin is not None
        written_s = []
        piece = RATE_HZ // 2
        process.stdin.write(samples[:piece].tobytes())  # while the program starts
        process.stdin.flush()
        ours.wait_for("/mer/arousal", before + 1, LIMIT_S)
        for position in range(piece, len(samples), piece):
            time.sleep(0.5)
            written_s.append(time.monotonic())
            process.stdin.write(samples[position : position + piece].tobytes())
            process.stdin.flush()
        process.stdin.close()
        assert process.wait(LIMIT_S) == 0
    arrived_s = [message.arrived_s for message in ours.messages("/mer/arousal")[before + 1 :]]
    return [there - gone for there, gone in zip(arrived_s, written_s, strict=True)]


def test_delay_is_what_was_asked_for(
    tmp_path: Path, environment: dict[str, str], ours: OscReceiver
) -> None:
    """The same sound arrives 0.8 s later with --delay 0.8, and nothing is lost at the end."""
    plain = latencies(tmp_path, environment, ours)
    late = latencies(tmp_path, environment, ours, "--delay", "0.8")
    assert len(plain) == len(late) == 15
    assert np.median(late) - np.median(plain) == pytest.approx(0.8, abs=0.05)
    assert min(late) >= 0.8


@pytest.mark.parametrize("silence", ["hold", "neutral"])
def test_silence_does_what_was_asked_for(
    tmp_path: Path, environment: dict[str, str], silence: str
) -> None:
    """Held, the last values stay to the digit; else they glide to nearly nothing."""
    music = 0.1 * np.random.default_rng(0).normal(size=10 * RATE_HZ)
    path, recording = tmp_path / "song.wav", tmp_path / "song.jsonl"
    soundfile.write(path, np.concatenate([music, np.zeros(30 * RATE_HZ)]), RATE_HZ)
    result = run_program(
        "--device", path, "--speed", "max", "--no-osc", "--no-web", "--quiet",
        "--record", recording, "--silence", silence,
        environment=environment,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    silent = [line for line in read(recording) if not line["active"]]
    assert len(silent) > 50
    values = {(line["arousal"], line["valence"], line["arousal_std"]) for line in silent}
    if silence == "hold":
        assert len(values) == 1
    else:
        assert abs(silent[-1]["arousal"]) < 0.001
        assert len(values) > 20
