"""The schedule of a glide, on the clock it uses itself."""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest
from support.estimates import make_estimate

from realtime_mer.routes.glide import DELAY_S, STIFFNESS_HZ, Glide
from realtime_mer.routes.moment import Moment
from realtime_mer.sinks.pace import Pace, describe_pace

LOW = dataclasses.replace(make_estimate(0), mean=(-1.0, 0.0))
HIGH = dataclasses.replace(make_estimate(1), mean=(1.0, 0.0))
JUMP = 2.0


class Seen:
    """What was sent: times in seconds and the arousal."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, float]] = []

    def __call__(self, moment: Moment, time_s: float) -> None:
        """Take a moment, as a sink does."""
        self.calls.append((time_s, moment.arousal))

    def wait_for(self, count: int) -> None:
        """Wait until there are so many calls, or fail."""
        deadline = time.monotonic() + 20
        while len(self.calls) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def jump(rate_hz: float, seconds: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Times since a jump from -1 to 1, the values sent, and how unsure its moment is."""
    seen = Seen()
    pace = Pace(seen, rate_hz, "test")
    try:
        pace.publish(LOW)
        seen.wait_for(3)
        before_s = time.monotonic()
        pace.publish(HIGH)
        unsure_s = time.monotonic() - before_s
        time.sleep(seconds)
    finally:
        pace.close()
    times, values = np.array(seen.calls).T
    return times - before_s - unsure_s / 2, values, unsure_s / 2


@pytest.mark.parametrize("rate_hz", [30.0, 60.0, 240.0])
def test_every_message_has_the_value_of_its_moment(rate_hz: float) -> None:
    """Late or in time, what is sent is where the glide is then: half way when it is said."""
    times, values, unsure_s = jump(rate_hz, 0.5)
    after = times > unsure_s
    phase = STIFFNESS_HZ * times[after]
    expected = -1 + JUMP * (1 - (1 + phase) * np.exp(-phase))
    assert values[after] == pytest.approx(
        expected, abs=JUMP * STIFFNESS_HZ / math.e * unsure_s + 1e-6
    )
    half_s = float(describe_pace(60).rpartition("jump ")[2].removesuffix(" ms.")) / 1000
    assert np.interp(0.0, values, times) == pytest.approx(half_s, abs=0.01 + unsure_s)


def test_at_60_hz_no_step_exceeds_a_tenth_of_the_jump() -> None:
    """A step covers no more than the glide's greatest speed allows, under 1/10 in 1/60 s."""
    times, values, _ = jump(60.0, 0.8)
    steps = np.diff(values) / JUMP
    fastest = STIFFNESS_HZ / math.e
    assert fastest / 60 < 0.1
    assert steps.min() >= 0
    assert np.all(steps <= fastest * np.diff(times) + 1e-9)
    assert values[-1] == pytest.approx(1.0, abs=0.02)


def test_the_delay_of_a_steady_change_is_the_one_that_is_printed() -> None:
    """Estimates on a straight line: what is sent is late by what is said, and half a stair."""
    seen = Seen()
    pace = Pace(seen, 240.0, "test")
    stair_s = 0.02  # shorter than 500 ms, so that the line is there soon
    begin_s = time.monotonic()
    try:
        for number in range(50):
            arousal = -0.9 + number * stair_s
            time.sleep(max(begin_s + number * stair_s - time.monotonic(), 0))
            pace.publish(dataclasses.replace(LOW, mean=(arousal, 0.0)))
    finally:
        pace.close()
    times, values = np.array(seen.calls).T
    steady = times > begin_s + 0.7
    late_s = (times - begin_s)[steady] - (values[steady] + 0.9)
    printed_s = float(describe_pace(240).partition("comes ")[2].partition(" ms")[0]) / 1000
    assert printed_s == pytest.approx(DELAY_S)
    assert np.mean(late_s) == pytest.approx(printed_s + stair_s / 2, abs=0.02)


class SlowMachine:
    """A clock that comes back late from its third sleep; stands in for the module ``time``."""

    def __init__(self, late_s: float) -> None:
        self.now_s = 100.0
        self._late_s = late_s
        self._sleeps = 0

    def monotonic(self) -> float:
        """The time; it takes none to ask."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Let exactly so much time pass, but once more."""
        self._sleeps += 1
        self.now_s += seconds + (self._late_s if self._sleeps == 3 else 0.0)


@pytest.mark.parametrize(
    ("late_ms", "expected_ms"),
    [
        (0, [0, 10, 20, 30, 40, 50]),
        (4, [0, 10, 24, 30, 40, 50]),
        (35, [0, 10, 55, 60, 70, 80]),
    ],
)
def test_the_schedule_does_not_drift(
    monkeypatch: pytest.MonkeyPatch, late_ms: int, expected_ms: list[int]
) -> None:
    """A call that is late moves none after it, and makes up for those it ran over alone."""
    calls: list[float] = []
    monkeypatch.setattr("realtime_mer.sinks.pace.time", SlowMachine(late_ms / 1000))
    pace = Pace(lambda moment, time_s: None, 2.0, "test")  # no thread: it is run below
    pace._interval_s = 0.01
    pace._glides[0] = Glide()
    pace._glides[0].aim(LOW, 100.0)

    def send(moment: Moment, time_s: float) -> None:
        calls.append(time_s)
        if len(calls) == len(expected_ms):
            pace.close()

    pace._send = send
    pace._run()
    assert [1000 * (time_s - 100.0) for time_s in calls] == pytest.approx(expected_ms)


def test_at_the_estimates_own_rate_the_caller_sends() -> None:
    """Without a glide there is no thread: the call happens in publish, at stream time."""
    seen = Seen()
    pace = Pace(seen, 2.0, "test")
    pace.publish(HIGH)
    assert seen.calls == [(HIGH.time_s, 1.0)]
    pace.close()
    pace.publish(HIGH)
    assert len(seen.calls) == 1
    assert describe_pace(2.0) == ""


def test_a_failure_to_send_is_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong in one call is logged, and the next is made."""
    calls: list[float] = []

    def send(moment: Moment, time_s: float) -> None:
        calls.append(time_s)
        if len(calls) == 1:
            raise RuntimeError("once")

    pace = Pace(send, 240.0, "test")
    pace.publish(LOW)
    deadline = time.monotonic() + 10
    while len(calls) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pace.close()
    assert "Sending failed" in caplog.text


def test_each_stream_glides_by_itself() -> None:
    """What one stream does leaves the values of another where they are."""
    calls: list[tuple[int, float]] = []
    pace = Pace(lambda moment, _: calls.append((moment.stream, moment.arousal)), 60.0, "test")
    try:
        pace.publish(dataclasses.replace(LOW, stream=1))
        pace.publish(dataclasses.replace(HIGH, stream=2))
        deadline = time.monotonic() + 20
        while len(calls) < 6:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        pace.close()
    assert {stream for stream, _ in calls} == {1, 2}
    assert {value for stream, value in calls if stream == 1} == {-1.0}
    assert {value for stream, value in calls if stream == 2} == {1.0}
