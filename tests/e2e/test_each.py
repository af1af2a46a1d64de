"""``--channels each``: a desk whose channels each carry other music."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from support.program import OscReceiver, run_program, running
from support.pulse import EIGHT, pulse_server
from support.web import until

from realtime_mer.model.session import load_model
from realtime_mer.tracker import Tracker

pytestmark = [pytest.mark.e2e, pytest.mark.data]

RATE_HZ = 44_100
CHANNELS = 8
DURATION_S = 8
SONGS = (
    "classical_002", "rock_001", "electronic_001", "pop_010",
    "classical_011", "rock_010", "electronic_010", "rock_011",
)  # fmt: skip
SAME = 2e-5  # batching, and six decimals


@pytest.fixture(scope="module")
def desk(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight songs side by side in one file of eight channels, 16 bits."""
    columns = []
    for song in SONGS:
        source = shared_data / "emotify" / "audio" / f"{song}.opus"
        command = ["ffmpeg", "-v", "error", "-ss", "10", "-t", str(DURATION_S), "-i", source]
        form = ["-ar", str(RATE_HZ), "-ac", "1", "-f", "s16le", "-"]
        raw = subprocess.run([*command, *form], check=True, capture_output=True).stdout
        columns.append(np.frombuffer(raw, np.int16)[: RATE_HZ * (DURATION_S - 1)])
    path = tmp_path_factory.mktemp("desk") / "desk.wav"
    soundfile.write(path, np.stack(columns, axis=1), RATE_HZ, subtype="PCM_16")
    return path


def recorded(path: Path) -> dict[int, NDArray[np.float64]]:
    """Rows of time, arousal, valence and level of each stream of a recording."""
    rows: dict[int, list[list[float]]] = {}
    for line in path.read_text().splitlines()[1:]:
        row = json.loads(line)
        values = [row[name] for name in ("time_s", "arousal", "valence", "level_db")]
        rows.setdefault(row["stream"], []).append(values)
    return {stream: np.array(values) for stream, values in rows.items()}


def alone(samples: NDArray[np.float32], channel: int) -> NDArray[np.float64]:
    """The same of a tracker that hears one channel of them and no other."""
    said = Tracker(RATE_HZ, load_model(), channels=[channel]).feed(samples)
    return np.array([[e.time_s, e.arousal, e.valence, e.level_db] for e in said])


def assert_same(ours: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    """Equal but for rounding, as far as both go."""
    count = min(len(ours), len(expected))
    assert count >= 2 * (DURATION_S - 3)
    np.testing.assert_allclose(ours[:count, :3], expected[:count, :3], rtol=0, atol=SAME)
    np.testing.assert_allclose(ours[:count, 3], expected[:count, 3], rtol=0, atol=0.006)


def test_a_sound_card_gives_each_channel_its_own_stream(tmp_path: Path, desk: Path) -> None:
    """Through PulseAudio, channel k gives what a tracker of channel k alone says of its sound."""
    record, heard = tmp_path / "desk.jsonl", tmp_path / "heard.flac"
    with pulse_server(tmp_path, RATE_HZ, CHANNELS, EIGHT) as pulse, OscReceiver() as receiver:
        arguments = [
            *("--device", "pulse", "--channels", f"each:1-{CHANNELS}", "--config", "none"),
            *("--osc", receiver.target, "--no-web", "--record", record, "--record-audio", heard),
        ]
        with running(tmp_path, *arguments, environment=pulse.environment) as program:
            receiver.wait_for(f"/mer/{CHANNELS}/arousal", 2, limit_s=60)
            pulse.play(desk).wait(DURATION_S + 30)
            seen = len(receiver.values("/mer/1/active"))
            receiver.wait_for("/mer/1/active", seen + 2, limit_s=20)
            assert program.process.poll() is None, program.output()
    samples, _ = soundfile.read(heard, dtype="float32", always_2d=True)
    streams = recorded(record)
    assert sorted(streams) == list(range(1, CHANNELS + 1))
    last = []
    for stream, ours in streams.items():
        assert_same(ours, alone(samples, stream - 1))
        sent = np.array(receiver.values(f"/mer/{stream}/arousal"))
        np.testing.assert_allclose(sent[: len(ours)], ours[: len(sent), 1], rtol=0, atol=1e-6)
        last.append(ours[-6, 1:3])
    assert len({tuple(np.round(point, 3)) for point in last}) == CHANNELS, "all are different"
    # Each channel carries its own song: its level follows that of the file, and of no other.
    songs, _ = soundfile.read(desk, dtype="float32")
    quiet, loud = (np.std(block.astype(np.float64), axis=0) for block in (samples[:100], songs))
    assert np.all(quiet < 1e-4)
    heard_loud = np.array([np.sqrt(np.sum(samples[:, k].astype(float) ** 2)) for k in range(8)])
    expected = loud * np.sqrt(len(songs))
    np.testing.assert_allclose(heard_loud, expected, rtol=0.02)


def test_a_file_gives_each_channel_its_own_stream(tmp_path: Path, desk: Path) -> None:
    """At full speed too; some channels alone keep the numbers they have on the desk."""
    record = tmp_path / "some.jsonl"
    run = run_program(
        *("--device", desk, "--speed", "max", "--channels", "each:3,6-7", "--config", "none"),
        *("--no-osc", "--no-web", "--record", record),
    )
    assert run.returncode == 0, run.stderr
    streams = recorded(record)
    assert sorted(streams) == [3, 6, 7]
    samples, _ = soundfile.read(desk, dtype="float32", always_2d=True)
    for stream, ours in streams.items():
        assert_same(ours, alone(samples, stream - 1))
    assert "   3  arousal" in run.stdout
    again = run_program("replay", record, "--speed", "max", "--no-osc", "--no-web")
    assert again.returncode == 2
    assert "choose one, such as --stream 3" in again.stderr
    chosen = run_program(
        *("replay", record, "--stream", "6", "--speed", "max", "--no-osc", "--no-web")
    )
    assert chosen.returncode == 0, chosen.stderr
    assert "arousal" in chosen.stdout


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--channels", "each:"], "each:1-8"),
        (["--channels", "each:9"], "choose --channels from 1 to 8"),
        (["--channels", "each", "--when", "mood is sad, send /go"], "[[cue]] with stream = 1 to 8"),
        (["--channels", "each", "--preset", "resolume"], "write stream = 1 to 8"),
    ],
)
def test_what_makes_no_sense_with_several_is_one_sentence(
    desk: Path, arguments: list[str], remedy: str
) -> None:
    """It is refused before anything starts, with the remedy."""
    run = run_program("--device", desk, "--config", "none", "--no-web", *arguments)
    assert run.returncode == 2
    assert remedy in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_a_lost_device_comes_back_for_every_channel(tmp_path: Path, desk: Path) -> None:
    """While it is away all of them say so, in time; then all of them hear their music again."""
    record = tmp_path / "desk.jsonl"
    with pulse_server(tmp_path, RATE_HZ, CHANNELS, EIGHT) as pulse, OscReceiver() as receiver:
        arguments = [
            *("--device", "pulse", "--channels", f"each:1-{CHANNELS}", "--config", "none"),
            *("--osc", receiver.target, "--no-web", "--record", record),
        ]

        def all_say(active: int) -> bool:
            said = [receiver.values(f"/mer/{k}/active")[-1:] for k in range(1, CHANNELS + 1)]
            return said == [[active]] * CHANNELS

        with running(tmp_path, *arguments, environment=pulse.environment):
            receiver.wait_for(f"/mer/{CHANNELS}/arousal", 2, limit_s=60)
            pulse.play(desk)
            until(lambda: all_say(1), 30.0)
            pulse.kill()
            until(lambda: all_say(0), 30.0)
            pulse.restart()
            pulse.play(desk)
            until(lambda: all_say(1), 40.0)
    for rows in recorded(record).values():
        np.testing.assert_allclose(np.diff(rows[:, 0]), 0.5)
