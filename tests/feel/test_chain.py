"""The whole way from the model's word to what leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.estimates import estimates, make_estimate

from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel
from realtime_mer.feel.cues import parse_cue
from realtime_mer.mood import mood

DIMENSIONS = ("arousal", "valence")
BAND = Calibration("tuesday", DIMENSIONS, (0.4, -0.2), (0.2, 0.25))


def moment(
    sequence: int,
    raw: tuple[float, float],
    *,
    presence: float = 1.0,
    active: bool = True,
) -> Estimate:
    """An estimate as the tracker makes it."""
    return replace(
        make_estimate(sequence, active=active),
        mean=tuple(presence * value for value in raw),
        raw_mean=raw,
        presence=presence,
    )


def sound_check(count: int) -> list[Estimate]:
    """A sound check around (0.4, -0.2)."""
    generator = np.random.default_rng(0)
    raw = generator.normal((0.4, -0.2), 0.15, (count, 2))
    return [moment(number, (float(a), float(v))) for number, (a, v) in enumerate(raw)]


@given(st.lists(estimates(), max_size=20))
def test_with_nothing_set_the_values_are_untouched(given_estimates: list[Estimate]) -> None:
    """What leaves is what came, to the bit, and has a word."""
    feel = Feel(DIMENSIONS)
    for estimate in given_estimates:
        felt = feel.step(estimate)
        assert replace(felt.estimate, mood="") == estimate
        assert felt.estimate.mood
        assert felt.cues == ()


def test_a_calibration_stretches_means_and_spreads() -> None:
    """The band's centre leaves as neutral, its spread as nearly the whole scale."""
    feel = Feel(DIMENSIONS, calibration=BAND)
    assert feel.step(moment(0, (0.4, -0.2))).estimate.mean == (0.0, 0.0)
    estimate = feel.step(moment(1, (0.5, -0.325))).estimate
    assert estimate.mean == pytest.approx((0.5, -0.5))
    assert estimate.std == pytest.approx((0.1 / 0.2, 0.11 / 0.25))
    assert estimate.raw_mean == (0.5, -0.325)
    assert estimate.mood == mood(0.5, -0.5)


def test_silence_is_neutral_whatever_the_calibration() -> None:
    """A band far from the centre of the scale still glides to neutral, not beyond it."""
    feel = Feel(DIMENSIONS, calibration=BAND)
    felt = feel.step(moment(0, (0.4, -0.2), presence=0.0, active=False))
    assert felt.estimate.mean == (0.0, 0.0)
    half = feel.step(moment(1, (0.5, -0.2), presence=0.5, active=False))
    assert half.estimate.mean == pytest.approx((0.25, 0.0))


def test_rise_and_fall_are_in_seconds_of_the_stream() -> None:
    """Two steps of half a second are one second, and estimates left out count as time."""
    rise = [Feel(DIMENSIONS, rise_s=2.0, fall_s=9.0) for _ in range(2)]
    for feel in rise:
        feel.step(moment(0, (0.0, 0.0)))
    rise[0].step(moment(1, (1.0, 1.0)))
    all_steps = rise[0].step(moment(2, (1.0, 1.0))).estimate.mean
    gap = rise[1].step(moment(2, (1.0, 1.0))).estimate.mean
    assert all_steps == pytest.approx(gap)
    assert gap[0] == pytest.approx(1 - np.exp(-1.0 / 2.0))


def test_a_stream_that_begins_anew_glides_on() -> None:
    """When the numbers fall back, the values go on from where they are."""
    feel = Feel(DIMENSIONS, rise_s=2.0, fall_s=2.0)
    feel.step(moment(500, (0.8, 0.8)))
    after = feel.step(moment(0, (0.0, 0.0))).estimate.mean[0]
    assert after == pytest.approx(0.8 * np.exp(-STEP_S / 2.0))


def test_freeze_holds_everything_but_time_and_level() -> None:
    """Means, spreads, word and activity stay; cues wait; then all goes on from there."""
    cue = parse_cue("when mood is sad, send /go")
    feel = Feel(DIMENSIONS, calibration=BAND, fall_s=2.0, cues=[cue])
    before = feel.step(moment(0, (0.6, 0.0))).estimate
    feel.frozen = True
    for number in range(1, 20):
        now = replace(moment(number, (-0.5, -0.9), active=False), level_db=-number)
        felt = feel.step(now)
        held = replace(
            before,
            sequence=number,
            time_s=now.time_s,
            level_db=now.level_db,
            raw_mean=now.raw_mean,
        )
        assert felt.estimate == held
        assert felt.cues == ()
    feel.frozen = False
    thawed = feel.step(moment(20, (-0.5, -0.9))).estimate
    assert thawed.mean[0] == pytest.approx(
        before.mean[0] + (BAND.means((-0.5, -0.9))[0] - before.mean[0]) * (1 - np.exp(-0.25))
    )
    sad = [feel.step(moment(number, (-0.5, -0.9))).cues for number in range(21, 60)]
    assert sum(map(len, sad)) == 1


def test_a_feel_frozen_from_the_start_holds_its_first_estimate() -> None:
    """There is nothing else to hold."""
    feel = Feel(DIMENSIONS)
    feel.frozen = True
    assert feel.step(moment(0, (0.5, 0.5))).estimate.mean == (0.5, 0.5)
    assert feel.step(moment(1, (0.1, 0.1))).estimate.mean == (0.5, 0.5)


def test_the_same_sound_check_twice_gives_the_same_calibration() -> None:
    """Learned live, one after the other in one stream, with other music between."""
    feel = Feel(DIMENSIONS, "tiny")
    learned = []
    for _ in range(2):
        feel.learn(30.0, "tuesday")
        for estimate in sound_check(60):
            feel.step(estimate)
            if (calibration := feel.learned()) is not None:
                learned.append(calibration)
        feel.step(moment(60, (-0.9, -0.9)))
    assert len(learned) == 2
    assert learned[0] == learned[1] == feel.calibration
    assert (learned[0].name, learned[0].model, learned[0].seconds) == ("tuesday", "tiny", 30.0)


def test_after_learning_the_band_fills_the_scale() -> None:
    """The music of the sound check then uses nine tenths of the scale, which it did not before."""
    feel = Feel(DIMENSIONS)
    feel.learn(60.0)
    for estimate in sound_check(120):
        feel.step(estimate)
        feel.learned()
    means = np.array([feel.step(estimate).estimate.mean for estimate in sound_check(120)])
    raw = np.array([estimate.raw_mean for estimate in sound_check(120)])
    assert np.median(means, axis=0) == pytest.approx((0.0, 0.0), abs=0.05)
    assert (np.quantile(means, 0.95, axis=0) - np.quantile(means, 0.05, axis=0) > 1.7).all()
    assert (np.quantile(raw, 0.95, axis=0) - np.quantile(raw, 0.05, axis=0) < 0.6).all()


def test_learning_goes_on_while_frozen() -> None:
    """A band can check its sound behind a picture that stands still."""
    feel = Feel(DIMENSIONS)
    feel.step(moment(0, (0.1, 0.1)))
    feel.frozen = True
    feel.learn(30.0)
    for estimate in sound_check(60):
        assert feel.step(estimate).estimate.mean == (0.1, 0.1)
    assert feel.learned() is not None


def test_learning_can_be_stopped_early() -> None:
    """What was heard is used; less than ten seconds change nothing."""
    feel = Feel(DIMENSIONS, calibration=BAND)
    assert feel.stop_learning() is None
    feel.learn(60.0)
    with pytest.raises(UserError, match="Only"):
        feel.stop_learning()
    assert feel.calibration == BAND
    assert feel.learning is None
    feel.learn(60.0, "early")
    for estimate in sound_check(30):
        feel.step(estimate)
    assert feel.learning is not None
    assert (feel.learning.heard_s, feel.learning.seconds) == (15.0, 60.0)
    calibration = feel.stop_learning()
    assert calibration == feel.calibration
    assert calibration is not None
    assert calibration.seconds == 15.0


def test_an_adaptive_range_can_be_held_and_let_go() -> None:
    """Held it stays where it came to; while frozen it does too; let go it follows again."""
    feel = Feel(DIMENSIONS, adapt_s=30.0)
    for estimate in sound_check(60):
        feel.step(estimate)
    feel.hold_range(True)
    assert not feel.adapting
    held = feel.calibration
    assert held is not None
    assert held.centre[0] > 0.2
    for estimate in sound_check(60):
        feel.step(estimate)
    assert feel.calibration == held
    feel.hold_range(False)
    feel.frozen = True
    for estimate in sound_check(60):
        feel.step(estimate)
    assert feel.calibration == held
    feel.frozen = False
    for estimate in sound_check(60):
        feel.step(estimate)
    assert feel.adapting
    assert feel.calibration != held
    assert feel.calibration is not None
    assert feel.calibration.centre[0] > held.centre[0]


def test_adaptation_can_begin_in_the_middle() -> None:
    """Holding nothing changes nothing; letting go begins at the calibration in use."""
    feel = Feel(DIMENSIONS, calibration=BAND)
    feel.hold_range(True)
    assert (feel.calibration, feel.adapting) == (BAND, False)
    feel.hold_range(False)
    assert (feel.calibration, feel.adapting) == (BAND, True)


def test_one_word_undoes_a_calibration() -> None:
    """Without a calibration the model's own values leave again."""
    feel = Feel(DIMENSIONS, calibration=BAND, adapt_s=60.0)
    feel.use(None)
    assert not feel.adapting
    assert feel.step(moment(0, (0.3, 0.1))).estimate.mean == (0.3, 0.1)


def test_cues_see_silence_as_a_word_of_its_own() -> None:
    """In silence no mood's cue fires, held values or not, and a cue for silence does."""
    cues = [parse_cue("when mood is joyful, send /a"), parse_cue("when mood is silent, send /b")]
    feel = Feel(DIMENSIONS, cues=cues)
    assert [cue.address for cue in feel.step(moment(0, (0.5, 0.5), active=False)).cues] == ["/b"]
    assert [cue.address for cue in feel.step(moment(1, (0.5, 0.5))).cues] == ["/a"]
