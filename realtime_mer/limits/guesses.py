"""How often somebody may be wrong about a secret.

Whoever has been wrong too often is not even asked for a while: were a right guess still let
in, the limit would limit nothing. The same wrong word again is no new guess: a page that
keeps coming back with the token of last week takes nobody's turn.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict, deque

from realtime_mer.limits.allowance import Allowance
from realtime_mer.limits.peers import one_of

WORDS_KEPT = 8
"""Wrong words that are known again, for each address."""


class _Guesser:
    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.said: deque[bytes] = deque(maxlen=WORDS_KEPT)


class Guesses:
    """Wrong words by address; a network of IPv6 counts as one address.

    Args:
        per_minute: wrong words an address may say, all at once or over the minute.
        addresses: that are remembered; of more, the one that has been quiet longest is
            forgotten.
    """

    def __init__(self, per_minute: int = 10, addresses: int = 4096) -> None:
        self._per_minute = per_minute
        self._most = addresses
        self._guessers: OrderedDict[str, _Guesser] = OrderedDict()
        self._key = secrets.token_bytes(16)  # what was said is not kept where it could be read

    def __len__(self) -> int:
        return len(self._guessers)

    def wait_s(self, peer: str, now_s: float) -> float:
        """Return how long an IP address is not to be listened to, in seconds; 0 if it is."""
        guesser = self._guessers.get(one_of(peer))
        return guesser.allowance.wait_s(now_s) if guesser else 0.0

    def count(self, peer: str, word: bytes, now_s: float) -> None:
        """Count a wrong word of an IP address."""
        name = one_of(peer)
        guesser = self._guessers.get(name)
        if guesser is None:
            allowance = Allowance(self._per_minute / 60.0, now_s, over_s=60.0)
            guesser = self._guessers[name] = _Guesser(allowance)
        self._guessers.move_to_end(name)
        digest = hashlib.blake2b(word, key=self._key, digest_size=16).digest()
        if digest not in guesser.said:
            guesser.said.append(digest)
            guesser.allowance.spend(now_s)
        if len(self._guessers) > self._most:
            self._guessers.popitem(last=False)
