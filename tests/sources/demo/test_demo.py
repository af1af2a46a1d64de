"""The performance: clean, repeatable, and four different scenes."""

from __future__ import annotations

import itertools
import math
import threading
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block
from realtime_mer.sources.demo import (
    DEMO_RATE_HZ,
    DURATION_S,
    SECTIONS,
    Demo,
)
from realtime_mer.sources.demo.mixing import (
    CEILING,
    DRIVEN_LEVEL,
    driven,
    limited,
    render_scenes,
    reverberated,
)


@pytest.fixture(scope="module")
def sections(demo: Block) -> dict[str, NDArray[np.float32]]:
    """Each section in mono."""
    return {
        section.name: demo[
            round(section.start_s * DEMO_RATE_HZ) : round(section.end_s * DEMO_RATE_HZ)
        ].mean(axis=1)
        for section in SECTIONS
    }


def level_db(samples: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2)))


def spectra(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::441]
    return np.abs(np.fft.rfft(frames * np.hanning(1024).astype(np.float32), axis=1))


def centroid_hz(samples: NDArray[np.float32]) -> float:
    """Return the mean over time of the centre of the amplitude spectrum."""
    amplitudes = spectra(samples)
    frequencies = np.fft.rfftfreq(1024, 1 / DEMO_RATE_HZ)
    return float(np.mean(amplitudes @ frequencies / (amplitudes.sum(axis=1) + 1e-6)))


def onsets_per_s(samples: NDArray[np.float32]) -> float:
    """Return how often the spectrum jumps upwards: peaks of the log spectral flux."""
    loudness = np.log1p(100 * spectra(samples))
    flux = np.maximum(np.diff(loudness, axis=0), 0).mean(axis=1)
    peaks = (flux[1:-1] > flux[:-2]) & (flux[1:-1] >= flux[2:]) & (flux[1:-1] > 0.12)
    return float(peaks.sum() / (len(samples) / DEMO_RATE_HZ))


def test_shape(demo: Block) -> None:
    """About 90 seconds of stereo at 44.1 kHz, as long as its sections together."""
    assert demo.dtype == np.float32
    assert demo.shape == (round(DURATION_S * DEMO_RATE_HZ), 2)
    assert 80 < DURATION_S < 100


def test_sections_follow_each_other() -> None:
    """One section for each quadrant, without a gap, each long enough to be felt."""
    assert [section.name for section in SECTIONS] == ["calm", "joyful", "tense", "sad"]
    assert SECTIONS[0].start_s == 0
    for section, following in itertools.pairwise(SECTIONS):
        assert section.end_s == following.start_s
    assert all(section.end_s - section.start_s > 18 for section in SECTIONS)


def test_sound_is_clean(demo: Block) -> None:
    """No number that is none, nothing beyond the ceiling, no offset, no click at the seam."""
    assert np.isfinite(demo).all()
    assert np.abs(demo).max() <= CEILING
    assert (np.abs(demo.mean(axis=0)) < 2e-3).all()
    assert np.abs(demo[[0, -1]]).max() < 0.01


def test_scenes_differ_as_their_moods_do(sections: dict[str, NDArray[np.float32]]) -> None:
    """The excited scenes are louder, brighter and busier than the quiet ones."""
    for excited in ("joyful", "tense"):
        for quiet in ("calm", "sad"):
            assert level_db(sections[excited]) > level_db(sections[quiet]) + 6
            assert centroid_hz(sections[excited]) > 1.5 * centroid_hz(sections[quiet])
            assert onsets_per_s(sections[excited]) > 1.5 * onsets_per_s(sections[quiet])
    assert level_db(sections["tense"]) > level_db(sections["joyful"])


def test_stereo_is_wide_and_balanced(demo: Block) -> None:
    """Neither side is louder by more than 1.5 dB, and they are not the same."""
    left, right = demo.T
    assert abs(level_db(left) - level_db(right)) < 1.5
    assert np.corrcoef(left, right)[0, 1] < 0.95


def test_other_rates_sound_the_same(demo: Block) -> None:
    """At 48 kHz the first scene is as long and as loud, third-octave by third-octave."""
    scene = next(render_scenes(48_000)).mean(axis=1)
    first = demo[: round(SECTIONS[0].end_s * DEMO_RATE_HZ)].mean(axis=1)
    assert len(scene) / 48_000 == pytest.approx(len(first) / DEMO_RATE_HZ, abs=1e-4)

    def bands_db(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
        power = np.abs(np.fft.rfft(samples)) ** 2 / len(samples) ** 2
        edges = 100 * 2 ** (np.arange(16) / 3) * len(samples) / rate_hz
        return 10 * np.log10(np.add.reduceat(power, edges.astype(int))[:-1])

    difference = bands_db(scene, 48_000) - bands_db(first, DEMO_RATE_HZ)
    assert np.abs(difference).max() < 1.5


def test_start_up_is_quick() -> None:
    """The first scene is there long before anybody wonders (gross regressions only)."""
    start_s = time.process_time()
    next(render_scenes(DEMO_RATE_HZ))
    first_s = time.process_time() - start_s
    print(f"first scene: {first_s:.2f} s of processor time")
    assert first_s < 3.0


def test_limiter_bends_only_what_is_loud() -> None:
    """Below the knee nothing changes, above it all stays below the ceiling, in order."""
    ramp = np.linspace(-4, 4, 1001, dtype=np.float32)[:, None]
    bent = limited(ramp)
    quiet = np.abs(ramp) < 0.7
    np.testing.assert_array_equal(bent[quiet], ramp[quiet])
    assert np.abs(bent).max() <= CEILING
    assert (np.diff(bent[:, 0]) >= 0).all()


def test_drive_makes_dense_and_keeps_order() -> None:
    """Pressed sound stays below its level, rises where it rose, and varies less in loudness."""
    ramp = np.linspace(-1, 1, 1001, dtype=np.float32)[:, None]
    pressed = driven(ramp, 6.0)
    assert np.abs(pressed).max() <= DRIVEN_LEVEL
    assert (np.diff(pressed[:, 0]) >= 0).all()
    np.testing.assert_allclose(pressed, -pressed[::-1], atol=1e-6)

    def crest(block: Block) -> float:
        return float(np.abs(block).max() / np.sqrt(np.mean(block**2)))

    assert crest(pressed) < 0.8 * crest(ramp)


def test_room_is_the_same_in_pieces() -> None:
    """The reverberation in pieces is one convolution: causal, and the same at every place."""
    signal = np.zeros(300_000, dtype=np.float32)
    signal[[10, 170_000]] = [1.0, 0.5]
    wet = reverberated(signal, DEMO_RATE_HZ)
    assert np.abs(wet[:, :10]).max() < 1e-6
    assert np.abs(wet[:, 10:50_000]).max() > 1e-3
    np.testing.assert_allclose(wet[:, 170_000:290_000], 0.5 * wet[:, 10:120_010], atol=1e-6)


class Listener:
    """Keeps what the demo delivers."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.endings: list[Exception | None] = []
        self.over = threading.Event()

    def deliver(self, block: Block) -> None:
        self.blocks.append(block.copy())

    def ended(self, failure: Exception | None) -> None:
        self.endings.append(failure)
        self.over.set()


def test_demo_at_full_speed_plays_once(demo: Block) -> None:
    """As fast as it goes, the performance comes once; neither clock nor chance change a bit."""
    listener = Listener()
    source = Demo(math.inf)
    source.start(listener.deliver, listener.ended)
    assert listener.over.wait(30)
    source.close()
    assert listener.endings == [None]
    np.testing.assert_array_equal(np.concatenate(listener.blocks), demo)


def test_paced_demo_goes_round(demo: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paced, it begins again after the end and never ends by itself."""
    ends = [round(section.end_s * DEMO_RATE_HZ) for section in SECTIONS]
    scenes = np.split(demo, ends[:-1])  # rendered already; that it is the same is tested above
    monkeypatch.setattr("realtime_mer.sources.demo.render_scenes", lambda rate_hz: iter(scenes))
    listener = Listener()
    source = Demo(200.0)
    assert (source.name, source.rate_hz, source.channels) == ("demo", 44_100, 2)
    source.start(listener.deliver, listener.ended)
    deadline = time.monotonic() + 30
    while sum(map(len, listener.blocks)) < len(demo) + 44_100 and time.monotonic() < deadline:
        time.sleep(0.02)
    source.close()
    heard = np.concatenate(listener.blocks)
    np.testing.assert_array_equal(heard[len(demo) : len(demo) + 44_100], demo[:44_100])
    assert listener.endings == []


def test_channels_of_the_demo(demo: Block) -> None:
    """One side can be picked; a third one does not exist."""
    assert Demo(1.0, (1,)).channels == 1
    with pytest.raises(UserError, match=r"“demo” has no channel 3"):
        Demo(1.0, (2,))
