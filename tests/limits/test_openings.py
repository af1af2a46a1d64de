"""How many may stand in the door."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.limits.openings import Openings

PEERS = st.sampled_from(["10.0.0.1", "10.0.0.2", "127.0.0.1", "2001:db8::1", "2001:db8::2"])


@given(st.lists(st.tuples(PEERS, st.integers(0, 12), st.booleans()), max_size=200))
def test_never_more_than_so_many(steps: list[tuple[str, int, bool]]) -> None:
    """Whoever comes and goes: at most 6 in all, at most 3 of one network, but for this machine."""
    openings, model = Openings(6, 3), {}
    for peer, number, comes in steps:
        connection = (peer, number)
        if not comes:
            openings.give(connection)
            model.pop(connection, None)
        elif connection not in model:
            name = "v6" if ":" in peer else peer
            alike = sum(other == name for other in model.values())
            room = len(model) < 6 and (alike < 3 or name == "127.0.0.1")
            assert openings.take(connection, peer) == room
            if room:
                model[connection] = name
        assert len(openings) == len(model)


def test_nothing_is_left_behind() -> None:
    """When all have gone, nothing of them is kept."""
    openings = Openings(1000, 10)
    for number in range(500):
        assert openings.take(number, f"10.0.{number}.1")
    for number in range(500):
        openings.give(number)
        openings.give(number)
    assert len(openings) == 0
    assert not openings._by_name
