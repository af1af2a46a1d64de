"""The tables on disk: whole, once, and gone on with."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from realtime_mer.catalogue import tables as tables_module
from realtime_mer.catalogue.columns import Columns
from realtime_mer.catalogue.job import Failed, Known, Track
from realtime_mer.catalogue.tables import FAILURES, TRACKS, Tables
from realtime_mer.errors import UserError

DIMENSIONS = ("arousal", "valence", "dominance")
ENGINE = "0123456789abcdef"


def make_track(number: int, steps: int = 4) -> Track:
    """A track whose numbers tell which it is."""
    values = np.full((steps, 7), number, np.float32) + np.arange(steps, dtype=np.float32)[:, None]
    return Track(
        name=f"music/{number}.flac",
        content=number.to_bytes(16, "big"),
        size_bytes=1000 + number % 3,
        duration_s=steps / 2,
        missing_s=0.0,
        rate_hz=44_100,
        channels=2,
        values=values,
        active=np.arange(steps) % 2 == 1,
        worked_s=0.1,
    )


def open_tables(folder: Path, *, resume: bool = False, engine: str = ENGINE) -> Tables:
    """Tables in a folder."""
    return Tables(folder, Columns(DIMENSIONS, "tiny", engine), engine, resume=resume)


def rows(folder: Path) -> list[dict[str, Any]]:
    """All rows of a table, as any reader of Parquet has them."""
    table: list[dict[str, Any]] = pyarrow.dataset.dataset(folder).to_table().to_pylist()
    return table


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A row every 500 ms, a row a file, a row a failure; each reader sees its own table."""
    out = tmp_path / "e.parquet"
    tables = open_tables(out)
    for outcome in (make_track(1), make_track(2, 3), Failed("music/x.mp3", 5, "No music.", 1)):
        tables.take(outcome)
    tables.write()
    estimates = rows(out)
    assert [row["file"] for row in estimates] == ["music/1.flac"] * 4 + ["music/2.flac"] * 3
    assert [row["time_s"] for row in estimates] == [0.5, 1.0, 1.5, 2.0, 0.5, 1.0, 1.5]
    assert [row["valence_std"] for row in estimates] == [1, 2, 3, 4, 2, 3, 4]
    assert list(estimates[0]) == [
        "file", "content", "time_s", "arousal", "valence", "dominance",
        "arousal_std", "valence_std", "dominance_std", "level_db", "active", "model",
    ]  # fmt: skip
    first, second = rows(out / TRACKS)
    assert (first["arousal"], second["arousal"]) == (3.0, 3.0)  # over what is music alone
    assert (first["estimates"], first["duration_s"], first["first"]) == (4, 2.0, True)
    (failure,) = rows(out / FAILURES)
    assert failure == {"file": "music/x.mp3", "bytes": 5, "reason": "No music.", "attempts": 1}
    assert len(pq.read_table(out)) == 7


def test_the_same_content_stands_once_under_its_first_name(tmp_path: Path) -> None:
    """Its other names are in the tracks, each once, and point to it by content."""
    out = tmp_path / "e.parquet"
    tables = open_tables(out)
    track = make_track(1)
    copy = Known("copy.flac", track.content, track.size_bytes)
    for outcome in (track, replace(track, name="twin.flac"), copy, copy, track):
        tables.take(outcome)
    tables.write()
    assert {row["file"] for row in rows(out)} == {"music/1.flac"}
    assert len(rows(out)) == 4
    names = [(row["file"], row["first"]) for row in rows(out / TRACKS)]
    assert names == [("music/1.flac", True), ("twin.flac", False), ("copy.flac", False)]
    assert len({row["content"] for row in rows(out / TRACKS)}) == 1


def test_parts_are_written_as_they_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By rows, and by time: what is not yet written is little."""
    out = tmp_path / "e.parquet"
    monkeypatch.setattr(tables_module, "PART_ROWS", 10)
    tables = open_tables(out)
    for number in range(7):
        tables.take(make_track(number))
    assert len(list(out.glob("*.parquet"))) == 2
    tables.tick()
    assert len(rows(out)) == 24
    monkeypatch.setattr(tables_module, "PART_S", 0.0)
    tables.tick()
    assert len(rows(out)) == 28
    tables.write()
    assert len(list(out.glob("*.parquet"))) == 3


def test_going_on_knows_what_is_done(tmp_path: Path) -> None:
    """Contents by length; nothing that is there is written again, and failures begin anew."""
    out = tmp_path / "e.parquet"
    tables = open_tables(out)
    for outcome in (make_track(1), make_track(2), Failed("x.mp3", 5, "No music.", 1)):
        tables.take(outcome)
    tables.write()
    tables = open_tables(out, resume=True)
    assert len(tables.done) == 2
    assert tables.done.of_size(1001) == (make_track(1).content,)
    for outcome in (
        make_track(1),
        make_track(3),
        Known("music/2.flac", make_track(2).content, 1002),
    ):
        tables.take(outcome)
    tables.write()
    assert Counter(row["file"] for row in rows(out)) == dict.fromkeys(
        ["music/1.flac", "music/2.flac", "music/3.flac"], 4
    )
    assert len(rows(out / TRACKS)) == 3
    assert not list((out / FAILURES).iterdir())


def test_another_engine_does_everything_anew(tmp_path: Path) -> None:
    """Both stand there, told apart in the tracks."""
    out = tmp_path / "e.parquet"
    tables = open_tables(out)
    tables.take(make_track(1))
    tables.write()
    tables = open_tables(out, resume=True, engine="f" * 16)
    assert len(tables.done) == 0
    tables.take(make_track(1))
    tables.write()
    assert {row["engine"] for row in rows(out / TRACKS)} == {ENGINE, "f" * 16}


@pytest.mark.parametrize("crash_at", range(4))
def test_a_crash_between_two_writes_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash_at: int
) -> None:
    """Wherever the power fails, going on gives each track once."""
    out = tmp_path / "e.parquet"
    tables = open_tables(out)
    tables.take(make_track(1))
    tables.write()
    tables.take(make_track(2))
    count = 0

    def put(path: Path, write: Any) -> None:
        nonlocal count
        if count == crash_at:
            # The first half of a file is on the disk when the power fails.
            path.with_name(f".{path.name}.part").write_bytes(b"half")
            raise MemoryError
        count += 1
        with path.open("wb") as file:
            write(file)

    with monkeypatch.context() as patch:
        patch.setattr(tables_module, "write_whole", put)
        if crash_at < 2:
            with pytest.raises(MemoryError):
                tables.write()
        else:
            tables.write()
    tables = open_tables(out, resume=True)
    for number in (1, 2, 3):
        if make_track(number).content not in tables.done.of_size(1000 + number % 3):
            tables.take(make_track(number))
    tables.write()
    assert Counter(row["file"] for row in rows(out)) == {
        f"music/{number}.flac": 4 for number in (1, 2, 3)
    }
    assert Counter(row["file"] for row in rows(out / TRACKS)) == {
        f"music/{number}.flac": 1 for number in (1, 2, 3)
    }
    assert not list(out.rglob(".*"))


def test_tables_that_are_there_are_not_touched_unasked(tmp_path: Path) -> None:
    """Neither tables of an earlier run, nor a folder or a file of something else."""
    out = tmp_path / "e.parquet"
    open_tables(out)
    with pytest.raises(UserError, match="--resume"):
        open_tables(out)
    (tmp_path / "other.parquet").mkdir()
    (tmp_path / "other.parquet" / "thesis.txt").touch()
    with pytest.raises(UserError, match="something else"):
        open_tables(tmp_path / "other.parquet", resume=True)
    (tmp_path / "file.parquet").touch()
    with pytest.raises(UserError, match="is a file"):
        open_tables(tmp_path / "file.parquet", resume=True)


def test_a_part_that_is_damaged_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    out = tmp_path / "e.parquet"
    open_tables(out)
    (out / TRACKS / "part-000001.parquet").write_bytes(b"nonsense")
    with pytest.raises(UserError, match=r"part-000001\.parquet cannot be read"):
        open_tables(out, resume=True)


def test_without_pyarrow_the_way_to_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence has the command that installs it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"pip install 'realtime-mer\[cluster\]'"):
        open_tables(tmp_path / "e.parquet")
