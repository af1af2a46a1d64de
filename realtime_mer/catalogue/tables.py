"""The tables of a catalogue: a folder of Parquet files that grows part by part.

``docs/catalogues.md`` describes them. A part of the estimates is put into place before the part
of the tracks that belongs to it, each whole or not at all: what the tracks do not name does not
count, and is removed when the work goes on. So a crash at any moment costs what was not yet
written, and never makes anything stand there twice.
"""

from __future__ import annotations

import hashlib
import os
import time
from itertools import compress
from pathlib import Path
from typing import Any

from realtime_mer.analysis.whole_file import write_whole
from realtime_mer.catalogue.columns import Columns, library
from realtime_mer.catalogue.index import Index
from realtime_mer.catalogue.job import DIGEST_BYTES, Failed, Outcome, Track, Written
from realtime_mer.errors import UserError

PART_ROWS = 2_000_000
"""Estimates in a part, some 4,000 songs: files of a size that query engines like."""
PART_S = 60.0
"""Seconds after which what has come is written, however little: the most a crash can cost."""

TRACKS, FAILURES = "_tracks", "_failures"
"""Folders of the other tables; their underscore hides them from readers of the whole folder."""
PARTS = "part-*.parquet"


class Tables:
    """Takes outcomes and writes them.

    Args:
        folder: made where it is missing.
        columns: makes tables of outcomes.
        engine: of model and front end; what another one did does not count as done.
        resume: whether to go on with what is there.

    Raises:
        UserError: there are tables and nobody wants to resume; what is there is something else;
            a part cannot be read; the disk refuses.
    """

    def __init__(self, folder: Path, columns: Columns, engine: str, *, resume: bool) -> None:
        self._arrow = library()
        self._columns = columns
        self._engine = engine
        self._folder = folder
        self.done = Index()
        """Contents that this engine has been through."""
        self._named = Index()
        """The same, each with the name of a file that has it."""
        self._prepare(resume)
        parts = (int(part.stem.removeprefix("part-")) for part in folder.rglob(PARTS))
        self._number = 1 + max(parts, default=0)
        self._tracks: list[dict[str, Any]] = []
        self._failures: list[Failed] = []
        self._waiting: list[Track] = []
        self._waiting_rows = 0
        self._begun_s = time.monotonic()

    def take(self, outcome: Outcome) -> None:
        """Keep what came of a file; now and then a part is written.

        Raises:
            UserError: the disk refuses.
        """
        if isinstance(outcome, Failed):
            self._failures.append(outcome)
            return
        if isinstance(outcome, Written):
            raise TypeError("files of their own do not go into tables")
        first = self.done.add(outcome.size_bytes, outcome.content)
        if self._named.add(outcome.size_bytes, _named(outcome.name, outcome.content)):
            self._tracks.append(self._columns.track(outcome, first=first))
        if first and isinstance(outcome, Track):
            self._waiting.append(outcome)
            self._waiting_rows += len(outcome.values)
        if self._waiting_rows >= PART_ROWS:
            self.write()

    def tick(self) -> None:
        """Write what has waited long enough."""
        if time.monotonic() - self._begun_s >= PART_S:
            self.write()

    def write(self) -> None:
        """Put everything that has been taken into place."""
        self._begun_s = time.monotonic()
        name = f"part-{self._number:06d}.parquet"
        if self._waiting:
            self._put(self._folder / name, self._columns.estimates(self._waiting))
        if self._tracks:
            self._put(self._folder / TRACKS / name, self._columns.tracks(self._tracks))
        if self._failures:
            self._put(self._folder / FAILURES / name, self._columns.failures(self._failures))
        if self._tracks or self._failures:
            self._number += 1
        self._tracks, self._failures, self._waiting, self._waiting_rows = [], [], [], 0

    def _prepare(self, resume: bool) -> None:
        folder = self._folder
        if folder.is_file():
            raise UserError(f"{folder} is a file: tables go into a folder, give --out another.")
        there = folder.is_dir() and any(folder.iterdir())
        if there and not (folder / TRACKS).is_dir():
            raise UserError(f"{folder} holds something else: give --out another name.")
        if there and not resume:
            raise UserError(
                f"{folder} is there already: go on with it by --resume, or give --out another name."
            )
        try:
            for place in (folder, folder / TRACKS, folder / FAILURES):
                place.mkdir(parents=True, exist_ok=True)
            self._tidy()
        except OSError as error:
            raise UserError(
                f"The folder {folder} cannot be used ({error.strerror}): give --out another."
            ) from error
        for part in sorted((folder / TRACKS).glob(PARTS)):
            self._read_done(part)

    def _tidy(self) -> None:
        """Remove parts of a run that was killed between two of them, and its failures.

        What failed is tried again, so the failures are those of the last run.
        """
        counted = {part.name for part in (self._folder / TRACKS).glob(PARTS)}
        orphans = [part for part in self._folder.glob(PARTS) if part.name not in counted]
        halves = self._folder.rglob(".part-*.part")
        failures = (self._folder / FAILURES).glob(PARTS)
        for part in [*orphans, *halves, *failures]:
            part.unlink()

    def _read_done(self, part: Path) -> None:
        columns = ["file", "content", "bytes", "engine", "first"]
        try:
            table = self._arrow.parquet.read_table(part, columns=columns)
        except (OSError, self._arrow.ArrowException) as error:
            raise UserError(
                f"{part} cannot be read ({error}): restore it, or remove it to do its tracks anew."
            ) from error
        ours = [row for row in table.to_pylist() if row["engine"] == self._engine]
        contents = [bytes.fromhex(row["content"]) for row in ours]
        self._named.add_all(
            (row["bytes"] for row in ours),
            (_named(row["file"], content) for row, content in zip(ours, contents, strict=True)),
        )
        first = [row["first"] for row in ours]
        sizes = (row["bytes"] for row in ours)
        self.done.add_all(compress(sizes, first), compress(contents, first))

    def _put(self, path: Path, table: Any) -> None:
        def write(file: Any) -> None:
            self._arrow.parquet.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())

        write_whole(path, write)


def _named(name: str, content: bytes) -> bytes:
    """Return what a content under a name is known by, as long as a content."""
    return hashlib.sha256(content + name.encode(errors="surrogateescape")).digest()[:DIGEST_BYTES]
