"""A private JACK server on its dummy card: a sound card with many channels and one rate."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STOP_LIMIT_S = 10.0

NAMES = 4
"""JACK keeps a list of eight servers for each user, and one that was killed stays on it until
the next of the same name. So names are used again, each by one server at a time."""


REALTIME_PRIORITY = 60
CLIENT_PRIORITY = REALTIME_PRIORITY - 5
"""What JACK gives its clients."""


def realtime_is_granted() -> bool:
    """Whether this machine lets us go before other programs."""
    return os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= REALTIME_PRIORITY


class JackServer:
    """A running server and the environment in which programs find it."""

    def __init__(
        self,
        folder: Path,
        rate_hz: int,
        channels: int,
        *,
        realtime: bool = False,
        waits: bool = False,
    ) -> None:
        for program in ("jackd", "jack_wait"):
            if shutil.which(program) is None:
                raise RuntimeError(f"{program} is missing: sudo apt install jackd2")
        self._lock, self.name = _free_name()
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "JACK_DEFAULT_SERVER": self.name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
            "PULSE_SERVER": "none",
        }
        self._folder = folder
        self._channels = channels
        hurries = realtime and realtime_is_granted()
        self._flags = ["-R", f"-P{REALTIME_PRIORITY}"] if hurries else ["--no-realtime"]
        self._flags += ["--sync"] if waits else []
        self._start(rate_hz)

    def _start(self, rate_hz: int) -> None:
        card = f"-d dummy -r {rate_hz} -p 512 -C {self._channels} -P 2".split()
        path = self._folder / "jack.log"
        with path.open("ab") as log, _one_at_a_time():
            self._process = subprocess.Popen(
                ["jackd", "-n", self.name, *self._flags, *card],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            wait = ["jack_wait", "-s", self.name, "-w", "-t", "20"]
            try:
                subprocess.run(
                    wait, env=self.environment, check=True, timeout=30, capture_output=True
                )
            except subprocess.SubprocessError as error:
                self.stop()
                raise RuntimeError(f"jackd does not start: {path.read_text()}") from error
            except BaseException:
                self.stop()
                raise

    @property
    def pid(self) -> int:
        """Process number of the server."""
        return self._process.pid

    def restart(self, rate_hz: int) -> None:
        """Begin again at any rate, after :meth:`kill` or :meth:`quit`."""
        self._start(rate_hz)

    def quit(self) -> None:
        """Let the server end as it wants to."""
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Let the server die without a word."""
        self._process.kill()
        self._process.wait(STOP_LIMIT_S)

    def stop(self) -> None:
        """End the server; further calls do nothing."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._lock.close()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one server start, and then the next: all write into one list of this user's."""
    with (Path(tempfile.gettempdir()) / "mer-test-start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _free_name() -> tuple[TextIO, str]:
    """Return a name that no other test uses now, and the open file that keeps it so."""
    for number in range(NAMES):
        name = f"mer-test-{number}"
        lock = (Path(tempfile.gettempdir()) / f"{name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return lock, name
    raise RuntimeError(f"{NAMES} tests run a JACK server at this moment")


@contextmanager
def jack_server(
    folder: Path,
    rate_hz: int = 48_000,
    channels: int = 2,
    *,
    realtime: bool = False,
    waits: bool = False,
) -> Iterator[JackServer]:
    """Run a private JACK for the length of a ``with`` block.

    Args:
        folder: for its log.
        rate_hz: the one rate it has.
        channels: inputs of its dummy card, which hear silence.
        realtime: whether it asks for real-time priority, as on a stage; where the system
            grants none, it does without.
        waits: whether it waits for its clients in every turn (``--sync``), in place of going
            on without those that are late.
    """
    server = JackServer(folder, rate_hz, channels, realtime=realtime, waits=waits)
    try:
        yield server
    finally:
        server.stop()
