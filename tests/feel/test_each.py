"""Several streams, each shaped by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.estimates import make_estimate

from realtime_mer.errors import UserError
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel
from realtime_mer.feel.cues import Cue
from realtime_mer.feel.each import FeelEach

DIMENSIONS = ("arousal", "valence")


def two(**options: float) -> FeelEach:
    """Streams 1 and 2, both with these options."""
    return FeelEach((1, 2), lambda stream: Feel(DIMENSIONS, "tiny", **options))  # type: ignore[arg-type]


def test_each_stream_has_a_memory_of_its_own() -> None:
    """Smoothing and words follow one stream as if there were no other."""
    each, alone = two(rise_s=2.0, fall_s=2.0), Feel(DIMENSIONS, "tiny", rise_s=2.0, fall_s=2.0)
    for k in range(20):
        each.step(replace(make_estimate(30 - k), sequence=k, time_s=0.5 * (k + 1), stream=1))
        ours = each.step(replace(make_estimate(k), stream=2)).estimate
        assert replace(ours, stream=0) == alone.step(make_estimate(k)).estimate


def test_what_a_person_sets_counts_for_all() -> None:
    """Freeze and a calibration reach every stream."""
    each = two()
    each.use(Calibration("tuesday", DIMENSIONS, (0.2, 0.2), (0.5, 0.5)))
    moved = [each.step(replace(make_estimate(0), stream=s)).estimate.mean for s in (1, 2)]
    assert moved[0] == moved[1] != make_estimate(0).mean
    each.frozen = True
    held = [each.step(replace(make_estimate(9), stream=s)).estimate.mean for s in (1, 2)]
    assert held == moved
    assert each.frozen
    assert each.calibration is not None


def test_learning_is_refused_with_the_remedy() -> None:
    """The range of one channel is not that of another."""
    each = two()
    with pytest.raises(UserError, match="learned from one stream"):
        each.learn(30.0, "x")
    assert (each.learning, each.learned(), each.stop_learning()) == (None, None, None)


def test_a_cue_hears_its_own_stream() -> None:
    """The mood of another stream fires nothing."""
    cue = Cue(("tense",), 0.0, "/go", stream=2)
    cues = {2: (cue,)}
    each = FeelEach((1, 2), lambda s: Feel(DIMENSIONS, cues=cues.get(s, ())))
    tense = replace(make_estimate(0), mean=(0.6, -0.6))
    assert each.step(replace(tense, stream=1)).cues == ()
    assert [fired.address for fired in each.step(replace(tense, stream=2)).cues] == ["/go"]
