"""For how long nothing has come, as somebody sees it who may himself be held up."""

from __future__ import annotations

import itertools

from realtime_mer.live.pauses import pauses
from realtime_mer.live.watch import LONGEST_LOOK_S, Watch


def test_time_without_news_adds_up() -> None:
    """Looks a tenth of a second apart add up until something new has come."""
    watch = Watch()
    assert watch.look(0, 10.0) == 0.0
    seen = [watch.look(0, 10.0 + 0.1 * look) for look in range(1, 11)]
    assert abs(seen[-1] - 1.0) < 1e-9
    assert watch.look(1, 11.1) == 0.0


def test_a_process_that_was_stopped_blames_nobody() -> None:
    """An hour between two looks says nothing of the device."""
    watch = Watch()
    watch.look(0, 10.0)
    assert watch.look(0, 3610.0) == LONGEST_LOOK_S


def test_pauses_grow_from_half_a_second_to_ten() -> None:
    """0.5, 1, 2, 4, 8, 10, 10 … seconds."""
    assert list(itertools.islice(pauses(), 7)) == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
