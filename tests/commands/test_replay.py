"""Times as a person writes them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.analysis.plot_style import clock
from realtime_mer.commands.replay import of_stream, parse_time
from realtime_mer.errors import UserError
from realtime_mer.feel.cues import Cue
from realtime_mer.routes.parse import parse_route
from realtime_mer.settings import Settings


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


def test_one_stream_is_sent_by_its_own_routes() -> None:
    """Of a configuration for several streams, what belongs to the chosen one is used."""
    table = {"address": "/x", "source": "arousal"}
    routes = [parse_route(table | ({"stream": k} if k else {})) for k in (0, 1, 2)]
    cues = [Cue(("tense",), 0.0, f"/{k}", stream=k) for k in (1, 2)]
    chosen = of_stream(Settings(routes=tuple(routes), cues=tuple(cues)), 2)
    assert [route.stream for route in chosen.routes] == [0, 0]
    assert [cue.address for cue in chosen.cues] == ["/2"]
    assert chosen.cues[0].stream == 0
