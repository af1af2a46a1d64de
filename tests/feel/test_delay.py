"""The queue by time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.feel.delay import DelayLine


@given(
    delay_s=st.floats(0, 10),
    puts=st.lists(st.floats(0, 5), max_size=30),
    takes=st.lists(st.floats(0, 5), max_size=30),
)
def test_everything_comes_out_in_order_and_never_early(
    delay_s: float, puts: list[float], takes: list[float]
) -> None:
    """Whenever it is asked, it gives what is old enough, all of it, once."""
    line: DelayLine[float] = DelayLine(delay_s)
    now_s, given_at = 0.0, []
    for step_s in puts:
        now_s += step_s
        line.put(now_s, now_s)
        given_at.append(now_s)
    out: list[float] = []
    asked_s = 0.0
    for step_s in takes:
        asked_s += step_s
        out += line.take(asked_s)
        assert out == [each for each in given_at if each + delay_s <= asked_s]
        following = line.next_s
        assert following is None or following > asked_s
    out += line.take(now_s + delay_s)
    assert out == given_at
    assert len(line) == 0
    assert line.next_s is None
