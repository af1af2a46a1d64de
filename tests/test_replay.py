"""A recorded set sent again."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.estimates import make_estimate

from realtime_mer.estimate import Estimate, Status
from realtime_mer.feel.cues import CueFired, parse_cue
from realtime_mer.reach import STATUS_INTERVAL_S
from realtime_mer.recording import Recording
from realtime_mer.replay import ReplayRun


class Memory:
    """A sink that keeps everything, with the time it came."""

    def __init__(self) -> None:
        self.estimates: list[Estimate] = []
        self.statuses: list[Status] = []
        self.arrived_s: list[float] = []
        self.closed = 0

    def publish(self, estimate: Estimate) -> None:
        """Keep an estimate."""
        self.arrived_s.append(time.monotonic())
        self.estimates.append(estimate)

    def report(self, status: Status) -> None:
        """Keep a status."""
        self.statuses.append(status)

    def close(self) -> None:
        """Count how often."""
        self.closed += 1


def recording(sequences: list[int]) -> Recording:
    """A set with these estimates."""
    header = {
        "model": {"name": "tiny"},
        "device": {"name": "mic", "rate_hz": 48_000, "channels": 2},
    }
    estimates = tuple(make_estimate(sequence) for sequence in sequences)
    return Recording(Path("set.jsonl"), header, ("arousal", "valence"), estimates)


def play(given: Recording, limit_s: float = 20.0, **options: object) -> Memory:
    """Replay to the end."""
    sink = Memory()
    run = ReplayRun(given, [sink], **options)  # type: ignore[arg-type]
    run.start()
    assert run.finished.wait(limit_s)
    run.close()
    return sink


def unworded(estimates: list[Estimate]) -> list[Estimate]:
    """Estimates without their words."""
    return [replace(estimate, mood="") for estimate in estimates]


def test_every_estimate_comes_as_it_was() -> None:
    """Sequence numbers, times and values are those of the recording, whatever the speed."""
    given = recording([0, 1, 2, 5, 6, 90])
    sink = play(given, speed=math.inf)
    assert unworded(sink.estimates) == list(given.estimates)
    assert all(estimate.mood for estimate in sink.estimates)
    assert sink.closed == 1


def test_the_schedule_is_the_recordings() -> None:
    """At speed 10 every estimate comes at a tenth of its time, gaps included."""
    given = recording([0, 1, 2, 5, 6, 12])
    begin = time.monotonic()
    sink = play(given, speed=10.0)
    offsets = [
        arrived - begin - estimate.time_s / 10
        for arrived, estimate in zip(sink.arrived_s, given.estimates, strict=True)
    ]
    assert all(-0.001 < offset < 0.3 for offset in offsets)


def test_it_begins_where_it_is_told() -> None:
    """The estimates up to that time are left out, and nothing is waited for them."""
    given = recording(list(range(200)))
    begin = time.monotonic()
    sink = play(given, speed=20.0, from_s=95.0)
    assert unworded(sink.estimates) == list(given.estimates[190:])
    assert time.monotonic() - begin < 2.0


def test_a_loop_goes_on_until_it_is_closed() -> None:
    """At the end it begins again where it began, in time."""
    given = recording(list(range(6)))
    sink = Memory()
    run = ReplayRun(given, [sink], speed=50.0, from_s=1.0, loop=True)
    begin = time.monotonic()
    run.start()
    while len(sink.estimates) < 41:
        assert time.monotonic() - begin < 20.0
        time.sleep(0.01)
    assert not run.finished.is_set()
    run.close()
    sequences = [estimate.sequence for estimate in sink.estimates]
    assert sequences[:12] == [2, 3, 4, 5] * 3
    assert sink.arrived_s[40] - begin >= 10 * 2.0 / 50.0 + 0.5 / 50.0 - 0.001


def test_the_word_does_not_depend_on_where_it_begins() -> None:
    """Words have a memory; a set that is begun in its middle has those of the whole."""
    given = recording(list(range(100)))
    whole = play(given, speed=math.inf).estimates
    assert play(given, speed=math.inf, from_s=20.0).estimates == whole[40:]
    assert len({estimate.mood for estimate in whole}) > 2


def test_cues_fire_as_in_the_set() -> None:
    """A cue fires once each time its mood has come and stayed, in every loop alike."""
    given = recording(list(range(63)))  # once around the plane
    fired: list[CueFired] = []
    cue = parse_cue("mood is joyful for 1 s, send /go 1")
    play(given, speed=math.inf, cues=[cue], send_cue=fired.append)
    assert [each.address for each in fired] == ["/go"]


def test_the_status_tells_how_far_it_is() -> None:
    """The last status says that it is over, what is replayed, and that no model runs."""
    sink = play(recording([0, 1, 2]), speed=math.inf)
    last = sink.statuses[-1]
    assert (last.state, last.sequence, last.time_s) == ("ended", 2, 1.5)
    assert (last.device, last.rate_hz, last.channels) == ("set.jsonl (replay)", 48_000, 2)
    assert (last.model, last.provider) == ("tiny", "recording")


def test_marks_are_told_as_they_pass() -> None:
    """The state has the marks of the set so far; in another lap they pass again."""
    given = recording(list(range(8)))
    estimates = list(given.estimates)
    estimates[2] = replace(estimates[2], marks=("verse", "loud"))
    estimates[5] = replace(estimates[5], marks=("chorus",))
    given = replace(given, estimates=tuple(estimates))
    sink = play(given, speed=math.inf)
    marks = [
        {"time_s": 1.5, "label": "verse"},
        {"time_s": 1.5, "label": "loud"},
        {"time_s": 3.0, "label": "chorus"},
    ]
    assert sink.statuses[-1].controls["marks"] == marks
    assert sink.statuses[0].controls["marks"] == []
    assert [each.marks for each in sink.estimates][2] == ("verse", "loud")
    assert play(given, speed=math.inf, from_s=2.0).statuses[-1].controls["marks"] == marks[2:]


def test_reports_come_every_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long gap is no silence: the state is told all the same (here all is five times as fast)."""
    monkeypatch.setattr("realtime_mer.replay.STATUS_INTERVAL_S", STATUS_INTERVAL_S / 5)
    sink = play(recording([0, 4]), speed=5.0)
    assert 3 <= len(sink.statuses) <= 5
    assert sink.statuses[0].state == "waiting"
    assert {status.state for status in sink.statuses[1:-1]} == {"running"}


def test_closing_is_quick() -> None:
    """A replay that would go on for an hour stops at once."""
    sink = Memory()
    run = ReplayRun(recording([0, 7200]), [sink])
    run.start()
    time.sleep(0.1)
    begin = time.monotonic()
    run.close()
    assert time.monotonic() - begin < 0.5
    assert not run.finished.is_set()
    assert sink.closed == 1


@pytest.mark.parametrize("speed", [5.0, math.inf])
def test_the_past_of_another_lap_is_forgotten(speed: float) -> None:
    """Two runs of the same recording send the same."""
    given = recording([0, 1, 2])
    assert play(given, speed=speed).estimates == play(given, speed=math.inf).estimates
