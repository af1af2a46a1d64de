"""Times as a person writes them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.analysis.plot_style import clock
from realtime_mer.commands.replay import parse_time
from realtime_mer.errors import UserError


@given(st.integers(0, 359_999))
def test_a_time_is_read_as_it_is_written(seconds: int) -> None:
    """What the pictures write along their axis can be given to --from."""
    assert parse_time(clock(seconds)) == seconds
    assert parse_time(str(seconds)) == seconds
    assert parse_time(f" {seconds // 60}:{seconds % 60:02}.5 ") == seconds + 0.5


@pytest.mark.parametrize("text", ["", ":", "noon", "1:2:3:4", "-3", "1:-2", "1.5:00", "1e3", "nan"])
def test_what_is_no_time_is_a_sentence(text: str) -> None:
    """Anything else is refused with how to write it."""
    with pytest.raises(UserError, match=r"write minutes and seconds, such as --from 12:30\.$"):
        parse_time(text)


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_a_sentence(text: str) -> None:
    """No text is too strange."""
    with suppress(UserError):
        assert parse_time(text) >= 0.0
