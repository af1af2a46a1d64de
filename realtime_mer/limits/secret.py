"""A word that others must know: compared in constant time, and guessed at only so often."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from realtime_mer.limits.guesses import Guesses


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an attempt.

    Attributes:
        knows: whether the word was right, and was asked for.
        wait_s: seconds until the next word is looked at; 0 where the next one is.
    """

    knows: bool
    wait_s: float = 0.0


class Secret:
    """Keeps a digest of a word, never the word.

    Args:
        word: what has to be known.
        guesses: counts the wrong ones; several secrets may share it.
    """

    def __init__(self, word: str, guesses: Guesses | None = None) -> None:
        self._digest = _digest(word.encode())
        self._guesses = Guesses() if guesses is None else guesses

    def is_right(self, offered: bytes) -> bool:
        """Compare a word, in a time that does not tell how much of it was right, nor its length."""
        return hmac.compare_digest(_digest(offered), self._digest)

    def ask(self, offered: bytes, peer: str, now_s: float) -> Verdict:
        """Judge a word that came from an IP address; nothing at all is no guess.

        Args:
            offered: as it came, in UTF-8; empty where none did.
            peer: IP address of whoever offers it.
            now_s: the time now, in seconds.
        """
        wait_s = self._guesses.wait_s(peer, now_s)
        if wait_s > 0.0 and offered:
            return Verdict(False, wait_s)
        if self.is_right(offered):
            return Verdict(True)
        if offered:
            self._guesses.count(peer, offered, now_s)
        return Verdict(False)


def _digest(word: bytes) -> bytes:
    return hashlib.sha256(word).digest()
