"""Crops: what is drawn, how it is changed and what was rated there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime_mer.frontend import normalise_steps
from train import augment
from train.crops import Crops, targets
from train.datasets.base import Ratings, Recording
from train.settings import Settings

PLAIN = Settings(
    shares={"emotify": 1.0},
    crop_steps=8,
    batch=6,
    gain_db=0.0,
    equaliser_db=0.0,
    pitch_semitones=0.0,
    tempo=0.0,
    noise_chance=0.0,
    room_chance=0.0,
    cut_chance=0.0,
    jitter_db=0.0,
)


def test_same_number_gives_the_same_batch(excited_and_calm) -> None:
    """A batch depends on seed and number alone, so a run can be resumed."""
    settings = replace(PLAIN, noise_chance=0.5, room_chance=0.5, jitter_db=0.3)
    first = Crops(excited_and_calm, settings).batch(7)
    second = Crops(excited_and_calm, settings).batch(7)
    other = Crops(excited_and_calm, settings).batch(8)
    np.testing.assert_array_equal(first.steps, second.steps)
    assert not np.array_equal(first.steps, other.steps)


def test_unchanged_crop_from_the_start_is_what_is_heard_live(excited_and_calm) -> None:
    """Without any change a crop from the beginning is the live front end's own."""
    example = excited_and_calm[0]
    change = augment.draw(PLAIN, np.random.default_rng(0))
    frames = example.frames[0].astype(np.float32)
    changed = augment.apply(change, frames, 0, 200, np.random.default_rng(0))
    np.testing.assert_allclose(changed, frames[:200], atol=1e-3)
    crop = next(
        batch.steps[row]
        for batch in map(Crops([example], PLAIN).batch, range(10))
        for row in range(len(batch.steps))
        if abs(batch.steps[row, 0] - normalise_steps(frames)[0][0]).max() < 1e-2
    )
    np.testing.assert_allclose(crop, normalise_steps(frames)[0][:8], atol=1e-2)


def test_gain_is_taken_off(excited_and_calm) -> None:
    """A crop made 20 dB louder is the same crop once the level is taken off."""
    frames = excited_and_calm[0].frames[0].astype(np.float32)
    change = augment.draw(PLAIN, np.random.default_rng(0))
    louder = replace(change, offset_db=change.offset_db + np.float32(20.0))
    generator = np.random.default_rng(0)
    plain = normalise_steps(augment.apply(change, frames, 0, 200, generator))[0]
    loud = normalise_steps(augment.apply(louder, frames, 0, 200, generator))[0]
    np.testing.assert_allclose(loud, plain, atol=0.01)


def test_noise_adds_power(excited_and_calm) -> None:
    """A noise floor fills what lies under it and leaves what stands above it."""
    frames = excited_and_calm[1].frames[0].astype(np.float32)
    change = augment.draw(PLAIN, np.random.default_rng(0))
    noisy = replace(change, noise_db=np.full(64, -10.0, np.float32))
    plain = augment.apply(change, frames, 0, 200, np.random.default_rng(0))
    changed = augment.apply(noisy, frames, 0, 200, np.random.default_rng(0))
    floor = plain.mean() - 10.0
    assert (changed >= plain - 1e-3).all()
    np.testing.assert_allclose(changed[plain > floor + 40], plain[plain > floor + 40], atol=0.01)
    np.testing.assert_allclose(changed[plain < floor - 20], floor, atol=0.2)


def test_ratings_over_time_are_found() -> None:
    """A step has the rating of the span its middle is in, and none between spans."""
    ratings = Ratings.dynamic(
        np.array([[0.0, 1.0], [1.0, 2.0], [4.0, 5.0]]),
        np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
        np.full((3, 2), 0.2),
        4,
    )
    recording = Recording("vgmidi", "x", None, "g", ratings, "none")
    target, error, rated = targets(recording, np.array([0.25, 1.75, 3.0, 4.25, 5.5]), 0.5)
    np.testing.assert_array_equal(rated, [True, True, False, True, False])
    np.testing.assert_allclose(target[[0, 1, 3], 0], [0.05, 0.15, 0.25])
    np.testing.assert_allclose(error[0], 0.05)  # 0.5 of 0.2 over the root of four raters


@pytest.mark.parametrize("kind", ["none", "quadrant"])
def test_signs_are_not_scaled(kind: str) -> None:
    """A quadrant stays a pair of signs, and what nobody rated has no target."""
    ratings = Ratings.none() if kind == "none" else Ratings.quadrant("Q2")
    recording = Recording("x", "x", None, "g", ratings, "none")
    target, _, rated = targets(recording, np.array([0.5, 7.0]), 0.5)
    if kind == "none":
        assert not rated.any()
    else:
        np.testing.assert_array_equal(target, [[1.0, -1.0]] * 2)
