"""The capturing process: ``python -m realtime_mer.sources.capture.child REQUEST``.

It opens a device and writes :mod:`messages <realtime_mer.sources.capture.messages>` to
standard output. A byte on standard input starts the stream, the end of standard input ends
the process, whatever the driver is doing: so it never outlives the tracker.

``LIST`` in place of a request has it name every device and leave.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from typing import NoReturn

from realtime_mer.errors import UserError
from realtime_mer.sources.capture.messages import LIST, START, Kind
from realtime_mer.sources.capture.request import CaptureRequest
from realtime_mer.sources.capture.sender import BACKLOG_S, Sender
from realtime_mer.sources.capture.stream import InputStream
from realtime_mer.sources.capture.urgency import hurry
from realtime_mer.sources.devices import full_name, list_devices, load_sounddevice

CLOSE_LIMIT_S = 0.5
"""Closing a stream of a dead JACK hangs for ever."""
SWITCH_S = 0.0005
"""How long one thread may keep the audio callback from Python's lock; the default is 5 ms."""


def main(request: str) -> NoReturn:
    """Serve one request, then leave without any clean-up that a driver could stumble over."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):  # the tracker says when it is over
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    sender = Sender(_take_over_output())
    capture = _Capture(sender)
    threading.Thread(target=capture.obey, name="orders", daemon=True).start()
    try:
        if request == LIST:
            sender.say(Kind.HELLO, json.dumps(_inventory()))
        else:
            capture.serve(CaptureRequest.decode(request))
    except UserError as error:
        sender.say(Kind.GONE, str(error))
    sender.flush(CLOSE_LIMIT_S)
    leave()


class _Capture:
    """One device, from its opening to its end."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._stream: InputStream | None = None
        self._started = threading.Event()

    def serve(self, request: CaptureRequest) -> None:
        """Open, wait for the word to start, and send until the device is gone."""
        devices = list_devices()
        info = request.choose(devices)
        stream = self._stream = InputStream(info, request.channels, request.rate_hz)
        self._sender.most_waiting_samples = round(BACKLOG_S * stream.rate_hz)
        inputs = [device for device in devices if device.input_channels > 0]
        hello = {
            "device": asdict(info),
            "rate_hz": stream.rate_hz,
            "channels": stream.channels,
            "beside": [full_name(device) for device in inputs if device != info],
        }
        self._sender.say(Kind.HELLO, json.dumps(hello))
        self._started.wait()
        sys.setswitchinterval(SWITCH_S)
        hurry()
        gc.collect()
        gc.freeze()
        stream.start(self._sender.take)
        self._sender.say(Kind.GONE, str(stream.wait_until_gone()))

    def obey(self) -> None:
        """Do what the tracker says, and leave when it has no more to say."""
        while order := os.read(0, 1):
            if order == START:
                self._started.set()
        if self._stream is not None:
            closer = threading.Thread(target=self._stream.close, name="close", daemon=True)
            closer.start()
            closer.join(CLOSE_LIMIT_S)
        leave()


def _inventory() -> dict[str, object]:
    devices = [asdict(device) for device in list_devices()]
    return {"portaudio": load_sounddevice().get_portaudio_version()[1], "devices": devices}


def leave() -> NoReturn:
    """End at once: PortAudio's own clean-up aborts the process where JACK has died."""
    os._exit(0)


def _take_over_output() -> int:
    """Keep the pipe from everything a driver may print, or start as a process of its own."""
    kept = os.dup(sys.stdout.fileno())  # not inherited by what a sound library starts
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(kept, os.O_BINARY)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return kept


if __name__ == "__main__":
    main(sys.argv[1])
