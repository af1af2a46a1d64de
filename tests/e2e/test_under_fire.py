"""Every sample of the sound card, while everything else happens at once; short."""

from __future__ import annotations

import pytest

from soaks.under_fire import under_fire

pytestmark = pytest.mark.e2e


def test_no_sample_is_lost() -> None:
    """JACK at 512 frames, 200 pages, every core busy, a slow disk: the count is whole.

    JACK waits for its clients here: a machine that stands still for a block makes it pass over
    whoever had no time, and that is no fault of ours.
    """
    survived = under_fire(12.0, waits=True)
    print(survived)
    heard = survived.heard
    assert heard.counted.lost == 0
    assert heard.counted.spoilt == 0
    assert heard.gaps == 0
    assert heard.status["filled_s"] == 0.0
    assert heard.status["skipped_s"] == 0.0
    assert survived.fewest > 12
