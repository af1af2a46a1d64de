"""What every receiver of estimates is to the rest."""

from __future__ import annotations

from typing import Protocol

from realtime_mer.estimate import Estimate, Status
from realtime_mer.sources.base import Block


class Sink(Protocol):
    """Takes estimates and passes them on.

    Resources a person may have chosen wrongly (a port, a path) are taken in the
    constructor, which raises :class:`~realtime_mer.errors.UserError`. After that no
    method blocks, and none raises: a sink counts and logs its failures by itself, so
    that no sink can harm another.
    """

    def publish(self, estimate: Estimate) -> None:
        """Pass on one estimate, twice a second."""

    def report(self, status: Status) -> None:
        """Pass on the state of the run, once a second."""

    def close(self) -> None:
        """Finish what has been taken, within a second, and free everything."""


class Tape(Protocol):
    """Takes the sound itself, sample for sample as the tracker hears it.

    As with a :class:`Sink`, no method blocks and none raises.
    """

    @property
    def hurried(self) -> bool:
        """Whether sound that can wait, such as a file's, had better wait."""

    def take(self, block: Block) -> None:
        """Keep a block: for an audio callback; the array is not kept."""

    def close(self) -> None:
        """Finish what has been taken, within a second, and free everything."""
