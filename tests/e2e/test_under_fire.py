"""Every sample of the sound card, while everything else happens at once; short."""

from __future__ import annotations

import pytest

from soaks.under_fire import under_fire

pytestmark = pytest.mark.e2e


def test_no_sample_is_lost() -> None:
    """JACK at 512 frames, 200 pages, every core busy, a slow disk: the count is whole."""
    survived = under_fire(12.0)
    print(survived)
    found = survived.found
    assert found.counted.lost == 0
    assert found.counted.spoilt == 0
    assert found.gaps == 0
    assert found.status["filled_s"] == 0.0
    assert found.status["skipped_s"] == 0.0
    assert survived.fewest > 12
