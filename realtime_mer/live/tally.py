"""What is counted over a whole run, whatever device it listens to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Counts since the start.

    Attributes:
        reconnects: how often a lost device was heard again.
        drops: blocks lost by devices that are closed by now.
        skipped_steps: steps of 500 ms given up where this machine was too slow.
        filled_s: silence put in the place of sound that did not come.
        skipped_s: sound given up because it came too late.
        due_since_s: when the oldest step that waits for the model became complete, by
            ``time.monotonic``; None while none waits.
    """

    reconnects: int = 0
    drops: int = 0
    skipped_steps: int = 0
    filled_s: float = 0.0
    skipped_s: float = 0.0
    due_since_s: float | None = None
