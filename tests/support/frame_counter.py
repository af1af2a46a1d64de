"""Plays the number of each of JACK's frames into a program that listens there.

``python frame_counter.py PATTERN`` connects itself to the first two inputs whose names match,
prints ``connected`` and goes on until it is ended. It is a client of its own, so what it says
depends on nothing but JACK's clock: a frame the listener did not hear is a number it lacks.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.counting import sound_of

AUDIO = b"32 bit float mono audio"
INPUT, OUTPUT = 1, 2
NO_START_SERVER = 1
CONNECT_LIMIT_S = 20.0


def main(pattern: str) -> None:
    """Play until the end."""
    jack = ctypes.CDLL("libjack.so.0")
    for name in ("jack_client_open", "jack_port_register", "jack_port_get_buffer"):
        getattr(jack, name).restype = ctypes.c_void_p
    jack.jack_port_name.restype = ctypes.c_char_p
    jack.jack_get_ports.restype = ctypes.POINTER(ctypes.c_char_p)
    jack.jack_last_frame_time.restype = ctypes.c_uint32
    status = ctypes.c_int()
    client = ctypes.c_void_p(
        jack.jack_client_open(b"frame counter", NO_START_SERVER, ctypes.byref(status))
    )
    if not client:
        raise SystemExit(f"no JACK server (status {status.value})")
    ports = [
        ctypes.c_void_p(jack.jack_port_register(client, name, AUDIO, ctypes.c_ulong(OUTPUT), 0))
        for name in (b"low", b"high")
    ]

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)
    def process(frames: int, argument: object) -> int:
        first = jack.jack_last_frame_time(client)
        sound = sound_of(np.arange(first, first + frames))
        for port, column in zip(ports, sound.T, strict=True):
            address = jack.jack_port_get_buffer(port, ctypes.c_uint32(frames))
            buffer = ctypes.cast(address, ctypes.POINTER(ctypes.c_float))
            np.ctypeslib.as_array(buffer, (frames,))[:] = column
        return 0

    jack.jack_set_process_callback(client, process, None)
    if jack.jack_activate(client):
        raise SystemExit("JACK does not want this client")
    for number, port in enumerate(ports):
        name = jack.jack_port_name(port)
        if jack.jack_connect(client, name, _find(jack, client, pattern, number)):
            raise SystemExit(f"{name!r} cannot be connected")
    print("connected", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


def _find(jack: ctypes.CDLL, client: ctypes.c_void_p, pattern: str, number: int) -> bytes:
    """Return the name of an input, once it is there."""
    deadline = time.monotonic() + CONNECT_LIMIT_S
    while time.monotonic() < deadline:
        found = jack.jack_get_ports(client, pattern.encode(), AUDIO, ctypes.c_ulong(INPUT))
        names = []
        while found and found[len(names)]:
            names.append(found[len(names)])
        if len(names) > number:
            return bytes(names[number])
        time.sleep(0.1)
    raise SystemExit(f"nobody listens as {pattern}")


if __name__ == "__main__":
    main(sys.argv[1])
