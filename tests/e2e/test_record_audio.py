"""What was heard, beside what was said about it."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.program import OscReceiver, run_program, running
from support.pulse import pulse_server

pytestmark = pytest.mark.e2e

RATE_HZ = 32_000
SECONDS = 20


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Two channels of chords that come and go, of 16 bits."""
    times = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    chords = sum(np.sin(2 * np.pi * pitch * times) for pitch in (196.0, 247.0, 294.0, 587.0))
    loud = 0.15 * chords * (0.55 + 0.45 * np.sin(2 * np.pi * times / 7.3))
    path = tmp_path / "song.wav"
    soundfile.write(path, np.stack([loud, 0.5 * np.roll(loud, 900)], axis=1), RATE_HZ, "PCM_16")
    return path


def rows(path: Path) -> list[dict[str, float]]:
    """The rows of a table."""
    with path.open(newline="") as file:
        return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize("name", ["set.flac", "set.wav"])
def test_the_recording_is_what_was_heard(tmp_path: Path, song: Path, name: str) -> None:
    """Sample for sample the file that was played; analysed it gives the recorded estimates."""
    out = ["--record", tmp_path / "set.csv", "--record-audio", tmp_path / name]
    result = run_program(
        "--device", song, "--speed", "max", "--quiet", "--no-osc", "--no-web", *out
    )
    assert (result.returncode, result.stderr) == (0, "")
    heard, rate_hz = soundfile.read(tmp_path / name, dtype="int32")
    played, _ = soundfile.read(song, dtype="int32")
    assert rate_hz == RATE_HZ
    assert np.array_equal(heard, played)
    again = run_program("analyze", tmp_path / name, "--out", tmp_path / "again.csv")
    assert again.returncode == 0
    assert rows(tmp_path / "again.csv") == rows(tmp_path / "set.csv")


def test_chosen_channels_are_recorded_in_their_order(tmp_path: Path, song: Path) -> None:
    """With --channels the file has those alone."""
    out = tmp_path / "set.wav"
    result = run_program(
        "--device", song, "--channels", "2", "--speed", "max", "--quiet", "--no-osc", "--no-web",
        "--record-audio", out,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    heard, _ = soundfile.read(out, dtype="int32", always_2d=True)
    played, _ = soundfile.read(song, dtype="int32")
    assert np.array_equal(heard[:, 0], played[:, 1])
    assert heard.shape[1] == 1


def test_a_show_through_the_sound_card_gives_its_numbers_again(tmp_path: Path, song: Path) -> None:
    """What a sound card gave is recorded without a gap: analysed, it has the live estimates."""
    flags = ["--device", "pulse", "--no-web", "--quiet", "--record", tmp_path / "set.csv"]
    with pulse_server(tmp_path, RATE_HZ) as pulse, OscReceiver() as receiver:
        sound = ["--record-audio", tmp_path / "set.flac", "--osc", receiver.target]
        with running(tmp_path, *flags, *sound, environment=pulse.environment) as program:
            receiver.wait_for("/mer/arousal", 1, limit_s=60)
            pulse.play(song)
            receiver.wait_for("/mer/arousal", 30, limit_s=60)
            code, _ = program.interrupt()
            assert (code, program.errors()) == (0, "")
    live = rows(tmp_path / "set.csv")
    assert len(live) >= 30
    assert sum(row["active"] for row in live) >= 20
    heard, rate_hz = soundfile.read(tmp_path / "set.flac", dtype="float32")
    assert live[-1]["time_s"] <= len(heard) / rate_hz < live[-1]["time_s"] + 1.0
    assert (
        run_program("analyze", tmp_path / "set.flac", "--out", tmp_path / "a.csv").returncode == 0
    )
    again = rows(tmp_path / "a.csv")[: len(live)]
    for row, then in zip(again, live, strict=True):
        assert row == pytest.approx(then, abs=1e-4)


@pytest.mark.parametrize("name", ["set.flac", "set.wav"])
def test_a_killed_show_leaves_both_recordings(tmp_path: Path, name: str) -> None:
    """After SIGKILL the sound is readable as far as the estimates go, but for a second."""
    with OscReceiver() as receiver, running(
        tmp_path, "--device", "demo", "--no-web", "--osc", receiver.target, "--quiet",
        "--record", tmp_path / "set.jsonl", "--record-audio", tmp_path / name,
    ) as program:  # fmt: skip
        receiver.wait_for("/mer/arousal", 10, limit_s=60)
        program.process.send_signal(signal.SIGKILL)
        program.process.wait(10)
    last = json.loads((tmp_path / "set.jsonl").read_text().splitlines()[-1])
    info = soundfile.info(tmp_path / name)
    assert last["time_s"] - 1.0 <= info.frames / info.samplerate <= last["time_s"] + 1.5
    sound, _ = soundfile.read(tmp_path / name)
    assert len(sound) == info.frames
    # The level of each step is in the estimates: both recordings are in time.
    estimates = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text().splitlines()[1:]]
    for estimate in estimates[:8]:
        end = round(estimate["time_s"] * info.samplerate)
        mono = sound[end - info.samplerate // 2 : end].mean(axis=1)
        level_db = 10 * np.log10(np.mean(mono**2))
        assert level_db == pytest.approx(estimate["level_db"], abs=0.02)


def test_other_programs_read_a_killed_recording(tmp_path: Path) -> None:
    """FFmpeg decodes what a kill left, as long as it says it is."""
    with OscReceiver() as receiver:
        for name in ("set.flac", "set.wav"):
            (tmp_path / name).unlink(missing_ok=True)
            with running(
                tmp_path, "--device", "demo", "--no-web", "--osc", receiver.target, "--quiet",
                "--record-audio", tmp_path / name,
            ) as program:  # fmt: skip
                before = len(receiver.messages("/mer/arousal"))
                receiver.wait_for("/mer/arousal", before + 6, limit_s=60)
                program.process.send_signal(signal.SIGKILL)
                program.process.wait(10)
            frames = soundfile.info(tmp_path / name).frames
            decoded = subprocess.run(
                ["ffmpeg", "-v", "error", "-i", tmp_path / name, "-f", "s16le", "-"],
                capture_output=True,
                check=True,
                timeout=60,
            ).stdout
            # FFmpeg goes on beyond the length the header of FLAC says, as far as frames are whole.
            assert frames <= len(decoded) / 4 <= frames + 44_100


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("set.mp3", "ends in .flac or .wav"), ("there.flac", "is not overwritten")],
)
def test_what_cannot_be_recorded_to_is_said(
    tmp_path: Path, song: Path, name: str, remedy: str
) -> None:
    """A wrong name is a sentence, and nothing is made."""
    (tmp_path / "there.flac").write_bytes(b"precious")
    result = run_program(
        "--device", song, "--no-osc", "--no-web", "--record-audio", tmp_path / name
    )
    assert result.returncode == 2
    assert remedy in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song.wav", "there.flac"]
