"""The tables for a sample rate and the schedule of frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.frontend.plan import frame_end, plan_frames


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_step_has_25_frames(rate_hz: int) -> None:
    """After ten minutes exactly 30,000 frames have ended, at every usual rate."""
    assert frame_end(30_000 - 1, rate_hz) == 600 * rate_hz
    assert frame_end(30_000, rate_hz) > 600 * rate_hz


@given(index=st.integers(0, 10**9), rate_hz=st.integers(8_000, 768_000))
def test_schedule_never_drifts(index: int, rate_hz: int) -> None:
    """A frame ends at most one sample before its time and never after it, however late."""
    exact = (index + 1) * rate_hz
    assert 0 <= exact - 50 * frame_end(index, rate_hz) < 50


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 192_000])
def test_full_scale_sine_is_minus_3_db(rate_hz: int) -> None:
    """The bins of a frame add up to the mean square of its samples, at every rate."""
    plan = plan_frames(rate_hz)
    time_s = np.arange(plan.window_samples) / rate_hz
    spectrum = np.fft.rfft(np.sin(2 * np.pi * 1_000.0 * time_s) * plan.window, plan.fft_samples)
    level_db = 10.0 * np.log10(np.sum(np.abs(spectrum) ** 2))
    assert level_db == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize("rate_hz", [0, 7_999, 800_000])
def test_impossible_rate_is_refused(rate_hz: int) -> None:
    """A rate outside the range ends in a sentence with the range in it."""
    with pytest.raises(UserError, match="8000 to 768000 Hz"):
        plan_frames(rate_hz)
