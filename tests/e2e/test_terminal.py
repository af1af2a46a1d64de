"""The tracker in a terminal that closes, and with an output nobody reads any more."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.program import OscReceiver, command

pytestmark = pytest.mark.e2e

LIMIT_S = 30.0

HANGING = """
import sys, time
from realtime_mer.sources.demo import Demo
Demo.close = lambda self: time.sleep(3600)  # a driver that hangs
from realtime_mer.cli import main
sys.exit(main())
"""


class Terminal:
    """A terminal of its own, with a program in its foreground."""

    def __init__(self, words: list[str], *, hangup: signal.Handlers) -> None:
        self.process_id, self._master = pty.fork()
        if self.process_id == 0:
            signal.signal(signal.SIGHUP, hangup)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.execv(words[0], words)

    def read(self) -> bytes:
        """What the program has written since."""
        return os.read(self._master, 65_536)

    def press_control_c(self) -> None:
        """Type the key that interrupts."""
        os.write(self._master, b"\x03")

    def close(self) -> None:
        """Close the window."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def wait(self, limit_s: float = LIMIT_S) -> int:
        """Return the exit code, negative after a signal."""
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            found, status = os.waitpid(self.process_id, os.WNOHANG)
            if found:
                self.process_id = 0
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        raise AssertionError("the program did not end")

    def kill(self) -> None:
        """End what still runs."""
        self.close()
        if self.process_id:
            os.kill(self.process_id, signal.SIGKILL)
            os.waitpid(self.process_id, 0)


@contextmanager
def terminal(
    *arguments: str | Path, hangup: signal.Handlers = signal.SIG_DFL
) -> Iterator[Terminal]:
    """Run ``realtime-mer`` in a terminal for the length of a ``with`` block."""
    opened = Terminal(command(*arguments), hangup=hangup)
    try:
        yield opened
    finally:
        opened.kill()


def test_a_closed_terminal_ends_the_run_with_everything_written(tmp_path: Path) -> None:
    """The window is closed: exit code 0, and the recording ends in a whole line."""
    record = tmp_path / "set.jsonl"
    with OscReceiver() as receiver:
        flags = ["--device", "demo", "--osc", receiver.target, "--no-web", "--record", record]
        with terminal(*flags) as window:
            receiver.wait_for("/mer/arousal", 2, limit_s=LIMIT_S)
            assert b"arousal" in window.read()
            window.close()
            assert window.wait() == 0
    assert record.read_text().endswith("\n")


def test_nohup_outlives_its_terminal() -> None:
    """Started to survive the terminal, it goes on when there is none left to draw on."""
    with OscReceiver() as receiver:
        flags = ["--device", "demo", "--osc", receiver.target, "--no-web"]
        with terminal(*flags, hangup=signal.SIG_IGN) as window:
            receiver.wait_for("/mer/arousal", 2, limit_s=LIMIT_S)
            window.close()
            os.kill(window.process_id, signal.SIGHUP)
            before = len(receiver.messages("/mer/arousal"))
            receiver.wait_for("/mer/arousal", before + 4, limit_s=LIMIT_S)
            os.kill(window.process_id, signal.SIGTERM)
            assert window.wait() == 0


def test_control_c_leaves_the_terminal_as_it_was() -> None:
    """The cursor is shown again, and the exit code is 0."""
    with (
        OscReceiver() as receiver,
        terminal("--device", "demo", "--osc", receiver.target, "--no-web") as window,
    ):
        receiver.wait_for("/mer/arousal", 2, limit_s=LIMIT_S)
        window.press_control_c()
        written = b""
        while b"\x1b[?25h" not in written:  # a terminal that is gone raises OSError
            written += window.read()
        assert window.wait() == 0
    assert b"\x1b[?25l" in written
    assert b"Traceback" not in written


def test_a_second_control_c_does_not_wait_for_a_driver() -> None:
    """Where closing hangs, the second one ends the program at once."""
    with OscReceiver() as receiver:
        flags = ["--device", "demo", "--osc", receiver.target, "--no-web"]
        opened = Terminal([sys.executable, "-c", HANGING, *flags], hangup=signal.SIG_DFL)
        try:
            receiver.wait_for("/mer/arousal", 2, limit_s=LIMIT_S)
            opened.press_control_c()
            with pytest.raises(AssertionError, match="did not end"):
                opened.wait(1.0)
            opened.press_control_c()
            assert opened.wait(5.0) == 128 + signal.SIGINT
        finally:
            opened.kill()


@pytest.mark.parametrize("flags", [[], ["--log-format", "json", "--log-level", "debug"]])
def test_a_reader_that_goes_away_does_not_end_the_show(flags: list[str]) -> None:
    """``| head -3``: the lines are read, the pipe closes, OSC goes on, the end is clean."""
    with OscReceiver() as receiver:
        words = ["--device", "demo", "--osc", receiver.target, "--no-web", *flags]
        process = subprocess.Popen(
            command(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            for _ in range(3):
                assert process.stdout.readline()
            process.stdout.close()
            process.stderr.close()
            before = len(receiver.messages("/mer/arousal"))
            receiver.wait_for("/mer/arousal", before + 4, limit_s=LIMIT_S)
            process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait()
