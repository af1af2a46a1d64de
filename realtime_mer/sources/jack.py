"""How to leave a JACK server: PortAudio's clean-up depends on whether it still lives.

PortAudio becomes a client of a running JACK server whichever device is opened. When the
interpreter ends, its clean-up must run while the server lives, for libjack's threads crash
in an interpreter that goes away beneath them; and it must not run once the server has died,
since it would abort the process. So the server is asked.
"""

from __future__ import annotations

import atexit
import ctypes
import sys
import threading
from typing import Any

from realtime_mer.sources.devices import load_sounddevice

NO_START_SERVER = 0x01
ANSWER_LIMIT_S = 0.5


def settle_exit(stream_hangs: bool) -> None:
    """Decide, once a stream has been closed, whether PortAudio may clean up at the end.

    Args:
        stream_hangs: whether the closing did not come to its end; the clean-up would wait
            for it for ever.
    """
    sounddevice = load_sounddevice()
    if stream_hangs or (_is_client(sounddevice) and not server_answers()):
        atexit.unregister(sounddevice._exit_handler)


def server_answers() -> bool:
    """Ask the JACK server for a second client; where there is no libjack, nothing is wrong."""
    if not sys.platform.startswith("linux"):  # elsewhere PortAudio comes without JACK
        return True
    try:
        library = ctypes.CDLL("libjack.so.0")
    except OSError:
        return True
    library.jack_client_open.restype = ctypes.c_void_p
    library.jack_client_close.argtypes = [ctypes.c_void_p]
    answers = threading.Event()

    def ask() -> None:
        status = ctypes.c_int()
        client = library.jack_client_open(
            b"realtime-mer leaves", NO_START_SERVER, ctypes.byref(status)
        )
        if client:
            library.jack_client_close(client)
            answers.set()

    thread = threading.Thread(target=ask, name="is JACK there", daemon=True)
    thread.start()
    thread.join(ANSWER_LIMIT_S)
    return answers.is_set()


def _is_client(sounddevice: Any) -> bool:
    apis = sounddevice.query_hostapis()
    return any("JACK" in api["name"] for api in apis)
