"""Recordings to analyse, and a web server that holds them back where a test wants it to."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from support.mosquitto import until


def music(seconds: float, rate_hz: int = 16_000, seed: int = 0) -> NDArray[np.float32]:
    """Something that moves: a chord that swells and brightens, in two channels."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    root = 110 * 2 ** np.random.default_rng(seed).uniform(0, 2)
    partials = [np.sin(2 * np.pi * root * k * t) * np.abs(np.sin(t / k)) / k for k in range(1, 7)]
    mono = 0.2 * np.sum(partials, axis=0)
    return np.stack([mono, 0.7 * mono], axis=1).astype(np.float32)


def write_music(path: Path, seconds: float = 2.0, rate_hz: int = 16_000, seed: int = 0) -> Path:
    """Write some music; the suffix chooses the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, music(seconds, rate_hz, seed), rate_hz)
    return path


def album(folder: Path, count: int, seconds: float = 2.0) -> list[Path]:
    """Write files of different music, and of different length in bytes."""
    return [
        write_music(folder / f"{number:03}.flac", seconds + number / 100, seed=number)
        for number in range(count)
    ]


class Shop:
    """Serves a folder, and can stop in the middle.

    Attributes:
        url: of the folder.
        asked: paths of the recordings that were asked for, in order.
    """

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self._open_after: int | None = None
        self._state = threading.Condition()
        shop = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                shop._enter(self.path)
                super().do_GET()

            def copyfile(self, source: Any, outputfile: Any) -> None:
                try:
                    super().copyfile(source, outputfile)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # whoever asked was killed

            def log_message(self, *_: object) -> None:
                pass

        handler = functools.partial(Handler, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def hold_after(self, count: int) -> None:
        """Answer so many requests for recordings, and let all further ones wait."""
        with self._state:
            self._open_after = len(self.asked) + count

    def wait_until_held(self, count: int) -> None:
        """Wait until so many requests wait."""
        held = self._open_after
        assert held is not None
        until(lambda: len(self.asked) >= held + count, f"{count} requests wait", 60)

    def open(self) -> None:
        """Answer everybody."""
        with self._state:
            self._open_after = None
            self._state.notify_all()

    def close(self) -> None:
        """End it."""
        self.open()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _enter(self, path: str) -> None:
        if not path.endswith((".flac", ".mp3")):
            return
        with self._state:
            self.asked.append(path)
            number = len(self.asked)
            self._state.wait_for(lambda: self._open_after is None or number <= self._open_after)


@contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    """Serve a folder for the length of a ``with`` block."""
    serving = Shop(folder)
    try:
        yield serving
    finally:
        serving.close()
