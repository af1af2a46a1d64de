"""Recordings: what is in the file, and what happens when it cannot be written."""

from __future__ import annotations

import csv
import json
import logging
import subprocess
import sys
import textwrap
import time
from datetime import datetime
from pathlib import Path

import pytest
from support.estimates import make_estimate, make_status

from realtime_mer import rows
from realtime_mer.errors import UserError
from realtime_mer.sinks import recorder as module
from realtime_mer.sinks.recorder import Recorder

HEADER: dict[str, object] = {"model": "tiny", "device": "mic", "rate": 48_000}


def record(path: Path, count: int, **header: object) -> None:
    """Record so many estimates and close."""
    opened = Recorder(path, header=HEADER | header)
    for sequence in range(count):
        opened.publish(make_estimate(sequence))
        opened.report(make_status())
    opened.close()


def test_jsonl_is_a_header_and_an_estimate_a_line(tmp_path: Path) -> None:
    """The first line describes the run, each further one is an estimate, all of it JSON."""
    record(tmp_path / "take.jsonl", 5)
    first, *rest = map(json.loads, (tmp_path / "take.jsonl").read_text().splitlines())
    assert first["schema"] == 1
    assert datetime.fromisoformat(first["started"]).tzinfo is not None
    assert HEADER.items() <= first.items()
    assert [line["sequence"] for line in rest] == [0, 1, 2, 3, 4]
    for sequence, line in enumerate(rest):
        del line["sequence"]
        assert line == rows.record(make_estimate(sequence))


def test_csv_is_a_row_of_names_and_rows(tmp_path: Path) -> None:
    """A spreadsheet finds the documented columns and nothing else."""
    record(tmp_path / "take.CSV", 3)
    with (tmp_path / "take.CSV").open(newline="") as file:
        table = list(csv.reader(file))
    assert tuple(table[0]) == rows.columns()
    assert [row[0] for row in table[1:]] == ["0.5", "1.0", "1.5"]


def test_csv_has_the_models_dimensions(tmp_path: Path) -> None:
    """The header's dimensions choose the columns."""
    path = tmp_path / "take.csv"
    names = ("arousal", "valence", "dominance")
    opened = Recorder(path, header=HEADER | {"dimensions": names})
    opened.publish(make_estimate(dimensions=names))
    opened.close()
    head, row = path.read_text().splitlines()
    assert head.endswith("active,dominance,dominance_std")
    assert row.count(",") == head.count(",") == 8


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_the_header_is_there_before_the_first_estimate(tmp_path: Path, suffix: str) -> None:
    """A recording of nothing is a valid file."""
    path = tmp_path / f"take{suffix}"
    record(path, 0)
    assert len(path.read_text().splitlines()) == 1


def test_each_line_is_written_at_once(tmp_path: Path) -> None:
    """A line is in the file while the recording goes on: a crash would not lose it."""
    path = tmp_path / "take.jsonl"
    opened = Recorder(path, header=HEADER)
    try:
        for sequence in range(3):
            opened.publish(make_estimate(sequence))
            end = time.monotonic() + 5
            while path.read_text().count("\n") < sequence + 2:
                assert time.monotonic() < end
                time.sleep(0.005)
    finally:
        opened.close()


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    """An existing file is left as it is, and the sentence names one that is free."""
    path = tmp_path / "take.jsonl"
    path.write_text("precious")
    (tmp_path / "take-2.jsonl").write_text("precious too")
    with pytest.raises(UserError, match=r"exists.*take-3\.jsonl\.$"):
        Recorder(path, header=HEADER)
    assert path.read_text() == "precious"
    assert not (tmp_path / "take-3.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("take.txt", "ends in .jsonl or .csv"),
        ("take", "ends in .jsonl or .csv"),
        ("no/such/folder/take.csv", "make it first"),
        ("x" * 300 + ".csv", "choose a place that can be written"),
        ("file/take.csv", "cannot be made"),
        ("folder.csv", "choose another name, such as"),
    ],
)
def test_what_cannot_be_made_is_said_with_the_remedy(
    tmp_path: Path, name: str, remedy: str
) -> None:
    """Whatever is wrong with the name is a sentence before the show, not a failure during it."""
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UserError) as caught:
        Recorder(tmp_path / name, header=HEADER)
    assert remedy in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_late_estimate_is_ignored(tmp_path: Path) -> None:
    """After close nothing is written and nothing raises, and closing twice is fine."""
    path = tmp_path / "take.csv"
    opened = Recorder(path, header=HEADER)
    opened.close()
    opened.publish(make_estimate())
    opened.close()
    assert path.read_text() == rows.csv_header()


def test_what_waits_is_written_on_close(tmp_path: Path) -> None:
    """A burst of estimates just before the end is in the file, all of it, in order."""
    path = tmp_path / "take.csv"
    record(path, 1000)
    lines = path.read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [f"{k / 2:.1f}" for k in range(1, 1001)]


def test_a_disk_that_hangs_blocks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With a disk that does not answer, publish returns, the surplus is counted, close ends."""
    import threading

    monkeypatch.setattr(module, "LONGEST_QUEUE", 10)
    monkeypatch.setattr(module, "CLOSE_LIMIT_S", 0.1)
    awake = threading.Event()
    opened = Recorder(tmp_path / "take.csv", header=HEADER)
    append = opened._append
    monkeypatch.setattr(opened, "_append", lambda line: (awake.wait(30), append(line)))
    started = time.monotonic()
    for sequence in range(50):
        opened.publish(make_estimate(sequence))
    opened.close()
    assert time.monotonic() - started < 2
    assert opened.lost in (39, 40)
    assert "too slow" in caplog.text
    awake.set()
    opened._thread.join(5)
    assert not opened._thread.is_alive()


@pytest.mark.e2e
def test_a_full_disk_is_said_before_the_show(tmp_path: Path) -> None:
    """A device that is always full is refused in the constructor, with its reason."""
    path = tmp_path / "full.jsonl"
    path.symlink_to("/dev/full")
    with pytest.raises(UserError, match="no space left on device"):
        Recorder(path, header=HEADER)


@pytest.mark.e2e
def test_a_disk_that_fills_up_costs_lines_not_the_show(tmp_path: Path) -> None:
    """While no byte more can be written lines are lost, and every line in the file is whole."""
    path = tmp_path / "take.jsonl"
    program = textwrap.dedent(f"""
        import logging, resource, sys, time
        from pathlib import Path
        from realtime_mer.sinks.recorder import Recorder
        from support.estimates import make_estimate

        logging.basicConfig(format="%(message)s", stream=sys.stdout, level=logging.INFO)
        path = Path({str(path)!r})
        recorder = Recorder(path, header={{}})

        def publish(numbers):
            for number in numbers:
                recorder.publish(make_estimate(number))
            while recorder._queue.qsize():
                time.sleep(0.01)
            time.sleep(0.1)

        publish(range(0, 5))
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 30, unlimited[1]))
        publish(range(5, 10))
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        publish(range(10, 15))
        recorder.close()
        print("lost", recorder.lost)
    """)
    tests = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONPATH": f"{tests.parent}:{tests}", "PATH": ""},
    )
    said = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in said] == [
        f"{path} cannot be written",
        f"{path} is written again.",
        f"{path} lacks 5 estimates.",
        "lost 5",
    ]
    kept = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    assert [line["sequence"] for line in kept] == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]


def test_failures_are_logged_once_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However many lines fail in a row, the log says it once, and once when it is over."""
    caplog.set_level(logging.INFO)
    opened = Recorder(tmp_path / "take.csv", header=HEADER)
    append = opened._append
    calls: list[str] = []

    def failing(line: str) -> None:
        calls.append(line)
        if len(calls) in (2, 3, 4):
            raise OSError(28, "No space left on device")
        append(line)

    monkeypatch.setattr(opened, "_append", failing)
    for sequence in range(6):
        opened.publish(make_estimate(sequence))
    opened.close()
    assert opened.lost == 3
    assert [entry.levelname for entry in caplog.records] == ["ERROR", "INFO", "WARNING"]
    assert len((tmp_path / "take.csv").read_text().splitlines()) == 1 + 3
