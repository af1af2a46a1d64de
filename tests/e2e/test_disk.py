"""A disk that fills up, cannot be written or loses its folder, and a program that is killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soundfile
from support.program import OscReceiver, Program, free_port, run_program, running
from support.small_disk import LimitedDisk, SmallDisk, small_disk
from websockets.sync.client import ClientConnection, connect

from realtime_mer.recording_file import read_recording

pytestmark = pytest.mark.e2e

LIMIT_S = 60.0


class Show:
    """A run that records to a disk, watched by OSC and on its page."""

    def __init__(self, program: Program, page: ClientConnection, osc: OscReceiver) -> None:
        self.program = program
        self.page = page
        self.osc = osc

    def wait_for_message(self, right: Callable[[str], bool]) -> str:
        """Return the first message of a status that is right."""
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            told = json.loads(self.page.recv(timeout=LIMIT_S))
            if told["type"] == "status" and right(told["message"]):
                return str(told["message"])
        raise AssertionError(f"it was not said: {self.program.errors()}")

    def goes_on(self, count: int = 4) -> None:
        """Wait until so many more estimates have left."""
        self.osc.wait_for("/mer/arousal", len(self.osc.messages("/mer/arousal")) + count, LIMIT_S)


@contextmanager
def show(folder: Path, disk: SmallDisk, *names: str) -> Iterator[Show]:
    """Run the demo with a recording on a disk; names end in what they are."""
    port = free_port()
    record = []
    for name in names:
        flag = "--record" if name.endswith((".jsonl", ".csv")) else "--record-audio"
        record += [flag, disk.folder / name]
    with OscReceiver() as osc:
        flags = ["--device", "demo", "--osc", osc.target, "--web", f"127.0.0.1:{port}"]
        quiet = ["--quiet", "--log-level", "info", "--no-announce"]
        with running(folder, *flags, *quiet, *record, before=disk.before) as program:
            osc.wait_for("/mer/arousal", 4, limit_s=LIMIT_S)
            with connect(f"ws://127.0.0.1:{port}/ws") as page:
                yield Show(program, page, osc)


@pytest.mark.parametrize("mounted", [True, False])
def test_a_full_disk_is_said_and_the_show_goes_on(tmp_path: Path, mounted: bool) -> None:
    """Values leave, page and terminal say what is lost, and with room the recording goes on."""
    folder = tmp_path / "disk"
    with small_disk(folder) as real:
        disk: SmallDisk = real if mounted else LimitedDisk(folder)
        with show(tmp_path, disk, "set.jsonl") as run:
            disk.fill(run.program.process.pid)
            said = run.wait_for_message(lambda text: "estimates are lost" in text)
            assert "set.jsonl cannot be written: " in said
            run.goes_on()
            disk.free(run.program.process.pid)
            run.wait_for_message(lambda text: not text)
            run.goes_on()
            assert run.program.interrupt()[0] == 0
            errors = run.program.errors()
        kept = disk.read("set.jsonl")
    assert kept.endswith(b"\n")
    (tmp_path / "kept.jsonl").write_bytes(kept)
    recording = read_recording(tmp_path / "kept.jsonl")
    numbers = [estimate.sequence for estimate in recording.estimates]
    assert numbers[0] == 0
    lost = numbers[-1] + 1 - len(numbers)
    assert lost >= 4
    assert "; the show goes on." in errors
    assert "is written again." in errors
    assert f"lacks {lost} estimates." in errors


@pytest.mark.parametrize("name", ["set.flac", "set.wav"])
def test_sound_on_a_full_disk_is_silence_in_its_place(tmp_path: Path, name: str) -> None:
    """The sound is said to be lost, and what follows stands where it belongs."""
    with small_disk(tmp_path / "disk", options="size=6m") as disk:
        with show(tmp_path, disk, name) as run:
            disk.fill(run.program.process.pid)
            run.wait_for_message(lambda text: "s are lost" in text)
            run.goes_on()
            disk.free(run.program.process.pid)
            run.wait_for_message(lambda text: not text)
            run.goes_on()
            before = len(run.osc.messages("/mer/arousal"))
            assert run.program.interrupt()[0] == 0
        (tmp_path / name).write_bytes(disk.read(name))
    sound, rate_hz = soundfile.read(tmp_path / name)
    assert before / 2 - 1.0 <= len(sound) / rate_hz <= before / 2 + 3.0


def test_a_disk_that_cannot_be_written_is_said_before_the_show(tmp_path: Path) -> None:
    """A read-only disk is refused with a sentence, for values and for sound."""
    (tmp_path / "disk").mkdir(mode=0o555)
    with small_disk(tmp_path / "disk", options="ro") as disk:
        for flag, name in (("--record", "set.jsonl"), ("--record-audio", "set.flac")):
            target = disk.folder / name
            result = run_program("--device", "demo", flag, target, before=list(disk.before))
            assert result.returncode == 2
            assert f"{target} cannot be made: " in result.stderr
            assert result.stderr.count("\n") == 1


def test_a_removed_folder_is_said_and_the_recording_written_anew(tmp_path: Path) -> None:
    """While there is no folder that is said; once it is back, the file is there from line one."""
    disk = LimitedDisk(tmp_path / "disk")
    disk.folder.mkdir()
    with show(tmp_path, disk, "set.jsonl") as run:
        disk.shell(f"rm -r '{disk.folder}'")
        said = run.wait_for_message(bool)
        assert "set.jsonl was removed: " in said
        run.goes_on()
        disk.folder.mkdir()
        run.wait_for_message(lambda text: not text)
        assert run.program.interrupt()[0] == 0
        assert "is written again." in run.program.errors()
    numbers = [each.sequence for each in read_recording(disk.folder / "set.jsonl").estimates]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 8


def test_another_file_in_the_place_of_a_removed_one_stays(tmp_path: Path) -> None:
    """Somebody's new file of that name is not overwritten; the loss is said."""
    disk = LimitedDisk(tmp_path / "disk")
    disk.folder.mkdir()
    with show(tmp_path, disk, "set.jsonl") as run:
        (tmp_path / "precious.jsonl").write_text("precious")
        (tmp_path / "precious.jsonl").replace(disk.folder / "set.jsonl")
        assert "was removed: file exists" in run.wait_for_message(bool)
        assert run.program.interrupt()[0] == 0
        assert "is gone: it was removed during the show." in run.program.errors()
    assert (disk.folder / "set.jsonl").read_text() == "precious"


def test_a_removed_sound_file_is_said(tmp_path: Path) -> None:
    """Nobody believes the sound to be kept when it is not."""
    disk = LimitedDisk(tmp_path / "disk")
    disk.folder.mkdir()
    with show(tmp_path, disk, "set.flac") as run:
        disk.shell(f"rm -r '{disk.folder}'")
        assert "set.flac was removed" in run.wait_for_message(bool)
        run.goes_on()
        assert run.program.interrupt()[0] == 0
    assert not disk.folder.exists()


WRITER = """
import os, sys, time
from pathlib import Path
import numpy as np
from realtime_mer.sinks.audio import AudioRecorder
from realtime_mer.sinks.recorder import Recorder
from support.estimates import make_estimate

folder = Path(sys.argv[1])
import soundfile
for number in range(int(sys.argv[2])):
    reading, writing = os.pipe()
    if os.fork() == 0:
        values = Recorder(folder / f"{number}{sys.argv[3]}", header={})
        sound = AudioRecorder(folder / f"{number}{sys.argv[4]}", 16_000, 2)
        block = np.random.default_rng(number).normal(0, 0.1, (1600, 2)).astype(np.float32)
        begin, sequence = time.monotonic(), 0
        while True:
            for _ in range(5):
                sound.take(block)
            values.publish(make_estimate(sequence))
            sequence += 1
            os.write(writing, sequence.to_bytes(4, "little"))
            time.sleep(max(0.0, begin + 0.05 * sequence - time.monotonic()))
    os.close(writing)
    time.sleep(float(sys.argv[5 + number]))
    pid = int(open(f"/proc/self/task/{os.getpid()}/children").read().split()[0])
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    told = 0
    while piece := os.read(reading, 65536):
        told = int.from_bytes(piece[-4:], "little")
    os.close(reading)
    print(told, flush=True)
"""


@pytest.mark.parametrize(("values", "sound"), [(".jsonl", ".flac"), (".csv", ".wav")])
def test_killed_at_any_moment_it_reads_back_to_the_last_second(
    tmp_path: Path, values: str, sound: str
) -> None:
    """SIGKILL at eight moments: lines are whole, and at most a second of sound is missing.

    The writer runs at ten times the speed of a show, so a tenth of a second of the wall is a
    second of the stream; the sound is promised by the wall's clock, four times a second.
    """
    chance = random.Random(3)
    moments = [f"{chance.uniform(0.6, 1.6):.3f}" for _ in range(8)]
    tests = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", WRITER, tmp_path, str(len(moments)), values, sound, *moments],
        env={**os.environ, "PYTHONPATH": f"{tests.parent}:{tests}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    for number, told in enumerate(map(int, done.stdout.split())):
        recording = read_recording(tmp_path / f"{number}{values}")
        assert [each.sequence for each in recording.estimates] == list(
            range(len(recording.estimates))
        )
        assert told - 2 <= len(recording.estimates) <= told + 1
        heard, rate_hz = soundfile.read(tmp_path / f"{number}{sound}")
        wall_s = 0.05 * told
        assert wall_s - 1.0 <= len(heard) / rate_hz / 10 <= wall_s + 0.1
        assert heard.any()
