"""A whole show for a soak: the tracker as a person starts it, and what it says of itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.program import Program, free_port, running

START_LIMIT_S = 60.0
PATIENCE_S = 20.0


class Show:
    """A running tracker, watched through its page's port.

    Attributes:
        program: the process.
        url: of its stream.
        statuses: every status it has sent, and in each when it ``arrived_s``.
        sequences: number of every estimate it has sent.
        offset_s: by how much the wall is ahead of stream time, at the last estimate.
    """

    def __init__(self, program: Program, port: int) -> None:
        self.program = program
        self.url = f"ws://127.0.0.1:{port}/ws"
        self.statuses: list[dict[str, Any]] = []
        self.sequences: list[int] = []
        self.offset_s = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def wait_for_estimates(self, count: int) -> None:
        """Return once so many have come."""
        deadline = time.monotonic() + START_LIMIT_S
        while len(self.sequences) < count:
            if time.monotonic() > deadline or self.program.process.poll() is not None:
                raise RuntimeError(f"no estimates: {self.program.output()}")
            time.sleep(0.1)

    @property
    def gaps(self) -> int:
        """Estimates whose numbers are missing."""
        return self.sequences[-1] - self.sequences[0] + 1 - len(self.sequences)

    def _watch(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            try:
                self._listen()
            except OSError:
                time.sleep(0.2)  # it is still starting
            else:
                return

    def _listen(self) -> None:
        with connect(self.url, compression=None, max_size=None) as stream:
            try:
                for text in stream:
                    message = json.loads(text)
                    if message["type"] == "status":
                        self.statuses.append(message | {"arrived_s": time.monotonic()})
                    elif message["type"] == "estimate":
                        self.sequences.append(message["sequence"])
                        self.offset_s = time.monotonic() - message["time_s"]
            except ConnectionClosed:
                return


@contextmanager
def show(
    folder: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> Iterator[Show]:
    """Run the tracker for the length of a ``with`` block.

    Args:
        folder: for what it prints.
        arguments: of the program, but for the page's port.
        environment: in place of this process's.
    """
    port = free_port()
    web = ["--web", f"127.0.0.1:{port}"]
    with running(folder, *arguments, *web, environment=environment) as program:
        yield Show(program, port)
