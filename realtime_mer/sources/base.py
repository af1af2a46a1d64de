"""What every source of sound is to the rest: a rate, a name, and blocks of samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]
"""Samples of shape ``[samples, channels]``, full scale at ±1."""

Deliver = Callable[[Block], None]
"""Takes a block. It is quick, never blocks and does not keep the array."""

Ended = Callable[[Exception | None], None]
"""Called once when no more samples will come: None at the end of a file, else why."""


class Source(Protocol):
    """Sound that arrives in blocks, from a thread of the source's own.

    Opening happens in the constructor, so that whatever is wrong is a
    :class:`~realtime_mer.errors.UserError` before anything else has started.
    """

    name: str
    """What a person calls it: the device's name, the file's name, ``demo``."""
    rate_hz: int
    """Samples per second in each channel."""
    channels: int
    """Number of channels in each block."""
    live: bool
    """True for sound that happens now: its ``deliver`` is never held up; a file's may be."""

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Begin to call ``deliver`` with blocks; ``ended`` is called at most once."""

    def drops(self) -> int:
        """Return the number of blocks known to be lost so far."""

    def close(self) -> None:
        """Stop, wait until no further block will be delivered, and free the device."""


@runtime_checkable
class Device(Source, Protocol):
    """A source that may be lost, and come back."""

    def reopen(self, rate_hz: int | None = None) -> Source:
        """Open the very same device again, by its name.

        Args:
            rate_hz: samples per second to ask of it; None for what was asked at first.

        Raises:
            UserError: it is not there, or cannot be opened; never is another taken instead.
        """
