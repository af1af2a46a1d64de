"""A word that others must know."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.limits.guesses import Guesses
from realtime_mer.limits.secret import Secret, Verdict


@given(st.text(min_size=1), st.binary())
def test_only_the_word_itself_is_right(word: str, other: bytes) -> None:
    """The word in UTF-8 is right, whatever else is not."""
    secret = Secret(word)
    assert secret.is_right(word.encode())
    assert secret.is_right(other) == (other == word.encode())


def test_who_guesses_is_not_told_when_it_was_right() -> None:
    """After ten wrong words even the right one is not looked at; a minute later it is."""
    secret = Secret("sésame", Guesses(per_minute=10))
    for number in range(10):
        assert secret.ask(f"{number}".encode(), "10.0.0.5", 0.0) == Verdict(False)
    refused = secret.ask("sésame".encode(), "10.0.0.5", 0.0)
    assert not refused.knows
    assert 5.9 < refused.wait_s < 6.1
    assert secret.ask("sésame".encode(), "10.0.0.6", 0.0).knows
    assert secret.ask("sésame".encode(), "10.0.0.5", 60.0).knows


def test_asking_while_one_has_to_wait_costs_nothing() -> None:
    """The wait ends when it was said to, however often is asked in between."""
    secret = Secret("x", Guesses(per_minute=1))
    secret.ask(b"y", "10.0.0.5", 0.0)
    for tenth in range(600):
        assert secret.ask(f"{tenth}".encode(), "10.0.0.5", tenth / 10).wait_s > 0.0
    assert secret.ask(b"x", "10.0.0.5", 60.1).knows


def test_nothing_is_no_guess() -> None:
    """A page opened without the token is refused for ever, and may try the word at any time."""
    secret = Secret("x", Guesses(per_minute=1))
    for _ in range(100):
        assert secret.ask(b"", "10.0.0.5", 0.0) == Verdict(False)
    assert secret.ask(b"x", "10.0.0.5", 0.0).knows
