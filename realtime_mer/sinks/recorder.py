"""Estimates written to a file as they come, one line each."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

from realtime_mer import rows
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate, Status
from realtime_mer.sinks.new_file import Removed, create, is_removed, named, reason, written_anew

SCHEMA = 1
"""Number of the JSONL format; it grows when a field changes its meaning."""
LONGEST_QUEUE = 10_000
"""Estimates that wait for a slow disk, more than an hour's worth; later ones are lost."""
CLOSE_LIMIT_S = 1.0

log = logging.getLogger(__name__)


class Recorder:
    """Writes ``.jsonl`` (a header line, then an estimate a line) or ``.csv``.

    Every line is handed to the operating system as it comes, so that a crash costs at most
    the last one. A disk that fills up costs lines, never the show: what cannot be written is
    counted and logged, the file keeps only whole lines, and writing resumes with the space.
    Where the file is removed, or its folder, it is written anew, from its first line, as soon
    as there is a place for it.

    Args:
        path: file to make; never one that exists. The suffix chooses the format, and
            ``{time}`` in the name becomes the time of the start.
        header: what the first line of JSONL says of the run (``model``, ``device``,
            ``rate`` …), beside ``schema`` and ``started``, which are filled in; its
            ``dimensions`` also choose the columns of CSV, and ``streams``, where there are
            several, add one.

    Raises:
        UserError: if the suffix is neither, the file exists, or it cannot be made.
    """

    def __init__(self, path: Path, *, header: dict[str, object]) -> None:
        path = named(Path(path))
        suffix = path.suffix.lower()
        if suffix not in (".jsonl", ".csv"):
            raise UserError(
                f"{path} cannot be recorded to: choose a name that ends in .jsonl or .csv."
            )
        self.lost = 0
        """Estimates that could not be written."""
        self._path = path
        self._line = rows.json_line if suffix == ".jsonl" else rows.csv_line
        self._failing = False
        self._closed = False
        self._queue: SimpleQueue[Estimate | None] = SimpleQueue()
        self._trouble = ""
        self._file = create(path)
        self._length = 0
        try:
            self._append(_first_line(suffix, header))
        except OSError as error:
            self._file.close()
            raise UserError(
                f"{path} cannot be written: {reason(error)}; free space, or choose another place."
            ) from None
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def publish(self, estimate: Estimate) -> None:
        """Have one estimate written."""
        if self._closed:
            return
        if self._queue.qsize() >= LONGEST_QUEUE:
            self._fail("the disk is too slow")
        else:
            self._queue.put(estimate)

    def report(self, status: Status) -> None:
        """Nothing: a recording holds estimates alone."""

    def trouble(self) -> str:
        """Return what is wrong now, as a sentence, or an empty text."""
        if not self._trouble:
            return ""
        lost = f" ({self.lost} estimates are lost)" if self.lost else ""
        return f"{self._path} {self._trouble}{lost}."

    def close(self) -> None:
        """Write what waits, for a second at the most, and close the file."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join(CLOSE_LIMIT_S)
        if self._thread.is_alive():
            log.warning("%s: the disk is too slow, the end may be missing.", self._path)
        if self.lost:
            log.warning("%s lacks %d estimates.", self._path, self.lost)
        if self._trouble.startswith("was removed"):
            log.warning("%s is gone: it was removed during the show.", self._path)

    def _work(self) -> None:
        while (estimate := self._queue.get()) is not None:
            try:
                self._append(self._line(estimate))
                removed = is_removed(self._file)
                if removed:
                    self._file = written_anew(self._file, self._path)
            except Removed as error:
                self._say(f"was removed: {error}")
            except OSError as error:
                self._fail(reason(error))
            else:
                if self._failing:
                    self._failing, self._trouble = False, ""
                    log.info("%s is written again.", self._path)
                elif removed:
                    log.warning("%s was removed, and is written anew.", self._path)
        self._file.close()

    def _append(self, line: str) -> None:
        """Write a whole line, or none of it and raise OSError."""
        data = line.encode()
        written = 0
        try:
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError:
            # A full disk takes the part that fits; what follows must not be glued to it.
            with contextlib.suppress(OSError):
                self._file.seek(self._length)
                self._file.truncate()
            raise
        self._length += len(data)

    def _fail(self, reason: str) -> None:
        self.lost += 1
        self._say(f"cannot be written: {reason}")

    def _say(self, trouble: str) -> None:
        self._trouble = trouble
        if not self._failing:
            self._failing = True
            log.error("%s %s; the show goes on.", self._path, trouble)


def _first_line(suffix: str, header: dict[str, object]) -> str:
    if suffix == ".csv":
        dimensions = header.get("dimensions", rows.DEFAULT_DIMENSIONS)
        if not isinstance(dimensions, list | tuple):
            raise TypeError(f"dimensions is a list of names, not {dimensions!r}")
        return rows.csv_header(dimensions, streams=bool(header.get("streams")))
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"schema": SCHEMA, "started": started, **header}) + "\n"
