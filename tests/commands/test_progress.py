"""What is said of a catalogue while it is done."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from rich.console import Console
from support.mosquitto import until

from realtime_mer.catalogue.job import Failed, Known, Track
from realtime_mer.catalogue.places import Found
from realtime_mer.commands import progress
from realtime_mer.commands.progress import Census, Progress, duration
from realtime_mer.errors import UserError


def found(count: int, size_bytes: int = 100) -> list[Found]:
    """Files of a size."""
    return [Found(f"{number}.mp3", f"/{number}.mp3", size_bytes) for number in range(count)]


def track(size_bytes: int = 100, duration_s: float = 240.0) -> Track:
    """A file that is done."""
    nothing = np.zeros((0, 5), np.float32), np.zeros(0, np.bool_)
    return Track("a", b"", size_bytes, duration_s, 0.0, 44_100, 2, *nothing, 0.1)


def counted(files: Iterable[Found]) -> Census:
    """A census that is complete."""
    census = Census(files)
    until(lambda: census.complete, "the census is complete")
    return census


def test_rate_and_time_left_are_those_of_the_last_minute() -> None:
    """Ten files of a hundred, two a second: 45 seconds are left."""
    shown = Progress(Console(file=io.StringIO()), counted(found(100)))
    begin = time.monotonic()
    for _ in range(8):
        shown.count(track())
    shown.count(Known("b", b"", 100))
    shown.count(Failed("c", 100, "No music."))
    line = shown.line(begin + 5.0)
    assert line == "10/100 files, 2.0 a second, 384 × real time, 1 failed, 45 s left"
    # A minute in which nothing came: what was before it does not count any more.
    for seconds in range(10, 80, 10):
        line = shown.line(begin + seconds)
    assert "0.0 a second" in line
    assert "left" not in line


def test_before_all_are_counted_no_end_is_promised() -> None:
    """How many there are is said when it is known."""

    def endless() -> Iterator[Found]:
        yield from found(3)
        time.sleep(30)

    shown = Progress(Console(file=io.StringIO()), Census(endless()))
    shown.count(track())
    line = shown.line(time.monotonic() + 1)
    assert line.startswith("1 files, ")
    assert "left" not in line


def test_a_walk_that_fails_ends_the_census_alone() -> None:
    """Whoever hands out the work says what is wrong."""

    def broken() -> Iterator[Found]:
        yield from found(2)
        raise UserError("The folder cannot be read: check its permissions.")

    census = Census(broken())
    until(lambda: census.files == 2, "two are counted")
    assert not census.complete


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no terminal, lines without any control characters."""
    monkeypatch.setattr(progress, "LOG_INTERVAL_S", 0.0)
    file = io.StringIO()
    with Progress(Console(file=file), counted(found(2))) as shown:
        shown.count(track())
        shown.tick()
    assert file.getvalue().startswith("1/2 files, ")
    assert "\x1b" not in file.getvalue()


def test_a_terminal_gets_one_line_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is gone in the end."""
    monkeypatch.setattr(progress, "DRAW_INTERVAL_S", 0.0)
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100)
    with Progress(console, counted(found(2))) as shown:
        shown.count(track())
        shown.tick()
        until(lambda: "1/2 files" in file.getvalue(), "the line is drawn")
    assert file.getvalue().endswith("\x1b[2K") or file.getvalue().rstrip().endswith("\x1b[?25h")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(42, "42 s"), (300, "5 min"), (3_700, "1 h 02 min"), (400_000, "4 d 15 h")],
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, said: str) -> None:
    """Seconds, minutes, hours, days."""
    assert duration(seconds) == said
