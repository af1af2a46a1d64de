"""Cues: what is sent when a mood has come and stayed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.feel.cues import (
    CUE_WORDS,
    EXAMPLE,
    Argument,
    Cue,
    Cues,
    check_cue_streams,
    make_cue,
    parse_cue,
    parse_cues,
)


def times(cue: Cue, words: list[str]) -> list[float]:
    """When a cue fires over words that come every half second."""
    engine = Cues([cue])
    return [0.5 * step for step, word in enumerate(words) if engine.step(word, 0.5 * step)]


def test_a_cue_fires_once_after_its_time() -> None:
    """Four seconds of tense music fire it at four seconds, and never again while it is tense."""
    assert times(parse_cue(EXAMPLE), ["calm"] * 2 + ["tense"] * 100) == [5.0]


def test_a_cue_waits_for_all_of_its_time() -> None:
    """An interruption begins the time anew, and leaving the mood arms it again."""
    cue = make_cue(["tense"], 1.0, "/go")
    words = ["tense", "tense", "calm", "tense", "tense", "tense", "calm", "tense", "tense", "tense"]
    assert times(cue, words) == [2.5, 4.5]


def test_a_cue_without_time_fires_at_once() -> None:
    """With no time to wait, the first moment of the mood fires it."""
    assert times(parse_cue("when mood is happy, send /go"), ["calm", "happy", "happy"]) == [0.5]


def test_moods_joined_by_or_are_one_mood() -> None:
    """Going from one of them to another does not begin the time anew."""
    cue = parse_cue("when mood is joyful or happy for 1 s, send /go")
    assert times(cue, ["joyful", "happy", "joyful", "happy"]) == [1.0]


def test_every_cue_that_is_due_fires() -> None:
    """Cues do not see one another, and fire in the order they were given."""
    engine = Cues([make_cue(["sad"], 0.0, "/a"), make_cue(["sad"], 0.0, "/b", [1])])
    assert [fired.address for fired in engine.step("sad", 0.5)] == ["/a", "/b"]


def test_a_stream_that_begins_anew_begins_the_time_anew() -> None:
    """When the time falls back, the mood has been there for no time yet."""
    engine = Cues([make_cue(["sad"], 1.0, "/a")])
    assert not engine.step("sad", 100.0)
    assert not engine.step("sad", 0.5)
    assert not engine.step("sad", 1.0)
    assert engine.step("sad", 1.5)


def test_a_sentence_is_read_in_full() -> None:
    """Words, time, address, arguments of each type and target are all taken."""
    cue = parse_cue("When mood is Tense or gloomy for 2.5 s, send /a/b 1 -0.5 'two words' x to h:7")
    assert cue == Cue(("tense", "gloomy"), 2.5, "/a/b", (1, -0.5, "two words", "x"), ("h", 7))
    assert [type(each) for each in cue.arguments] == [int, float, str, str]


@given(
    words=st.lists(st.sampled_from(CUE_WORDS), min_size=1, max_size=3, unique=True),
    hold_s=st.floats(0, 100).map(lambda value: round(value, 2)),
    number=st.integers(-(2**31), 2**31 - 1),
)
def test_what_is_written_is_read(words: list[str], hold_s: float, number: int) -> None:
    """Any cue that is written by the rules comes back from its sentence."""
    sentence = f"when mood is {' or '.join(words)} for {hold_s} s, send /x/y {number} to [::1]:9"
    assert parse_cue(sentence) == make_cue(words, hold_s, "/x/y", [number], ("::1", 9))


def test_several_sentences_are_several_cues() -> None:
    """A list of a file arrives joined by commas, which sentences have inside too."""
    sentences = [
        "mood is tense, gloomy for 4 s, send /a 1",
        "when mood is calm, send /b 'x, y'",
        "mood is silent for 30 s, send /c",
    ]
    assert parse_cues(",".join(sentences)) == tuple(map(parse_cue, sentences))
    assert parse_cues(" ") == ()
    assert parse_cues(sentences[0])[0].words == ("tense", "gloomy")


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("tense: /go", "is no cue"),
        ("when mood is tensed, send /go", "did you mean 'tense'"),
        ("when mood is tense for long s, send /go", "no number of seconds"),
        ("when mood is tense for -1 s, send /go", "no time to wait"),
        ("when mood is tense for nan s, send /go", "no time to wait"),
        ("when mood is tense, send go", "no OSC address"),
        ("when mood is tense, send /go/*", "no OSC address"),
        ("when mood is tense, send /go 'x", "quotation mark"),
        ("when mood is tense, send to a:1", "sends nothing"),
        ("when mood is tense, send /go to nowhere", "HOST:PORT"),
        ("when mood is tense, send /go 4000000000", "32 bits"),
    ],
)
def test_a_wrong_sentence_gets_one(sentence: str, said: str) -> None:
    """What is wrong with a cue is said in a sentence."""
    with pytest.raises(UserError, match=said):
        parse_cue(sentence)


def test_arguments_osc_cannot_carry_are_refused() -> None:
    """Booleans have no tag every receiver takes, and a zero byte would end a text."""
    for wrong in (True, [1], "a\0b"):
        with pytest.raises(UserError):
            make_cue(["sad"], 0.0, "/a", [cast("Argument", wrong)])
    with pytest.raises(UserError, match="names no mood"):
        make_cue([], 0.0, "/a")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing a person could write makes the parser fall over."""
    for sentence in (text, f"when mood is {text}, send /a", f"when mood is sad, send {text}"):
        with suppress(UserError):
            assert parse_cue(sentence).words


def test_a_cue_must_say_whose_mood_it_waits_for() -> None:
    """Where there are several streams it names one of them, and where there is one, none."""
    plain, second = Cue(("tense",), 1.0, "/go"), Cue(("tense",), 1.0, "/go", stream=2)
    check_cue_streams([plain], ())
    check_cue_streams([second], (1, 2))
    for cue, streams, remedy in (
        (plain, (1, 2), "stream = 1 to 2"),
        (replace(plain, stream=3), (1, 2), "stream = 1 to 2"),
        (second, (), "--channels each"),
    ):
        with pytest.raises(UserError, match=remedy):
            check_cue_streams([cue], streams)
