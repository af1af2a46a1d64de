"""A long row of numbers that grows at one end and is cut at the other, without being moved."""

from __future__ import annotations

from array import array
from typing import Generic, TypeVar

Number = TypeVar("Number", int, float)

PIECE = 1800
"""Numbers in a piece: a quarter of an hour of estimates. Pieces are dropped whole."""


class Column(Generic[Number]):
    """Keeps numbers in pieces of one size.

    One array that grows is copied to a new place again and again, and ten of them side by side
    leave holes in memory that come to half of what they hold.

    Args:
        kind: type code of :mod:`array`.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._pieces: list[array[Number]] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, number: Number) -> None:
        """Add a number at the end."""
        used = self._length % PIECE
        if used == 0:
            self._pieces.append(array(self._kind, bytes(PIECE * array(self._kind).itemsize)))
        self._pieces[-1][used] = number
        self._length += 1

    def drop_oldest(self) -> None:
        """Forget the first piece, which must be full."""
        del self._pieces[0]
        self._length -= PIECE

    def copy(self) -> array[Number]:
        """Return all numbers in one array."""
        whole: array[Number] = array(self._kind)
        for piece in self._pieces:
            whole.extend(piece)
        del whole[self._length :]
        return whole
