"""Folds keep groups together and are of like size."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from train.datasets.base import Ratings, Recording
from train.folds import assign_folds


def recordings(groups: list[int]) -> list[Recording]:
    """Return one recording for each group named."""
    rating = Ratings.static(0.0, 0.0)
    return [
        Recording("set", str(number), None, str(group), rating, "none")
        for number, group in enumerate(groups)
    ]


@given(st.lists(st.integers(0, 12), min_size=30, max_size=80), st.integers(0, 9))
@settings(deadline=None)
def test_groups_stay_together(groups: list[int], seed: int) -> None:
    """No group is in two folds, every recording is in one, whatever the seed."""
    if len(set(groups)) < 5:
        return
    members = recordings(groups)
    fold_of = assign_folds(members, 5, seed)
    assert fold_of.keys() == {r.key for r in members}
    assert set(fold_of.values()) == set(range(5))
    for group in set(groups):
        assert len({fold_of[r.key] for r in members if r.group == str(group)}) == 1


def test_folds_are_the_same_each_time() -> None:
    """The same recordings have the same folds, in any order."""
    members = recordings([number % 17 for number in range(90)])
    assert assign_folds(members, 5) == assign_folds(members[::-1], 5)


def test_folds_are_of_like_size() -> None:
    """A hundred single recordings make five folds of twenty."""
    fold_of = assign_folds(recordings(list(range(100))), 5)
    assert sorted(list(fold_of.values()).count(fold) for fold in range(5)) == [20] * 5


def test_too_few_groups_are_named() -> None:
    """A set that cannot be divided ends in one sentence."""
    with pytest.raises(UserError, match="set has 2 groups, too few for 5 folds"):
        assign_folds(recordings([0, 0, 1, 1]), 5)
