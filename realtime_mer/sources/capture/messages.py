"""What the capturing process says to the tracker, as bytes on a pipe.

Every message is a head of fixed size and a payload. Both ends are this program, in one
version and on one machine; nothing here is for the network.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

HEAD = struct.Struct("<cxxxIIQd")
LIST = "list"
"""In place of a request: name every device, and leave."""
START = b"s"
"""What the tracker says to have blocks."""

MOST_BYTES = 1 << 28
"""Longest payload: 10 s of 64 channels at 96 kHz."""


class Kind(Enum):
    """What a message is."""

    HELLO = b"h"
    """The device is open, or the list was made; JSON."""
    BLOCK = b"b"
    """Samples, float32, interleaved."""
    GONE = b"g"
    """No more samples will come, or none ever; a sentence."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        kind: what it is.
        payload: its bytes.
        drops: blocks that the driver has said were lost, so far.
        position: of a block, how many samples a channel came before it.
        time_s: of a block, when the driver handed it over, by ``time.monotonic``, which all
            processes of a machine share.
    """

    kind: Kind
    payload: bytes = b""
    drops: int = 0
    position: int = 0
    time_s: float = 0.0

    def encode(self) -> bytes:
        """Return the message as bytes."""
        head = HEAD.pack(self.kind.value, len(self.payload), self.drops, self.position, self.time_s)
        return head + self.payload

    def samples(self, channels: int) -> NDArray[np.float32]:
        """Return the samples of a block, float32 ``[samples, channels]``, read-only."""
        return np.frombuffer(self.payload, np.float32).reshape(-1, channels)


def read(stream: BinaryIO) -> Message | None:
    """Read the next message from a buffered stream.

    Returns:
        The message; None where the stream has ended, or holds what is no message.
    """
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, size, drops, position, time_s = HEAD.unpack(head)
    if size > MOST_BYTES:
        return None
    payload = stream.read(size)
    try:
        known = Kind(kind)
    except ValueError:
        return None
    return Message(known, payload, drops, position, time_s) if len(payload) == size else None
