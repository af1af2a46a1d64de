"""Rows of numbers in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.sinks.web.column import PIECE, Column


@given(st.integers(0, 3 * PIECE), st.integers(0, 2))
def test_what_is_kept_is_what_came_last(count: int, drops: int) -> None:
    """Like a list whose first pieces are cut off."""
    column: Column[int] = Column("Q")
    for number in range(count):
        column.append(number)
    for _ in range(min(drops, count // PIECE)):
        column.drop_oldest()
    wanted = list(range(count))[PIECE * min(drops, count // PIECE) :]
    assert len(column) == len(wanted)
    assert column.copy().tolist() == wanted


def test_what_was_copied_stays() -> None:
    """A copy is of its moment."""
    column: Column[float] = Column("d")
    column.append(0.5)
    copied = column.copy()
    column.append(1.5)
    assert copied.tolist() == [0.5]
    assert column.copy().typecode == "d"
