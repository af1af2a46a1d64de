"""Folds keep groups together, are of like size, and are held out from one network each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from train.datasets.base import Ratings, Recording
from train.folds import CROSS_CORPUS, assign_folds, hold_out


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


def test_every_judged_recording_is_held_out_once() -> None:
    """Each fold's network does not hear its fold; the last one hears everything."""
    members = recordings(list(range(20)))
    fold_of, held_out = hold_out(members, 5)
    assert len(held_out) == 6
    assert held_out[-1] == set()
    for fold, held in enumerate(held_out[:-1]):
        assert held == {key for key, other in fold_of.items() if other == fold}
    assert set.union(*held_out) == {r.key for r in members}


def test_a_foreign_set_is_in_no_training_and_in_no_fold() -> None:
    """What tests whether a model carries over is heard by the exported network alone."""
    members = recordings(list(range(10)))
    foreign = replace(members[0], dataset=CROSS_CORPUS[0])
    fold_of, held_out = hold_out([*members, foreign], 5)
    assert foreign.key not in fold_of
    assert [foreign.key in held for held in held_out] == [True] * 5 + [False]


def test_what_nobody_rated_is_learned_from_and_judged_never() -> None:
    """Music without ratings, and emomusic's few songs, are in every network's training."""
    members = recordings(list(range(10)))
    silent = replace(members[0], dataset="music", ratings=Ratings.none())
    few = replace(members[0], dataset="emomusic")
    fold_of, held_out = hold_out([*members, silent, few], 5)
    assert not {silent.key, few.key} & fold_of.keys()
    assert not {silent.key, few.key} & set.union(*held_out)
