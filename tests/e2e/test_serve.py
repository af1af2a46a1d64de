"""``realtime-mer serve`` as a person starts it, and the clients among the examples."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import numpy as np
import pytest
import soundfile
from support.program import Program, free_port, run_program, running
from support.web import until

from realtime_mer.recording_file import read_recording
from realtime_mer.tracker import Tracker

pytestmark = [pytest.mark.e2e, pytest.mark.data]

SEND = Path(__file__).resolve().parents[2] / "examples" / "serve" / "send.py"
SECONDS = 6


@pytest.fixture(scope="module")
def song(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of classical music in stereo."""
    path = tmp_path_factory.mktemp("song") / "song.wav"
    source = shared_data / "emotify" / "audio" / "classical_002.opus"
    command = ["ffmpeg", "-v", "error", "-ss", "20", "-t", str(SECONDS), "-i", source]
    subprocess.run([*command, "-ar", "44100", "-ac", "2", path], check=True)
    return path


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[Program, str]]:
    """The program, and the address sound goes to."""
    port = free_port()
    place = ("--web", f"127.0.0.1:{port}", "--config", "none")
    with running(folder, "serve", *place, *arguments) as program:
        until(lambda: "sound goes to" in program.output(), 60.0)
        found = re.search(r"ws://\S+/ingest", program.output())
        assert found is not None
        yield program, found[0]


def send(url: str, *arguments: str | Path, sound: IO[bytes] | None = None) -> str:
    """Run the example client and return what it prints."""
    command = [sys.executable, SEND, "--url", url, *arguments]
    done = subprocess.run(
        [str(each) for each in command], stdin=sound, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def radio(url: str, song: Path) -> str:
    """The pipe of the README: ffmpeg hears a station, here a server of this machine."""
    station = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quietly, directory=str(song.parent)))
    threading.Thread(target=station.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{station.server_port}/{song.name}"
    decode = ["ffmpeg", "-v", "error", "-i", address, "-f", "s16le", "-ac", "1", "-ar", "44100"]
    try:
        with subprocess.Popen([*decode, "-"], stdout=subprocess.PIPE) as ffmpeg:
            return send(url, "-", "--rate", "44100", sound=ffmpeg.stdout)
    finally:
        station.shutdown()
        station.server_close()


class Quietly(SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def expected(song: Path, *, mono: bool = False) -> np.ndarray:
    """What a tracker says of the song."""
    samples, rate_hz = soundfile.read(song, dtype="float32", always_2d=True)
    tracker = Tracker(rate_hz)
    mixed = samples.mean(axis=1, dtype=np.float64).astype(np.float32) if mono else samples
    return np.array([(e.arousal, e.valence) for e in [*tracker.feed(mixed), *tracker.flush()]])


def test_a_file_and_a_pipe_get_their_estimates(tmp_path: Path, song: Path) -> None:
    """A WAV in time, a station through ffmpeg; both as analysed alone; and a clean end."""
    with serving(tmp_path, "--speed", "max") as (program, url):
        rows = [json.loads(line) for line in send(url, song, "--jsonl").splitlines()]
        values = [(row["arousal"], row["valence"]) for row in rows]
        np.testing.assert_allclose(values, expected(song), rtol=0, atol=2e-5)

        lines = radio(url, song).splitlines()
        assert len(lines) == 2 * SECONDS
        ends = [float(word) for word in re.findall(r"[+-]\d\.\d\d", lines[-1])]
        np.testing.assert_allclose(ends, expected(song, mono=True)[-1], atol=0.02)

        metrics = urlopen(url.replace("ws", "http", 1).replace("ingest", "metrics")).read()
        assert b"realtime_mer_ingest_streams_total 2\n" in metrics
        health = json.load(urlopen(url.replace("ws", "http", 1).replace("ingest", "healthz")))
        assert health["ok"] is True
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(10) == 0
        assert f"Served 2 streams, {2 * SECONDS} s of sound." in program.output()
    path = tmp_path / "song.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert len(read_recording(path).estimates) == 2 * SECONDS


def test_who_is_connected_is_told_that_it_ends(tmp_path: Path, song: Path) -> None:
    """Ctrl-C in the middle of a stream: the client hears the farewell, nothing hangs."""
    with serving(tmp_path) as (program, url):
        client = subprocess.Popen(
            [sys.executable, SEND, "--url", url, song], stdout=subprocess.PIPE, text=True
        )
        try:
            assert client.stdout is not None
            assert "s  " in client.stdout.readline()
            program.process.send_signal(signal.SIGINT)
            assert program.process.wait(10) == 0
            client.wait(20)
        finally:
            client.kill()
            client.wait(10)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--no-web"], "leave out --no-web"),
        (["--streams", "0"], "--streams: '0' will not do: write a number such as 100"),
        (["--streams", "2.5"], "such as 100"),
        (["--speed", "0"], "such as 2 or max"),
        (["--idle", "soon"], "such as 30"),
        (["--web", "0.0.0.0:0"], "--token"),
        (["--model", "nothing.onnx"], "--model"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: list[str], remedy: str) -> None:
    """It is refused with the remedy, before anybody connects."""
    done = run_program("serve", "--config", "none", *arguments)
    assert done.returncode == 2
    assert remedy in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
