"""The level normaliser."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_mer.frontend import FRONT_END, LevelNormaliser, log_mel, normalise_steps

RATE_HZ = 16_000


def music(seconds: float, seed: int = 0) -> np.ndarray:
    """Return noise bursts with dynamics of some 20 dB."""
    random = np.random.default_rng(seed)
    samples = 0.1 * random.normal(size=round(seconds * RATE_HZ))
    envelope = np.repeat(10.0 ** random.uniform(-1.0, 0.0, len(samples) // 4_000 + 1), 4_000)
    return (samples * envelope[: len(samples)]).astype(np.float32)


@pytest.mark.parametrize("gain_db", [-24.0, -12.0, 12.0])
def test_gain_does_not_matter(gain_db: float) -> None:
    """A gain in front of everything leaves the normalised frames as they are."""
    samples = music(5.0)
    plain, _ = normalise_steps(log_mel(samples, RATE_HZ))
    gained, _ = normalise_steps(log_mel(samples * np.float32(10 ** (gain_db / 20)), RATE_HZ))
    np.testing.assert_allclose(gained, plain, atol=1e-3)


def test_level_settles_at_the_mean_loudness() -> None:
    """After a minute of steady noise the level is its A-weighted loudness."""
    normaliser = LevelNormaliser()
    frames = log_mel(
        (0.1 * np.random.default_rng(1).normal(size=60 * RATE_HZ)).astype("f4"), RATE_HZ
    )
    normaliser.apply(frames)
    # White noise of -20 dBFS up to 8 kHz; A-weighting takes about 1.5 dB off it up there.
    assert normaliser.level_db == pytest.approx(-20.0, abs=2.5)


def test_step_in_gain_is_followed_with_the_time_constant() -> None:
    """Thirty seconds after a jump of 12 dB some 63 % of it are followed."""
    frames = np.full((150 * FRONT_END.hops_per_s, FRONT_END.bands), -50.0, np.float32)
    jump = 60 * FRONT_END.hops_per_s
    frames[jump:] += 12.0
    normaliser = LevelNormaliser()
    normaliser.apply(frames[:jump])
    before = normaliser.level_db
    normaliser.apply(frames[jump : jump + 30 * FRONT_END.hops_per_s])
    assert before is not None
    assert normaliser.level_db == pytest.approx(before + 12.0 * 0.632, abs=0.1)


def test_silence_moves_nothing() -> None:
    """Under the gate the level is held, and no step counts as music."""
    normaliser = LevelNormaliser()
    normaliser.apply(log_mel(music(5.0), RATE_HZ))
    before = normaliser.level_db
    frames, heard = normaliser.apply(np.full((500, FRONT_END.bands), -120.0, np.float32))
    assert normaliser.level_db == before
    assert heard == 0
    assert np.all(frames == -FRONT_END.range_db)


def test_rest_in_loud_music_is_silence() -> None:
    """Room noise far under the music is not music, though it is over the absolute gate."""
    normaliser = LevelNormaliser()
    normaliser.apply(np.full((500, FRONT_END.bands), -30.0, np.float32))
    _, heard = normaliser.apply(np.full((25, FRONT_END.bands), -70.0, np.float32))
    assert heard == 0


def test_fader_pulled_down_is_followed() -> None:
    """Music 40 dB softer than before is heard as music again before long."""
    normaliser = LevelNormaliser()
    normaliser.apply(np.full((500, FRONT_END.bands), -30.0, np.float32))
    frames = np.full((30 * FRONT_END.hops_per_s, FRONT_END.bands), -70.0, np.float32)
    _, heard = normaliser.apply(frames)
    assert heard > FRONT_END.hops_per_s


def test_blocks_of_frames_do_not_matter() -> None:
    """One frame at a time gives bitwise what all at once gives."""
    frames = log_mel(music(3.0), RATE_HZ)
    whole, _ = LevelNormaliser().apply(frames)
    single = LevelNormaliser()
    pieces = [single.apply(frames[index : index + 1])[0] for index in range(len(frames))]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_levels_before_any_music_are_unknown() -> None:
    """Nothing heard, nothing known: the level is None and reset brings that back."""
    normaliser = LevelNormaliser()
    assert normaliser.level_db is None
    normaliser.apply(log_mel(music(1.0), RATE_HZ))
    assert normaliser.level_db is not None
    normaliser.reset()
    assert normaliser.level_db is None
