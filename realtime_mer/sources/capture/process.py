"""The tracker's end of a capturing process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, cast

import realtime_mer
from realtime_mer.errors import UserError
from realtime_mer.sources.capture.messages import LIST, Kind, Message, read
from realtime_mer.sources.devices import DeviceInfo

OPEN_LIMIT_S = 12.0
"""PulseAudio took 1.9 s to answer on a busy machine; a server that is stopped never does."""
CLOSE_LIMIT_S = 0.7
PROGRAM = "realtime_mer.sources.capture.child"
NO_ANSWER = (
    "The sound system does not answer: restart the sound server (PulseAudio, PipeWire, JACK), or "
    "play the built-in demo with --device demo."
)


if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NO_WINDOW | subprocess.ABOVE_NORMAL_PRIORITY_CLASS
else:
    _CREATION_FLAGS = 0


class CaptureProcess:
    """A capturing process and the pipes to and from it.

    Args:
        request: its argument, see :mod:`realtime_mer.sources.capture.child`.
    """

    def __init__(self, request: str) -> None:
        # -P: a file of the person's folder that is called like a library is not loaded for it.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", PROGRAM, request],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what ALSA and JACK print is no person's business
            env=_environment(),
            creationflags=_CREATION_FLAGS,
        )
        self._output = cast("BinaryIO", self._process.stdout)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def receive(self, limit_s: float) -> Message:
        """Return its next message, while nobody else reads.

        Raises:
            UserError: it has nothing to give, for the reason it says; or it hangs.
        """
        answers: SimpleQueue[Message | None] = SimpleQueue()
        threading.Thread(
            target=lambda: answers.put(read(self._output)), name="capture answer", daemon=True
        ).start()
        try:
            message = answers.get(timeout=limit_s)
        except Empty:
            raise UserError(NO_ANSWER) from None
        if message is None:
            raise UserError(NO_ANSWER)
        if message.kind is Kind.GONE:
            raise UserError(message.payload.decode())
        return message

    def next(self) -> Message | None:
        """Wait for the next message; None when no more will come."""
        return read(self._output)

    def order(self, order: bytes) -> None:
        """Say something to it; one that is gone does not mind."""
        pipe = cast("BinaryIO", self._process.stdin)
        with suppress(OSError):
            pipe.write(order)
            pipe.flush()

    def end(self) -> None:
        """End it within a second, by force where it must be."""
        with suppress(OSError):
            cast("BinaryIO", self._process.stdin).close()
        try:
            self._process.wait(CLOSE_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(CLOSE_LIMIT_S)

    def close_output(self) -> None:
        """Close the pipe from it, once nobody reads."""
        with suppress(OSError):
            self._output.close()


def _environment() -> dict[str, str]:
    """This process's environment, in which the package itself is found."""
    here = str(Path(realtime_mer.__file__).resolve().parent.parent)
    paths = (here, os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def list_inputs() -> list[DeviceInfo]:
    """Return every input device there is now, also one that has just been plugged in.

    PortAudio looks for devices once, when it is loaded. So a fresh process looks.

    Raises:
        UserError: PortAudio is missing or does not answer.
    """
    devices = [DeviceInfo(**fields) for fields in _inventory()["devices"]]
    return [device for device in devices if device.input_channels > 0]


def portaudio_version() -> str:
    """Return what PortAudio calls itself.

    Raises:
        UserError: it is missing or does not answer.
    """
    return str(_inventory()["portaudio"])


def _inventory() -> dict[str, Any]:
    process = CaptureProcess(LIST)
    try:
        inventory: dict[str, Any] = json.loads(process.receive(OPEN_LIMIT_S).payload)
    finally:
        process.end()
    process.close_output()
    return inventory
