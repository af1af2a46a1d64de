"""How long to wait before the next try."""

from __future__ import annotations

from collections.abc import Iterator

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0


def pauses() -> Iterator[float]:
    """Yield 0.5, 1, 2, 4, 8, 10, 10 … seconds."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2.0 * pause_s, LONGEST_PAUSE_S)
