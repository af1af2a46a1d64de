"""Estimates as rows of a table."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import estimates, make_estimate

from realtime_mer import rows
from realtime_mer.estimate import Estimate

THREE = ("valence", "dominance", "arousal")


def test_the_columns_are_those_promised() -> None:
    """The header of a two-dimensional model's file is the documented one, to the letter."""
    assert rows.csv_header() == ("time_s,arousal,valence,arousal_std,valence_std,level_db,active\n")


def test_further_dimensions_come_last() -> None:
    """Whatever the model's order, the first seven columns mean the same."""
    names = rows.columns(THREE)
    assert names[:7] == rows.columns()
    assert names[7:] == ("dominance", "dominance_std")
    estimate = make_estimate(dimensions=THREE)
    record = rows.record(estimate)
    assert tuple(record) == names
    assert record["arousal"] == pytest.approx(estimate.arousal, abs=1e-6)
    assert record["dominance"] == pytest.approx(estimate.mean[1], abs=1e-6)


@given(st.lists(estimates(THREE), max_size=5))
def test_csv_reads_back(given_estimates: list[Estimate]) -> None:
    """A CSV reader gets every number back to the precision it is written with."""
    read = list(csv.DictReader(io.StringIO(rows.csv_text(given_estimates, THREE))))
    assert len(read) == len(given_estimates)
    for row, estimate in zip(read, given_estimates, strict=True):
        for name, value in estimate.values().items():
            assert float(row[name]) == pytest.approx(value, abs=5.1e-7)
        assert float(row["time_s"]) == estimate.time_s
        assert float(row["level_db"]) == pytest.approx(estimate.level_db, abs=5.1e-3)
        assert row["active"] == ("1" if estimate.active else "0")
        assert "-0.000000" not in row.values()


@given(estimates(THREE))
def test_json_reads_back(estimate: Estimate) -> None:
    """A JSON reader gets one object a line with every number and the sequence number."""
    line = rows.json_line(estimate)
    assert line.count("\n") == 1
    read = json.loads(line)
    assert read.pop("sequence") == estimate.sequence
    assert read == rows.record(estimate)
    assert read["active"] is estimate.active
    assert set(read) == set(rows.columns(THREE))


@given(estimates())
def test_csv_and_json_agree(estimate: Estimate) -> None:
    """Both formats hold the same numbers."""
    (row,) = csv.DictReader(io.StringIO(rows.csv_text([estimate])))
    read = json.loads(rows.json_line(estimate))
    assert {name: float(value) for name, value in row.items()} == {
        name: float(read[name]) for name in row
    }


def test_json_tells_the_raw_values_too() -> None:
    """Where the model's own word is known, a recording holds it beside what was sent."""
    estimate = replace(make_estimate(), raw_mean=(0.25, -0.5))
    read = json.loads(rows.json_line(estimate))
    assert (read["raw_arousal"], read["raw_valence"]) == (0.25, -0.5)
    assert read["arousal"] == pytest.approx(estimate.arousal, abs=1e-6)


def test_json_tells_where_marks_were_set() -> None:
    """The line after a mark has its label; the others have no such field."""
    marked = replace(make_estimate(), marks=("chorus", ""))
    assert json.loads(rows.json_line(marked))["marks"] == ["chorus", ""]
    assert "marks" not in json.loads(rows.json_line(make_estimate()))


def test_a_stream_of_several_is_told_in_both() -> None:
    """The number comes last in a row of CSV, under a name in the header, and in JSON."""
    estimate = replace(make_estimate(3), stream=12)
    header, line = rows.csv_header(streams=True), rows.csv_line(estimate)
    assert header.strip().split(",")[-1] == "stream"
    assert (
        dict(zip(header.strip().split(","), line.strip().split(","), strict=True))["stream"] == "12"
    )
    assert json.loads(rows.json_line(estimate))["stream"] == 12
    assert "stream" not in json.loads(rows.json_line(make_estimate(3)))
