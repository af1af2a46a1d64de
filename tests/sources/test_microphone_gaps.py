"""What the microphone makes of blocks that its capturing process had to give up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from realtime_mer.sources.capture.messages import Kind, Message
from realtime_mer.sources.microphone import Microphone

RATE_HZ = 1000
CHANNELS = 2


class Said:
    """What a capturing process has said, to its end."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = iter(messages)

    def next(self) -> Message | None:
        """The next message."""
        return next(self._messages, None)


def hear(messages: Sequence[Message]) -> tuple[NDArray[np.float32], list[Exception | None], int]:
    """Return what a microphone delivers, how it ends, and how much it says is missing."""
    microphone = Microphone.__new__(Microphone)
    microphone.name, microphone.rate_hz, microphone.channels = "desk", RATE_HZ, CHANNELS
    microphone._process = Said(messages)  # type: ignore[assignment]
    microphone._closing = False
    microphone._drops = microphone._missing_samples = 0
    blocks: list[NDArray[np.float32]] = []
    endings: list[Exception | None] = []
    microphone._read(lambda block: blocks.append(block.copy()), endings.append)
    return np.concatenate(blocks), endings, microphone.missing_samples()


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 300)), min_size=1, max_size=20))
def test_every_sample_keeps_its_place(gaps: list[tuple[int, int]]) -> None:
    """Silence as long as what is missing stands before each block."""
    messages, position = [], 0
    for gap, samples in gaps:
        position += gap
        numbers = np.arange(position, position + samples, dtype=np.float32) + 1
        block = np.repeat(numbers[:, np.newaxis], CHANNELS, axis=1)
        messages.append(Message(Kind.BLOCK, block.tobytes(), position=position))
        position += samples
    sound, endings, missing = hear(messages)
    assert sound.shape == (position, CHANNELS)
    places = np.flatnonzero(sound[:, 0])
    np.testing.assert_array_equal(sound[places, 1], places + 1)
    assert missing == sum(gap for gap, _ in gaps) == position - len(places)
    assert len(endings) == 1


def test_the_reason_is_passed_on() -> None:
    """The sentence of the capturing process is the one a person reads."""
    block = Message(Kind.BLOCK, np.zeros((3, CHANNELS), np.float32).tobytes())
    _, endings, _ = hear([block, Message(Kind.GONE, "“desk” is gone.".encode())])
    assert [str(ending) for ending in endings] == ["“desk” is gone."]
