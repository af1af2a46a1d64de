"""The capturing process itself: how it starts, what it says, and that it always ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.jack import jack_server
from support.pulse import pulse_server
from support.sinks import wait_until

from realtime_mer.errors import UserError
from realtime_mer.sources.capture.process import CaptureProcess, list_inputs, portaudio_version

pytestmark = pytest.mark.e2e

HEAR = """
import sys, time
from realtime_mer.sources.microphone import Microphone
source = Microphone(sys.argv[1])
blocks = []
source.start(lambda block: blocks.append(len(block)), lambda failure: print(failure, flush=True))
while not blocks:
    time.sleep(0.01)
print(source._process.pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def listener(environment: dict[str, str], device: str) -> tuple[subprocess.Popen[str], int]:
    """Start a program that listens; return it, and the number of its capturing process."""
    program = subprocess.Popen(
        [sys.executable, "-c", HEAR, device], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    return program, int(program.stdout.readline())


def test_it_names_the_devices_there_are_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that was plugged in after the start is on the list of a running program."""
    with pulse_server(tmp_path) as pulse:
        for name, value in pulse.environment.items():
            monkeypatch.setenv(name, value)
        before = [device.name for device in list_inputs()]
        (tmp_path / "pulse-home" / ".asoundrc").write_text(
            'pcm.stage { type pulse hint { show on description "Stage" } }\n'
        )
        after = [device.name for device in list_inputs()]
    assert "pulse" in before
    assert "stage" not in before
    assert "stage" in after
    assert "PortAudio" in portaudio_version()


def test_a_server_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound server that was stopped answers nothing, and the sentence says so."""
    monkeypatch.setattr("realtime_mer.sources.capture.process.OPEN_LIMIT_S", 1.0)
    with pulse_server(tmp_path) as pulse:
        for name, value in pulse.environment.items():
            monkeypatch.setenv(name, value)
        os.kill(pulse.pid, signal.SIGSTOP)
        try:
            with pytest.raises(UserError, match="does not answer"):
                list_inputs()
        finally:
            os.kill(pulse.pid, signal.SIGCONT)


@pytest.mark.parametrize("kill_jack", [False, True])
def test_it_ends_with_its_program(tmp_path: Path, kill_jack: bool) -> None:
    """Whoever listens is killed: the capturing process goes too, whatever its driver does."""
    with jack_server(tmp_path) as jack:
        program, pid = listener(jack.environment, "system")
        assert alive(pid)
        if kill_jack:
            jack.kill()
        program.kill()
        program.wait(10)
        wait_until(lambda: not alive(pid), 5.0)


def test_signals_are_for_the_program(tmp_path: Path) -> None:
    """Ctrl-C and kill reach a whole group of processes; the program decides when it is over."""
    with pulse_server(tmp_path) as pulse:
        program, pid = listener(pulse.environment, "pulse")
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(pid, number)
            time.sleep(0.3)
            assert alive(pid)
        finally:
            program.kill()
            program.wait(10)
        wait_until(lambda: not alive(pid), 5.0)


def test_a_process_that_is_killed_ends_the_source(tmp_path: Path) -> None:
    """As when a driver aborts it: the sentence comes, and the program lives."""
    with pulse_server(tmp_path) as pulse:
        program, pid = listener(pulse.environment, "pulse")
        try:
            os.kill(pid, signal.SIGKILL)
            assert program.stdout is not None
            assert "“pulse” is gone: its driver has broken down" in program.stdout.readline()
            assert program.poll() is None
        finally:
            program.kill()
            program.wait(10)


def test_ending_a_process_that_hangs_takes_under_a_second() -> None:
    """By force where it must be."""
    process = CaptureProcess("list")
    os.kill(process.pid, signal.SIGSTOP)
    began_s = time.monotonic()
    process.end()
    assert time.monotonic() - began_s < 2.0
    assert not alive(process.pid)
    process.close_output()
