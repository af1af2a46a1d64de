"""How often somebody may be wrong about a secret."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.limits.guesses import Guesses


def guess(guesses: Guesses, peer: str, count: int, now_s: float = 0.0, word: str = "w") -> None:
    """Be wrong so often, with another word each time."""
    for number in range(count):
        guesses.count(peer, f"{word}{number}".encode(), now_s)


def test_after_so_many_wrong_words_an_address_has_to_wait() -> None:
    """Nine are free, the tenth costs six seconds, after which one more may be tried."""
    guesses = Guesses(per_minute=10)
    guess(guesses, "10.0.0.5", 9)
    assert guesses.wait_s("10.0.0.5", 0.0) == 0.0
    guess(guesses, "10.0.0.5", 1, word="last")
    assert guesses.wait_s("10.0.0.5", 0.0) == pytest.approx(6.0)
    assert guesses.wait_s("10.0.0.5", 6.001) == 0.0
    guess(guesses, "10.0.0.5", 1, 6.001, word="again")
    assert guesses.wait_s("10.0.0.5", 6.001) == pytest.approx(6.0, abs=0.01)


def test_others_do_not_wait_for_it() -> None:
    """Each address has its own turn; one IPv6 network is one address."""
    guesses = Guesses(per_minute=2)
    guess(guesses, "10.0.0.5", 2)
    guess(guesses, "2001:db8::1", 2)
    assert guesses.wait_s("::ffff:10.0.0.5", 0.0) > 0.0
    assert guesses.wait_s("10.0.0.6", 0.0) == 0.0
    assert guesses.wait_s("2001:db8::abcd:1", 0.0) > 0.0
    assert guesses.wait_s("2001:db8:0:1::1", 0.0) == 0.0


def test_the_same_wrong_word_is_one_guess() -> None:
    """A page that comes back with an old token for hours locks nobody out."""
    guesses = Guesses(per_minute=2)
    for second in range(5000):
        guesses.count("10.0.0.5", b"last week's", float(second))
        assert guesses.wait_s("10.0.0.5", float(second)) == 0.0


def test_memory_is_bounded() -> None:
    """Of a hundred thousand addresses only the last so many are remembered, in a few MB."""
    guesses = Guesses(addresses=100)
    for number in range(20_000):
        guess(guesses, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1)
    assert len(guesses) == 100
    guess(guesses, "10.0.0.9", 200)
    kept = guesses._guessers["10.0.0.9"].said
    assert sum(map(sys.getsizeof, kept)) < 1000


@given(st.text(max_size=60), st.binary(max_size=60))
def test_any_address_and_any_word_will_do(peer: str, word: bytes) -> None:
    """What names a peer and what it says is taken as it is."""
    guesses = Guesses(per_minute=1)
    guesses.count(peer, word, 0.0)
    assert guesses.wait_s(peer, 0.0) > 0.0
