"""Recordings read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import estimates, make_estimate

from realtime_mer import rows
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.recording import MarkedMoment
from realtime_mer.recording_file import read_recording
from realtime_mer.sinks.recorder import Recorder

HEADER: dict[str, object] = {
    "model": {"name": "tiny", "provider": "cpu"},
    "device": {"name": "mic", "rate_hz": 48_000, "channels": 2},
}


def record(path: Path, given: list[Estimate], **header: object) -> Path:
    """Record estimates with the recorder itself."""
    recorder = Recorder(path, header=HEADER | header)
    for estimate in given:
        recorder.publish(estimate)
    recorder.close()
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".JSONL"])
@pytest.mark.parametrize(
    "dimensions", [("arousal", "valence"), ("arousal", "valence", "dominance")]
)
def test_what_was_recorded_is_read(
    tmp_path: Path, suffix: str, dimensions: tuple[str, ...]
) -> None:
    """Times, values, levels and music come back as they were written, line for line."""
    given = [make_estimate(k, dimensions=dimensions, active=k % 3 != 0) for k in range(40)]
    path = record(tmp_path / f"set{suffix}", given, dimensions=list(dimensions))
    recording = read_recording(path)
    assert recording.dimensions == dimensions
    assert list(map(rows.record, recording.estimates)) == list(map(rows.record, given))
    assert [each.sequence for each in recording.estimates] == list(range(40))
    assert not recording.cut_off
    assert recording.duration_s == 20.0


def test_the_header_says_what_was_heard(tmp_path: Path) -> None:
    """Model and device of the run are known from JSONL; from CSV they are not."""
    recording = read_recording(record(tmp_path / "set.jsonl", [make_estimate()]))
    assert (recording.model, recording.device) == ("tiny", ("mic", 48_000, 2))
    recording = read_recording(record(tmp_path / "set.csv", [make_estimate()]))
    assert (recording.model, recording.device) == ("", ("", 0, 0))


@given(st.lists(estimates(), min_size=1, max_size=5, unique_by=lambda each: each.sequence))
def test_any_estimates_come_back(
    tmp_path_factory: pytest.TempPathFactory, given: list[Estimate]
) -> None:
    """Whatever the values, JSONL gives back what was written, with gaps where there were any."""
    given.sort(key=lambda each: each.sequence)
    path = tmp_path_factory.mktemp("set") / "set.jsonl"
    path.write_text('{"schema": 1}\n' + "".join(map(rows.json_line, given)))
    read = read_recording(path).estimates
    assert list(map(rows.json_line, read)) == list(map(rows.json_line, given))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_cut_off_last_line_is_left_out(tmp_path: Path, suffix: str) -> None:
    """However much of its end a crash took, what is whole is read and nothing is invented."""
    path = record(tmp_path / f"set{suffix}", [make_estimate(k) for k in range(5)])
    whole = path.read_bytes()
    expected = list(map(rows.record, read_recording(path).estimates))
    begin_of_last = whole[:-1].rindex(b"\n") + 1
    for end in range(begin_of_last, len(whole)):
        path.write_bytes(whole[:end])
        recording = read_recording(path)
        read = list(map(rows.record, recording.estimates))
        if suffix == ".jsonl" and end == len(whole) - 1:  # only the line end is missing
            assert read == expected
        else:
            assert read == expected[:4]
            assert recording.cut_off == (end > begin_of_last)


@given(st.binary(max_size=60), st.sampled_from([".jsonl", ".csv"]))
def test_nonsense_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, nonsense: bytes, suffix: str
) -> None:
    """Whatever bytes a file holds, it is read or refused with one sentence."""
    path = tmp_path_factory.mktemp("set") / f"set{suffix}"
    path.write_bytes(nonsense)
    with pytest.raises(UserError):
        read_recording(path)


GOOD = rows.json_line(make_estimate(1))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("set.txt", "", "ends in .jsonl or .csv"),
        ("set.jsonl", "", "has no estimate"),
        ("set.jsonl", '{"schema": 1}\n', "has no estimate"),
        ("set.jsonl", '{"schema": 2}\n' + GOOD, "update realtime-mer"),
        ("set.jsonl", "{}\nnonsense\n" + GOOD, "Line 2 .* not JSON"),
        ("set.jsonl", GOOD + GOOD + GOOD, "Line 2 .*its time does not follow"),
        ("set.jsonl", GOOD.replace("-18.25", "NaN") + GOOD, "Line 1 .*its level_db is nan"),
        ("set.jsonl", GOOD.replace("-18.25", '"x"') + GOOD, "Line 1 .*its level_db is 'x'"),
        ("set.jsonl", GOOD.replace("valence", "violence") + GOOD, "it has no valence"),
        ("set.jsonl", '{"schema": 1}\n[1]\n' + GOOD, "Line 2 .* not an object"),
        (
            "set.jsonl",
            GOOD.replace("-18.25", '-18.25, "marks": 3') + GOOD,
            "Line 1 .*its marks are 3",
        ),
        ("set.csv", "", "has no estimate"),
        ("set.csv", "a,b\n1,2\n", "must name the columns"),
        ("set.csv", rows.csv_header() + "1,2\n1,2\n", "Line 2 .* 2 cells for 7 columns"),
        ("set.csv", rows.csv_header() + 2 * "0.5,2,0,0,0,0,1\n", "Line 2 .* beyond -1 to 1"),
    ],
)
def test_each_fault_has_its_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    """What is wrong is said with the number of the line."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_recording(path)


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    """A path that is wrong is said to be wrong."""
    with pytest.raises(UserError, match="no recording"):
        read_recording(tmp_path / "set.jsonl")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        read_recording(tmp_path / "folder.csv")


def test_lines_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    """A kind of line that is not known costs nothing."""
    path = tmp_path / "set.jsonl"
    path.write_text('{"schema": 1, "x": 2}\n{"scene": "two"}\n' + GOOD)
    assert len(read_recording(path).estimates) == 1


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_marks_are_read(tmp_path: Path, suffix: str) -> None:
    """Marks come back in order with the time of the estimate they stand with; CSV has none."""
    given = [make_estimate(k) for k in range(6)]
    given[1] = replace(given[1], marks=("größer 🎸", ""))
    given[4] = replace(given[4], marks=("b",))
    recording = read_recording(record(tmp_path / f"set{suffix}", given))
    expected = (
        MarkedMoment(1.0, "größer 🎸"),
        MarkedMoment(1.0, ""),
        MarkedMoment(2.5, "b"),
    )
    assert recording.marks == (expected if suffix == ".jsonl" else ())


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_one_of_several_streams_is_read(tmp_path: Path, suffix: str) -> None:
    """A recording of several streams is read one by one, and says so where none is chosen."""
    path = tmp_path / f"desk{suffix}"
    taken = [replace(make_estimate(k), stream=stream) for k in range(6) for stream in (3, 4)]
    header = {"dimensions": ["arousal", "valence"], "streams": [{"stream": 3}, {"stream": 4}]}
    recorder = Recorder(path, header=header)
    for estimate in taken:
        recorder.publish(estimate)
    recorder.close()
    found = read_recording(path, 4)
    assert [each.time_s for each in found.estimates] == [0.5 * (k + 1) for k in range(6)]
    assert {each.stream for each in found.estimates} == {0}
    with pytest.raises(UserError, match=r"2 streams \(3, 4\): choose one, such as --stream 3"):
        read_recording(path)
    with pytest.raises(UserError, match=r"streams 3, 4 alone: choose one of these"):
        read_recording(path, 1)


def test_a_recording_of_one_stream_has_no_other(tmp_path: Path) -> None:
    """Choosing a stream where there is one alone is refused with the remedy."""
    path = tmp_path / "set.csv"
    path.write_text(rows.csv_text([make_estimate(0)]))
    with pytest.raises(UserError, match="leave out --stream"):
        read_recording(path, 2)
