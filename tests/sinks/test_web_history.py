"""The whole set, kept and downloaded."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import estimates, make_estimate
from support.web import get, hello, until, web_sink

from realtime_mer.estimate import Estimate
from realtime_mer.recording_file import read_recording
from realtime_mer.rows import csv_text
from realtime_mer.sinks.web.history import DROPPED_AT_ONCE, History


@given(st.lists(estimates(), max_size=20))
def test_files_hold_what_was_taken(taken: list[Estimate]) -> None:
    """CSV and JSON have every estimate, to float32's precision, in columns of equal length."""
    history = History()
    taken = [each for each in taken if each.dimensions == taken[0].dimensions]
    numbered = [replace(e, sequence=k, time_s=0.5 * (k + 1)) for k, e in enumerate(taken)]
    for estimate in numbered:
        history.take(estimate)
    snapshot = history.snapshot()
    said = json.loads("".join(snapshot.json({"stream": "x"})))
    lengths = {len(column) for column in said["columns"].values()}
    assert lengths == {len(taken)}
    rows = list(csv.DictReader(io.StringIO("".join(snapshot.csv()))))
    assert len(rows) == len(taken)
    for row, estimate, k in zip(rows, numbered, range(len(taken)), strict=True):
        assert float(row["time_s"]) == estimate.time_s
        assert row["active"] == str(int(estimate.active))
        for name, value in estimate.values().items():
            assert float(row[name]) == pytest.approx(value, rel=1e-6, abs=1.1e-6)
            assert said["columns"][name][k] == pytest.approx(value, rel=1e-6, abs=1.1e-6)


def test_the_csv_is_a_recording(tmp_path: Path) -> None:
    """It is, but for float32, what --record would have written, and is read like one."""
    history = History()
    given_in = [make_estimate(k) for k in range(100)]
    for estimate in given_in:
        history.take(estimate)
    path = tmp_path / "set.csv"
    path.write_text("".join(history.snapshot().csv()))
    recording = read_recording(path)
    assert len(recording.estimates) == 100
    assert path.read_text().splitlines()[0] == csv_text(given_in).splitlines()[0]
    assert recording.estimates[41].arousal == pytest.approx(given_in[41].arousal, abs=1e-6)


def test_a_long_set_is_written_a_little_at_a_time() -> None:
    """No piece of either file is long: while one is made, every other thread waits."""
    history, long = History(), 3 * DROPPED_AT_ONCE + 7
    for k in range(long):
        history.take(make_estimate(k))
    snapshot = history.snapshot()
    pieces = list(snapshot.json({"stream": "x"}))
    said = json.loads("".join(pieces))["columns"]
    assert said["sequence"] == list(range(long))
    assert said["time_s"] == [0.5 * (k + 1) for k in range(long)]
    assert max(map(len, pieces)) <= 16 * DROPPED_AT_ONCE
    assert max(map(len, snapshot.csv())) <= 80 * DROPPED_AT_ONCE


def test_it_is_bounded_and_begins_anew() -> None:
    """The oldest go when there are too many; a sequence that falls back is another set."""
    history = History(most=2 * DROPPED_AT_ONCE)
    for k in range(3 * DROPPED_AT_ONCE):
        history.take(make_estimate(k))
    assert len(history) <= 2 * DROPPED_AT_ONCE
    snapshot = history.snapshot()
    assert snapshot.sequence[-1] == 3 * DROPPED_AT_ONCE - 1
    assert list(snapshot.sequence) == list(range(snapshot.sequence[0], 3 * DROPPED_AT_ONCE))
    history.take(replace(make_estimate(0), marks=("again",)))
    assert len(history) == 1
    assert history.snapshot().marks == ((make_estimate(0).time_s, "again"),)


def test_it_is_served_whole_to_who_may_have_it() -> None:
    """With the token, plain or packed, CSV and JSON; without it nothing; origins as ever."""
    with web_sink(token="sesame") as sink:
        for k in range(400):
            sink.publish(replace(make_estimate(k), marks=("chorus",) if k == 7 else ()))
        until(lambda: b'"estimates": 400' in get(sink, "/healthz")[2])
        status, headers, body = get(sink, "/history.json?token=sesame")
        assert status == 200
        assert headers["content-type"] == "application/json"
        assert 'filename="set-' in headers["content-disposition"]
        said = json.loads(body)
        assert len(said["columns"]["arousal"]) == 400
        assert said["marks"] == [{"time_s": 4.0, "label": "chorus"}]
        assert said["columns"]["sequence"] == list(range(400))
        status, headers, body = get(sink, "/history.csv?token=sesame", Accept_Encoding="gzip")
        assert headers["content-encoding"] == "gzip"
        assert gzip.decompress(body).decode().count("\n") == 401
        assert get(sink, "/history.csv")[0] == 401
        evil = get(sink, "/history.json?token=sesame", Origin="http://evil.example")
        assert evil[0] == 403


def test_one_stream_of_several_is_had_by_itself() -> None:
    """All together carry their numbers; one alone looks as if there were no other."""
    with web_sink(hello=hello(streams=[(1, "drums"), (2, "keys")])) as sink:
        for k in range(10):
            for stream in (1, 2):
                sink.publish(replace(make_estimate(10 * stream + k), stream=stream))
        until(lambda: b'"estimates": 20' in get(sink, "/healthz")[2])
        whole = json.loads(get(sink, "/history.json")[2])["columns"]
        assert whole["stream"] == [1, 2] * 10
        second = json.loads(get(sink, "/history.json?stream=2")[2])["columns"]
        assert second["sequence"] == list(range(20, 30))
        assert "stream" not in second
        rows = list(csv.DictReader(io.StringIO(get(sink, "/history.csv")[2].decode())))
        assert [row["stream"] for row in rows] == ["1", "2"] * 10
        alone = get(sink, "/history.csv?stream=1")[2].decode().splitlines()
        assert alone[0] == csv_text([]).strip()
        assert len(alone) == 11
        assert get(sink, "/history.csv?" + "&".join("a=1" for _ in range(20)))[0] == 200


def test_streams_are_bounded_together() -> None:
    """A set of many streams keeps to a bound of its own."""
    history = History(most=DROPPED_AT_ONCE + 50)
    for k in range(DROPPED_AT_ONCE):
        for stream in (1, 2):
            history.take(replace(make_estimate(k), stream=stream))
    assert len(history) <= DROPPED_AT_ONCE + 50
    assert set(history.snapshot().streams) == {1, 2}
