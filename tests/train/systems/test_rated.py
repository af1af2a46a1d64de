"""Steps with their ratings, and crops of these."""

from __future__ import annotations

import numpy as np

from train.datasets.base import Ratings, Recording
from train.systems.base import Lesson
from train.systems.ears import Heard
from train.systems.rated import cut, rate_steps


def test_steps_take_the_rating_of_their_middle() -> None:
    """Ratings over time go to the steps inside; signs are moderate; the rest has none."""
    heard = Heard(0.5 * np.arange(1, 7), np.zeros((6, 1), np.float32))
    ratings = Ratings.dynamic(
        np.array([[0.5, 1.5], [1.5, 2.5]]),
        np.array([[0.2, 0.1], [0.4, -0.1]]),
        np.array([[0.3, 0.3], [0.1, np.nan]]),
    )
    dynamic = Recording("vgmidi", "x", None, "g", ratings, "none")
    rated = rate_steps(dynamic, heard, Lesson([], {"vgmidi": 0.5}))
    np.testing.assert_array_equal(rated.rated, [0, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(rated.target[1:5, 0], [0.1, 0.1, 0.2, 0.2])
    np.testing.assert_allclose(rated.spread[1], [0.15, 0.15])
    signs = Recording("emopia", "x", None, "g", Ratings.quadrant("Q3"), "none")
    rated = rate_steps(signs, heard, Lesson([]))
    np.testing.assert_allclose(rated.target, -0.25)
    assert np.isnan(rated.spread).all()


def test_a_crop_is_a_piece_of_its_recording_and_then_the_average() -> None:
    """Values and ratings stay beside one another; what is too short is padded, unrated."""
    values = np.arange(6, dtype=np.float32)[:, None]
    heard = Heard(0.5 * np.arange(1, 7), values)
    recording = Recording("emotify", "x", None, "g", Ratings.static(0.4, -0.2), "none")
    whole = rate_steps(recording, heard, Lesson([]))
    centre = np.float32([2.5])
    generator = np.random.default_rng(0)
    starts = set()
    for _ in range(20):
        given, target, _, rated, _ = cut([whole], 4, generator, centre)
        starts.add(start := int(given[0, 0, 0]))
        np.testing.assert_array_equal(given[0, :, 0], np.arange(start, start + 4))
        np.testing.assert_allclose(target[0], [[0.4, -0.2]] * 4, rtol=1e-6)
        assert rated.all()
    assert starts == {0, 1, 2}
    given, _, spread, rated, dominance = cut([whole], 8, generator, centre)
    np.testing.assert_array_equal(given[0, :, 0], [0, 1, 2, 3, 4, 5, 2.5, 2.5])
    np.testing.assert_array_equal(rated[0], [1] * 6 + [0] * 2)
    assert spread[0, 6:].isnan().all()
    assert dominance.isnan().all()
