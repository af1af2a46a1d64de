"""The thread that hands out blocks: order, pace, end and stop."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sources.base import Block
from realtime_mer.sources.playing import Player, block_samples, checked_speed, picked_columns

LIMIT_S = 10.0


class Listener:
    """Keeps what a source delivers, when, and how it ended."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.times_s: list[float] = []
        self.endings: list[Exception | None] = []
        self.over = threading.Event()

    def deliver(self, block: Block) -> None:
        self.times_s.append(time.monotonic())
        self.blocks.append(block.copy())

    def ended(self, failure: Exception | None) -> None:
        self.endings.append(failure)
        self.over.set()


def numbered(count: int, samples: int = 10) -> list[Block]:
    return [np.full((samples, 1), number, dtype=np.float32) for number in range(count)]


def test_all_blocks_come_in_order_and_end_once() -> None:
    """Every block arrives once, in order, then the end without a failure."""
    listener = Listener()
    player = Player(iter(numbered(50)), 1000, math.inf, "test")
    player.start(listener.deliver, listener.ended)
    assert listener.over.wait(LIMIT_S)
    assert [block[0, 0] for block in listener.blocks] == list(range(50))
    assert listener.endings == [None]
    assert player.close()
    assert listener.endings == [None]


def test_failure_of_the_blocks_is_passed_on() -> None:
    """What the blocks raise ends the source, and is told."""

    def failing() -> Iterator[Block]:
        yield from numbered(2)
        raise UserError("It is damaged.")

    listener = Listener()
    Player(failing(), 1000, math.inf, "test").start(listener.deliver, listener.ended)
    assert listener.over.wait(LIMIT_S)
    assert len(listener.blocks) == 2
    assert [str(ending) for ending in listener.endings] == ["It is damaged."]


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_no_block_comes_before_its_last_sample_is_due(speed: float) -> None:
    """At any speed a block is delivered when a sound card would have it, not before."""
    listener = Listener()
    player = Player(iter(numbered(10, samples=50)), 1000, speed, "test")
    start_s = time.monotonic()
    player.start(listener.deliver, listener.ended)
    assert listener.over.wait(LIMIT_S)
    for number, time_s in enumerate(listener.times_s, start=1):
        assert time_s - start_s >= number * 0.05 / speed - 0.001


def test_schedule_does_not_drift() -> None:
    """A player that was held up catches up, since its schedule counts from the start."""
    listener = Listener()

    def held_up(block: Block) -> None:
        listener.deliver(block)
        if len(listener.blocks) == 1:
            time.sleep(0.75)

    start_s = time.monotonic()
    Player(iter(numbered(20, samples=50)), 1000, 1.0, "test").start(held_up, listener.ended)
    assert listener.over.wait(LIMIT_S)
    assert 0.99 <= time.monotonic() - start_s < 1.5  # 1.75 s if sleeps were summed


def test_nothing_comes_after_close() -> None:
    """Once close has returned no block is delivered, and no end is announced."""
    listener = Listener()
    player = Player(itertools.cycle(numbered(1)), 1000, math.inf, "test")
    player.start(listener.deliver, listener.ended)
    while not listener.blocks:
        time.sleep(0.001)
    assert player.close()
    count = len(listener.blocks)
    time.sleep(0.05)
    assert len(listener.blocks) == count
    assert listener.endings == []


def test_close_does_not_wait_for_the_next_block() -> None:
    """A block that is due in an hour does not hold up the end."""
    listener = Listener()
    player = Player(iter(numbered(1, samples=3600)), 1, 1.0, "test")
    player.start(listener.deliver, listener.ended)
    start_s = time.monotonic()
    assert player.close()
    assert time.monotonic() - start_s < 1.0
    assert listener.blocks == []


def test_close_does_not_wait_for_a_read_that_hangs() -> None:
    """A pipe nobody writes to is left behind, and nothing of it is delivered later."""
    release = threading.Event()

    def hanging() -> Iterator[Block]:
        release.wait(LIMIT_S)
        yield from numbered(1)

    listener = Listener()
    player = Player(hanging(), 1000, math.inf, "test")
    player.start(listener.deliver, listener.ended)
    start_s = time.monotonic()
    assert not player.close()
    assert time.monotonic() - start_s < 1.0
    release.set()
    time.sleep(0.05)
    assert listener.blocks == []
    assert listener.endings == []


def test_close_from_within_deliver() -> None:
    """Whoever is given a block may close the source there and then."""
    listener = Listener()
    closed = threading.Event()

    def deliver(block: Block) -> None:
        listener.deliver(block)
        player.close()
        closed.set()

    player = Player(itertools.cycle(numbered(1)), 1000, math.inf, "test")
    player.start(deliver, listener.ended)
    assert closed.wait(LIMIT_S)
    time.sleep(0.05)
    assert len(listener.blocks) == 1


def test_close_before_start() -> None:
    """A player that never started closes."""
    assert Player(iter([]), 1000, 1.0, "test").close()


@pytest.mark.parametrize(
    ("rate_hz", "speed", "expected"),
    [(44_100, 1.0, 882), (48_000, 2.0, 1920), (48_000, math.inf, 24_000), (1, 0.1, 1)],
)
def test_block_lengths(rate_hz: int, speed: float, expected: int) -> None:
    """A paced block lasts a hop of the front end in real time, an unpaced one a step."""
    assert block_samples(rate_hz, speed) == expected


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan])
def test_speed_must_be_above_zero(speed: float) -> None:
    """A speed that plays nothing is refused."""
    with pytest.raises(UserError, match="--speed"):
        checked_speed(speed)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=8, unique=True))
def test_picked_columns_are_those_asked_for(channels: list[int]) -> None:
    """Channels come in the order asked for, each contiguous block float32."""
    block = np.arange(24, dtype=np.float32).reshape(3, 8)
    picked, count = picked_columns(iter([block]), tuple(channels), 8, "desk")
    (chosen,) = picked
    assert count == len(channels)
    np.testing.assert_array_equal(chosen, block[:, channels])
    assert chosen.flags.c_contiguous


def test_picked_columns_beyond_those_there_are() -> None:
    """A channel that is not there is named as the person counts, from 1."""
    with pytest.raises(UserError, match=r"“song.wav” has no channel 3: .* from 1 to 2"):
        picked_columns(iter([]), (0, 2), 2, "song.wav")
