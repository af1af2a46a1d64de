"""A real broker, Mosquitto, on a port of its own, and its own program that subscribes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from support.program import free_port

LIMIT_S = 20.0
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"  # where Debian has servers


def until(condition: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> None:
    """Wait for a condition, or fail with what did not happen."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {limit_s} s"
        time.sleep(0.02)


class Mosquitto:
    """A broker on this machine, for nobody else.

    Args:
        folder: its own.
        settings: further lines of its configuration.
        anonymous: whether clients need no password.
    """

    def __init__(
        self, folder: Path, settings: Sequence[str] = (), *, anonymous: bool = True
    ) -> None:
        self.port = free_port()
        self._log = folder / "mosquitto.log"
        self._configuration = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {str(anonymous).lower()}",
            *settings,
        ]
        if os.getuid() == 0:
            lines.append("user root")  # else it goes on as somebody who may not read the folder
        self._configuration.write_text("\n".join(lines) + "\n")
        self.start()

    def url(self, topic: str = "mer", who: str = "", scheme: str = "mqtt") -> str:
        """The address as it is given to the tracker."""
        return f"{scheme}://{who}127.0.0.1:{self.port}/{topic}"

    def start(self) -> None:
        """Run it, until it listens."""
        program = shutil.which("mosquitto", path=PLACES)
        assert program is not None, "Mosquitto is not installed"
        with self._log.open("ab") as log:
            command = [program, "-c", self._configuration]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._listens, f"Mosquitto listens: {self._log.read_text()}")

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text()

    def kill(self) -> None:
        """End it as a power cut does; what was retained is lost."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(LIMIT_S)

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LIMIT_S)
        if self.process.poll() is None:
            self.kill()

    def _listens(self) -> bool:
        assert self.process.poll() is None, self._log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


class Subscriber:
    """Mosquitto's own ``mosquitto_sub``: what comes, in order.

    Args:
        broker: where.
        topic: with wildcards.
        options: further ones of the program.
    """

    def __init__(self, broker: Mosquitto, topic: str = "mer/#", options: Sequence[str] = ()):
        self._output = broker._log.with_name(f"subscriber-{time.monotonic_ns()}.txt")
        with self._output.open("wb") as file:
            self._process = subprocess.Popen(
                [
                    "stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port),
                    "-t", topic, "-F", "%r %t %p", *options,
                ],
                stdout=file,
                stderr=subprocess.STDOUT,
            )  # fmt: skip

    def heard(self, topic: str = ".*") -> list[str]:
        """Payloads that have come to a topic (a regular expression), in order."""
        lines = self._output.read_text().splitlines()
        found = (re.fullmatch(rf"[01] (?:{topic}) (.*)", line) for line in lines)
        return [match[1] for match in found if match]

    def retained(self) -> dict[str, str]:
        """What the broker had kept when this one came."""
        lines = self._output.read_text().splitlines()
        return dict(line[2:].split(" ", 1) for line in lines if line.startswith("1 "))

    def wait_for(self, topic: str, payload: str | None = None, count: int = 1) -> list[str]:
        """Return what has come to a topic once a payload is among it, so many times."""

        def come() -> bool:
            said = self.heard(topic)
            return (len(said) if payload is None else said.count(payload)) >= count

        until(come, f"{count} × {topic} {payload or ''}: {self._output.read_text()[-2000:]}")
        return self.heard(topic)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(LIMIT_S)


@contextmanager
def mosquitto(
    folder: Path, settings: Sequence[str] = (), *, anonymous: bool = True
) -> Iterator[Mosquitto]:
    """Run a broker for the length of a ``with`` block."""
    folder.mkdir(parents=True, exist_ok=True)
    broker = Mosquitto(folder, settings, anonymous=anonymous)
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def subscriber(
    broker: Mosquitto, topic: str = "mer/#", options: Sequence[str] = ()
) -> Iterator[Subscriber]:
    """Subscribe for the length of a ``with`` block."""
    listening = Subscriber(broker, topic, options)
    try:
        yield listening
    finally:
        listening.stop()
