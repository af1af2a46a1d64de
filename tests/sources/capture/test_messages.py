"""What the capturing process says, as bytes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.sources.capture.messages import HEAD, Kind, Message, read

MESSAGES = st.builds(
    Message,
    st.sampled_from(Kind),
    st.binary(max_size=200),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63),
    st.floats(0, 1e9),
)


@given(st.lists(MESSAGES, max_size=10))
def test_what_is_written_is_read(messages: list[Message]) -> None:
    """One after the other, to the end of the pipe."""
    stream = io.BytesIO(b"".join(message.encode() for message in messages))
    assert [read(stream) for _ in messages] == messages
    assert read(stream) is None


@given(MESSAGES, st.data())
def test_a_pipe_that_breaks_off_ends(message: Message, data: st.DataObject) -> None:
    """A process that died in the middle of a message has said nothing."""
    whole = message.encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert read(io.BytesIO(whole[:cut])) is None


@given(st.binary(max_size=300))
def test_what_is_no_message_ends(garbage: bytes) -> None:
    """Whatever stands there, nothing is raised and little memory is taken."""
    stream = io.BytesIO(garbage)
    while (message := read(stream)) is not None:
        assert message.kind in Kind


def test_absurd_lengths_are_not_believed() -> None:
    """A length of gigabytes is no reason to wait for them."""
    assert read(io.BytesIO(HEAD.pack(b"b", 2**32 - 1, 0, 0, 0.0))) is None


@pytest.mark.parametrize("channels", [1, 2, 7])
def test_samples_keep_their_channels(channels: int) -> None:
    """A block arrives as it was heard."""
    block = np.random.default_rng(0).normal(size=(33, channels)).astype(np.float32)
    message = Message(Kind.BLOCK, block.tobytes())
    np.testing.assert_array_equal(message.samples(channels), block)
