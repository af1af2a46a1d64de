"""How many may stand in the door at one time: connections that are not clients yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from realtime_mer.limits.peers import is_this_machine, one_of


class Openings:
    """Counts connections that have not been let in, all and by address.

    Args:
        most: at one time.
        most_each: of them from one address; a network of IPv6 counts as one. This machine's
            own addresses are not limited by themselves: a proxy or a tunnel comes from there.
    """

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._names: dict[Hashable, str] = {}
        self._by_name: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._names)

    def take(self, connection: Hashable, peer: str) -> bool:
        """Note a connection from an IP address; False, and nothing noted, if it is one too many."""
        name = one_of(peer)
        if len(self._names) >= self._most:
            return False
        if not is_this_machine(peer) and self._by_name[name] >= self._most_each:
            return False
        self._names[connection] = name
        self._by_name[name] += 1
        return True

    def give(self, connection: Hashable) -> None:
        """Forget a connection that was let in or has gone; any other is left as it is."""
        name = self._names.pop(connection, None)
        if name is None:
            return
        self._by_name[name] -= 1
        if not self._by_name[name]:
            del self._by_name[name]
