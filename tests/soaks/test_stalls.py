"""How the stalls of several cores are told as those of one machine."""

from __future__ import annotations

import pytest

from soaks.stalls import Span, Stalls, together


@pytest.mark.parametrize(
    ("cores", "everywhere", "somewhere"),
    [
        ([[], []], [], []),
        ([[(1.0, 1.02)], []], [], [(1.0, 1.02)]),
        ([[(1.0, 1.02)], [(1.01, 1.03)]], [(1.0, 1.03)], [(1.0, 1.03)]),
        ([[(1.0, 1.02)], [(1.03, 1.05)]], [], [(1.0, 1.02), (1.03, 1.05)]),
        ([[(1.0, 1.02), (1.03, 1.05)], [(1.01, 1.04)]], [(1.0, 1.05)], [(1.0, 1.05)]),
        ([[(1.0, 1.02)]], [(1.0, 1.02)], [(1.0, 1.02)]),
    ],
)
def test_stalls_that_touch_are_one(
    cores: list[list[Span]], everywhere: list[Span], somewhere: list[Span]
) -> None:
    """Those that every core has a part in are the machine's."""
    assert together(cores) == (everywhere, somewhere)


def test_stalls_in_step_are_told_from_others() -> None:
    """Those that end within 20 ms of each 100 ms, also around a full one."""
    ends = [1.095, 2.305, 7.71, 3.05]
    stalls = Stalls(somewhere=[(end - 0.02, end) for end in ends])
    assert stalls.in_step == 3
    assert stalls.longest_s == pytest.approx(0.02)
    assert Stalls().cells() == ["0", "0", "0 ms", "0"]
