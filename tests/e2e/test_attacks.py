"""Clients that mean harm, against a whole tracker: bounded memory, and the others unharmed."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from soaks.attackers import ATTACKS, COUNTS
from soaks.stand import HONEST, MEMORY_MIB, Stand, stand

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux has it"),
]

GROUPS = {
    "those who do not read": ["never read", "read slowly", "pages not read", "whole sets not read"],
    "those who say too much": [
        "garbage", "huge frames", "a thousand messages a second", "pings, answers not read",
        "endless fragments",
    ],
    "those who come and go": [
        "half-open connections", "endless headers", "connection attempts", "guesses at the token",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def attacked() -> Iterator[Stand]:
    """A tracker with honest clients."""
    with stand() as opened:
        yield opened


def test_every_attack_is_tried() -> None:
    """None is left out here."""
    assert {name for group in GROUPS.values() for name in group} == set(ATTACKS) - {"nothing"}


@pytest.mark.parametrize("group", GROUPS)
def test_honest_clients_miss_nothing(attacked: Stand, group: str) -> None:
    """Some seconds of all of them at once: no estimate is lost, no client, and little memory."""
    seen = attacked.suffer(2.5, *GROUPS[group])
    print(seen)
    assert seen.done > 100
    assert (seen.missed, seen.lost) == (0, 0)
    assert seen.grew_mib < MEMORY_MIB
    if group == "those who say too much":
        assert seen.metrics["flooded_total"] >= 30
    if "guesses at the token" in GROUPS[group]:
        assert seen.metrics["refused_total"] > 10
    assert attacked.metrics()["clients"] >= HONEST


def test_ten_thousand_connection_attempts_harm_nobody(attacked: Stand) -> None:
    """However long they take: none of the others misses anything, and memory is bounded."""
    seen = attacked.suffer(0.0, "connection attempts", count=COUNTS["connection attempts"])
    print(seen)
    assert seen.done >= 10_000
    assert (seen.missed, seen.lost) == (0, 0)
    assert seen.grew_mib < MEMORY_MIB
    assert seen.metrics["connections_total"] > 9_000
