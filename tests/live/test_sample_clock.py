"""The samples against the wall clock, with devices that are imagined and clocks that are played."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mer.live.sample_clock import (
    AHEAD_S,
    GAP_S,
    MOST_DRIFT,
    SETTLING_S,
    WINDOW_S,
    SampleClock,
)

RATE_HZ = 48_000
BLOCK = 512
JITTER_S = 0.03


def blocks(
    begin_s: float, seconds: float, *, rate_hz: float = RATE_HZ, seed: int = 0, block: int = BLOCK
) -> Iterator[tuple[float, int]]:
    """Yield when each block comes, late by chance but in order, and how long it is."""
    generator = np.random.default_rng(seed)
    arrived_s = 0.0
    for number in range(int(seconds * rate_hz / block)):
        due_s = begin_s + (number + 1) * block / rate_hz
        arrived_s = max(arrived_s, due_s + generator.exponential(JITTER_S / 6))
        yield arrived_s, block


def play(clock: SampleClock, events: Iterator[tuple[float, int]]) -> tuple[int, int]:
    """Let the clock take blocks; return how many samples it skipped and how many it missed."""
    skipped = missed = 0
    for now_s, samples in events:
        surplus = clock.surplus(now_s, samples)
        skipped += surplus
        missed += clock.take(now_s, samples - surplus)
    return skipped, missed


@settings(max_examples=25)
@given(st.integers(0, 1000), st.sampled_from([1, 64, 512, 4096, RATE_HZ * 10]))
def test_nothing_is_missing_while_all_comes(seed: int, block: int) -> None:
    """However late the blocks are by chance, and whatever their size, no sample is made up."""
    clock = SampleClock(RATE_HZ)
    seconds = 0.2 if block == 1 else 40.0
    assert play(clock, blocks(5.0, seconds, seed=seed, block=block)) == (0, 0)


@pytest.mark.parametrize("drift_ppm", [-300.0, -20.0, 0.0, 50.0, 300.0])
def test_drift_is_measured(drift_ppm: float) -> None:
    """Ten minutes tell the drift to 10 ppm, and it is followed for hours without a sample lost."""
    clock = SampleClock(RATE_HZ)
    rate_hz = RATE_HZ * (1 + drift_ppm * 1e-6)
    assert play(clock, blocks(100.0, 600.0, rate_hz=rate_hz)) == (0, 0)
    assert clock.drift_ppm == pytest.approx(drift_ppm, abs=10.0)


def test_a_lost_block_is_no_drift() -> None:
    """Three blocks lost in the middle leave the drift as it was measured before and after."""
    clock = SampleClock(RATE_HZ)
    play(clock, blocks(0.0, 100.0))
    play(clock, blocks(100.0 + 3 * BLOCK / RATE_HZ, 100.0, seed=1))
    assert clock.drift_ppm == pytest.approx(0.0, abs=25.0)


def test_drift_is_not_told_too_soon() -> None:
    """In the first minute nothing is said; after an interruption the last word stands."""
    clock = SampleClock(RATE_HZ)
    play(clock, blocks(0.0, 50.0))
    assert clock.drift_ppm is None
    play(clock, blocks(50.0, 75.0))
    told = clock.drift_ppm
    assert told is not None
    clock.fill(130.0)
    play(clock, blocks(130.0, 20.0))
    assert clock.drift_ppm == told


@given(st.floats(GAP_S + 0.05, 0.9), st.integers(0, 100))
def test_lost_sound_is_missed(gap_s: float, seed: int) -> None:
    """Where a device goes on after a gap, that much is missing, and it is said soon."""
    clock = SampleClock(RATE_HZ)
    assert play(clock, blocks(0.0, 20.0, seed=seed)) == (0, 0)
    skipped, missed = play(clock, blocks(20.0 + gap_s, 2.5 * WINDOW_S, seed=seed + 1))
    assert skipped == 0
    assert missed / RATE_HZ == pytest.approx(gap_s, abs=0.02)
    assert play(clock, blocks(20.0 + gap_s + 2.5 * WINDOW_S, 20.0)) == (0, 0)


def test_small_losses_add_up() -> None:
    """A block lost every second passes for drift at first, and is put right when it is more."""
    clock = SampleClock(RATE_HZ)
    missed = lost = 0
    for second in range(60):
        missed += play(clock, blocks(second, 0.98, seed=second))[1]
        lost += RATE_HZ - int(0.98 * RATE_HZ / BLOCK) * BLOCK
    drift = MOST_DRIFT * 60 * RATE_HZ
    assert lost - drift - 2 * GAP_S * RATE_HZ <= missed <= lost


def test_a_backlog_at_the_start_is_no_fault() -> None:
    """PulseAudio keeps the first blocks back and then gives all at once: all of it counts."""
    clock = SampleClock(RATE_HZ)
    held_back = ((max(now_s, 1.9), samples) for now_s, samples in blocks(0.0, 30.0))
    assert play(clock, held_back) == (0, 0)


def fill_until(clock: SampleClock, begin_s: float, end_s: float) -> int:
    """Fill every tenth of a second, as a run does."""
    return sum(clock.fill(now_s) for now_s in np.arange(begin_s, end_s, 0.1))


@pytest.mark.parametrize("settled", [True, False])
def test_silence_takes_the_place_of_what_does_not_come(settled: bool) -> None:
    """While a device is lost the stream goes on with the wall."""
    clock = SampleClock(RATE_HZ)
    seconds = 20.0 if settled else SETTLING_S / 2
    play(clock, blocks(0.0, seconds))
    filled = fill_until(clock, seconds + 1.0, seconds + 8.0)
    assert filled / RATE_HZ == pytest.approx(7.9, abs=0.03)
    assert clock.position / RATE_HZ == pytest.approx(seconds + 7.9, abs=0.03)
    # It comes back, later than its silence was filled to, and goes on in time.
    assert play(clock, blocks(seconds + 7.95, 30.0, seed=1)) == (0, 0)
    assert clock.position / RATE_HZ == pytest.approx(seconds + 37.9, abs=0.1)


def test_what_comes_too_late_is_skipped() -> None:
    """A backlog of sound that silence has stood in for is given up: latency never grows."""
    clock = SampleClock(RATE_HZ)
    play(clock, blocks(0.0, 20.0))
    fill_until(clock, 21.0, 23.0)
    late = ((max(now_s, 23.0), samples) for now_s, samples in blocks(20.0, 30.0, seed=1))
    skipped, missed = play(clock, late)
    assert missed == 0
    assert skipped / RATE_HZ == pytest.approx(2.9, abs=AHEAD_S + 0.03)
    assert clock.position / RATE_HZ == pytest.approx(50.0, abs=AHEAD_S + 0.03)


def test_no_more_is_skipped_than_was_filled() -> None:
    """A device that counts faster than it says is heard whole."""
    clock = SampleClock(RATE_HZ)
    assert play(clock, blocks(0.0, 60.0, rate_hz=1.05 * RATE_HZ)) == (0, 0)


def test_before_the_first_block_nothing_is_due() -> None:
    """A device that has never given sound has no time to fill."""
    clock = SampleClock(RATE_HZ)
    assert clock.fill(100.0) == 0
    assert not clock.running
    assert clock.drift_ppm is None


def test_a_stream_goes_on_at_another_rate() -> None:
    """What is missing after a change of rate is counted in the new samples."""
    clock = SampleClock(RATE_HZ)
    play(clock, blocks(0.0, 20.0))
    clock.fill(22.0)
    other = clock.go_on(16_000, 123)
    assert other.position == 123
    assert other.fill(22.0) <= 1
    assert other.fill(23.5) == pytest.approx(1.5 * 16_000, abs=2)
    late = ((max(now_s, 23.5), samples) for now_s, samples in blocks(23.0, 9.0, rate_hz=16_000))
    skipped, missed = play(other, late)
    assert missed == 0
    assert skipped / 16_000 == pytest.approx(0.5, abs=AHEAD_S + 0.05)


def test_a_clock_that_never_ran_goes_on_as_new() -> None:
    """A device that came back before it was ever heard begins its time with its first block."""
    other = SampleClock(RATE_HZ).go_on(16_000, 0)
    assert not other.running
    assert play(other, blocks(3.0, 9.0, rate_hz=16_000)) == (0, 0)
