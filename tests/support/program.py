"""The program as a person starts it, and a receiver of what it sends.

Nothing here imports the package: the tests see what stands outside of it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pythonosc.osc_message import OscMessage

RUN_LIMIT_S = 120.0
STOP_LIMIT_S = 10.0


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of ``realtime-mer`` with these arguments."""
    return [sys.executable, "-m", "realtime_mer", *map(str, arguments)]


def run_program(
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    before: list[str] | None = None,
    limit_s: float = RUN_LIMIT_S,
) -> subprocess.CompletedProcess[str]:
    """Run ``realtime-mer`` to its end.

    Args:
        arguments: of the program.
        environment: in place of this process's.
        before: a command that runs the program, such as ``["unshare", ...]``.
        limit_s: seconds after which it is killed and the test fails.
    """
    return subprocess.run(
        [*(before or []), *command(*arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=limit_s,
    )


class Program:
    """The tracker, running; its output goes to two files."""

    def __init__(
        self,
        folder: Path,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> None:
        self._out, self._err = folder / "stdout.txt", folder / "stderr.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*before, *command(*arguments)],
                env={**(environment or os.environ), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def output(self) -> str:
        """Everything printed so far, the errors last."""
        return self._out.read_text() + self._err.read_text()

    def errors(self) -> str:
        """Everything printed to the error stream so far."""
        return self._err.read_text()

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float]:
        """Send a signal, as Ctrl-C does; return the exit code and the seconds until it ended."""
        begin = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(STOP_LIMIT_S)
        return code, time.monotonic() - begin

    def stop(self) -> None:
        """End it, by force where it must be."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(STOP_LIMIT_S)


@contextmanager
def running(
    folder: Path,
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Iterator[Program]:
    """Run ``realtime-mer`` for the length of a ``with`` block.

    Args:
        folder: for what it prints.
        arguments: of the program.
        environment: in place of this process's.
        before: a command that becomes the program, such as ``nsenter ...``.
    """
    program = Program(folder, *arguments, environment=environment, before=before)
    try:
        yield program
    finally:
        program.stop()


@dataclass(frozen=True, slots=True)
class Received:
    """One OSC message: address, arguments, and when it came by ``time.monotonic``."""

    address: str
    arguments: tuple[float | int | str, ...]
    arrived_s: float


class OscReceiver:
    """A UDP port that keeps every OSC message sent to it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._messages: list[Received] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def __enter__(self) -> OscReceiver:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", self._socket.getsockname())  # wakes the thread for the last time
        self._thread.join()
        self._socket.close()

    def messages(self, address: str) -> list[Received]:
        """Return what has come to one address, in order."""
        with self._news:
            return [message for message in self._messages if message.address == address]

    def values(self, address: str) -> list[float]:
        """Return the first argument of every message to one address."""
        return [float(message.arguments[0]) for message in self.messages(address)]

    def wait_for(self, address: str, count: int, limit_s: float) -> list[float]:
        """Return the values of an address once there are ``count`` of them, or fail."""
        deadline = time.monotonic() + limit_s
        with self._news:
            while sum(message.address == address for message in self._messages) < count:
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    seen = sorted({message.address for message in self._messages})
                    raise AssertionError(f"fewer than {count} {address} in {limit_s} s; saw {seen}")
                self._news.wait(left_s)
        return self.values(address)

    def _receive(self) -> None:
        while datagram := self._socket.recv(65_536):
            message = OscMessage(datagram)
            received = Received(message.address, tuple(message.params), time.monotonic())
            with self._news:
                self._messages.append(received)
                self._news.notify_all()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of this machine that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
