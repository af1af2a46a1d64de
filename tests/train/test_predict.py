"""Estimates of a recording: what they say of it as a whole, and that their file keeps them."""

from __future__ import annotations

import numpy as np
from support.rated_songs import series

from train.predict import load_series, save_series


def test_first_seconds_do_not_count() -> None:
    """A song's value is the mean of what is said after the first 5 s."""
    value = series([9.0] * 10 + [0.2, 0.4]).song()
    np.testing.assert_allclose(value, 0.3, rtol=1e-6)


def test_short_recording_is_judged_by_its_last_half() -> None:
    """Of 4 s the last two count."""
    np.testing.assert_allclose(series([1.0] * 4 + [0.5] * 4).song(), 0.5)


def test_series_come_back_from_disk(tmp_path) -> None:
    """Estimates written to a file are read as they were."""
    given = {"a/b": series([0.1, 0.2]), "a/c": series([0.3])}
    save_series(tmp_path / "x.npz", given)
    loaded = load_series(tmp_path / "x.npz")
    assert loaded is not None
    assert loaded.keys() == given.keys()
    for key, one in given.items():
        np.testing.assert_array_equal(loaded[key].mean, one.mean)
    assert load_series(tmp_path / "none.npz") is None
