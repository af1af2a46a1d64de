"""Cues as tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.config.cues import KEYS, cue_table, parse_cue_table
from realtime_mer.config.table import TableError
from realtime_mer.feel.cues import CUE_WORDS, Cue, parse_cue

GOOD = {"mood": "tense", "address": "/cue/12/go"}


def test_a_table_is_the_cue_of_the_sentence() -> None:
    """Both ways of writing it mean the same."""
    table = {"mood": ["tense", "sad"], "for": 4, "address": "/go", "arguments": [1, "two"]}
    sentence = "mood is tense or sad for 4 s, send /go 1 two to 127.0.0.1:53000"
    assert parse_cue_table(table | {"target": "127.0.0.1:53000"}) == parse_cue(sentence)


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ({"moode": "sad"}, "moode", "did you mean 'mood'"),
        ({"mood": "tens"}, "mood", "there is no mood 'tens'"),
        ({"mood": []}, "mood", "names no mood"),
        ({"mood": 3}, "mood", "not a text"),
        ({"for": -1}, "for", "no time"),
        ({"for": "4 s"}, "for", "not a number"),
        ({"address": "go"}, "address", "write '/go'"),
        ({"address": "/go/*"}, "address", "no OSC address"),
        ({"arguments": [True]}, "arguments", "write 1 or 0"),
        ({"target": "here"}, "target", "HOST:PORT"),
    ],
)
def test_a_wrong_table_gets_a_sentence(table: dict[str, Any], key: str, said: str) -> None:
    """The key, what is wrong and the remedy are there, once."""
    with pytest.raises(TableError) as error:
        parse_cue_table(GOOD | table)
    assert [problem[0] for problem in error.value.problems] == [key]
    assert said in str(error.value)


@pytest.mark.parametrize("key", ["mood", "address"])
def test_what_is_missing_is_said(key: str) -> None:
    """A cue has a mood and an address."""
    with pytest.raises(TableError, match=f"it has no {key}"):
        parse_cue_table({name: value for name, value in GOOD.items() if name != key})


@given(
    st.builds(
        Cue,
        st.lists(st.sampled_from(CUE_WORDS), min_size=1, max_size=3).map(tuple),
        st.floats(0, 3600),
        st.just("/x/y"),
        st.lists(st.integers(-5, 5) | st.floats(-1, 1) | st.text("ab ")).map(tuple),
        st.none() | st.just(("127.0.0.1", 9)),
        st.integers(0, 64),
    )
)
def test_a_cue_is_written_as_a_table_that_gives_it_again(cue: Cue) -> None:
    """Parsing what was written for a cue gives an equal one."""
    assert parse_cue_table(cue_table(cue)) == cue


@given(st.dictionaries(st.sampled_from(KEYS), st.integers() | st.text() | st.lists(st.text())))
def test_any_table_is_a_cue_or_gets_sentences(values: dict[str, Any]) -> None:
    """Nothing a file can hold makes the parser fall over."""
    said = "taken"
    try:
        parse_cue_table(values)
    except TableError as error:
        said = str(error)
    assert said
