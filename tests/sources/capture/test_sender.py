"""From the audio callback to a pipe whose reader may be slow, or gone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pytest
from support.sinks import wait_until

from realtime_mer.sources.capture.messages import Kind, Message, read
from realtime_mer.sources.capture.sender import Sender

BLOCK = np.arange(1024, dtype=np.float32).reshape(512, 2)


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, int]]:
    """Both ends: to read from, and to write to."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source:
        yield source, writing
    os.close(writing)


def test_all_arrives_in_order(pipe: tuple[BinaryIO, int]) -> None:
    """Words and blocks, with their positions, times and drops."""
    sender = Sender(pipe[1])
    sender.most_waiting_samples = 1_000_000
    sender.say(Kind.HELLO, "here I am")
    began_s = time.monotonic()
    for number in range(10):
        sender.take(BLOCK, number)
    messages = [read(pipe[0]) for _ in range(11)]
    assert messages[0] == Message(Kind.HELLO, b"here I am")
    for number, message in enumerate(messages[1:]):
        assert message is not None
        assert (message.drops, message.position) == (number, 512 * number)
        assert began_s <= message.time_s <= time.monotonic()
        np.testing.assert_array_equal(message.samples(2), BLOCK)


def test_a_reader_that_stops_holds_nobody_up(pipe: tuple[BinaryIO, int]) -> None:
    """The callback returns at once, what waits is bounded, and the latest is there at the end."""
    sender = Sender(pipe[1])
    sender.most_waiting_samples = 100 * 512
    longest_s = 0.0
    for _ in range(2000):  # 8 MB into a pipe that holds 1
        began_s = time.perf_counter()
        sender.take(BLOCK, 0)
        longest_s = max(longest_s, time.perf_counter() - began_s)
    assert longest_s < 1.0
    positions = []
    while not positions or positions[-1] < 1999 * 512:
        message = read(pipe[0])
        assert message is not None
        positions.append(message.position)
    assert positions == sorted(set(positions))
    assert len(positions) < 400  # those that waited, and what the pipe held
    assert positions[-100:] == [512 * number for number in range(1900, 2000)]


def test_a_reader_that_is_gone_is_noticed() -> None:
    """The pipe is broken, and nobody waits for it."""
    reading, writing = os.pipe()
    sender = Sender(writing)
    os.close(reading)
    sender.say(Kind.GONE, "bye")
    sender.flush(10.0)
    wait_until(sender.broken.is_set)
    sender.take(BLOCK, 0)  # neither raises nor waits
    os.close(writing)


def test_a_flush_waits_for_what_was_said(pipe: tuple[BinaryIO, int]) -> None:
    """After it the words are in the pipe, also where the reader is slow."""
    sender = Sender(pipe[1])
    long = "x" * 3_000_000
    said: list[Message | None] = []

    def slowly() -> None:
        time.sleep(0.2)
        said.append(read(pipe[0]))

    reader = threading.Thread(target=slowly)
    reader.start()
    sender.say(Kind.GONE, long)
    sender.flush(10.0)
    reader.join(10.0)
    assert said == [Message(Kind.GONE, long.encode())]
