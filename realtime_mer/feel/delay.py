"""A queue by time: what goes in comes out a fixed while later."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class DelayLine(Generic[Item]):
    """Holds items back; the caller brings the clock.

    Args:
        delay_s: seconds each item waits.
    """

    def __init__(self, delay_s: float) -> None:
        self.delay_s = delay_s
        self._items: deque[tuple[float, Item]] = deque()

    def put(self, item: Item, now_s: float) -> None:
        """Take an item at a moment not before that of the last one."""
        self._items.append((now_s + self.delay_s, item))

    def take(self, now_s: float) -> list[Item]:
        """Return what is due, oldest first."""
        due: list[Item] = []
        while self._items and self._items[0][0] <= now_s:
            due.append(self._items.popleft()[1])
        return due

    @property
    def next_s(self) -> float | None:
        """When the next item is due, None where none waits."""
        return self._items[0][0] if self._items else None

    def __len__(self) -> int:
        return len(self._items)
