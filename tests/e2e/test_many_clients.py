"""As many clients as there may be, through real sockets."""

from __future__ import annotations

import pytest

from benchmarks.web_fanout import HEAD, how_busy, measure, verdict

pytestmark = pytest.mark.e2e


def test_a_thousand_clients_get_everything() -> None:
    """Four estimates to each of a thousand: none is lost. How late: see docs/reliability.md."""
    row = measure(1000, 2.0)
    print(row)
    assert row[:3] == ["1,000", "1", "4,000"]
    assert row[-1] == "0"


def test_a_hundred_clients_get_every_stream() -> None:
    """Sixteen streams, whose estimates leave together: none is lost."""
    row = measure(100, 2.0, streams=16)
    print(row)
    assert row[:3] == ["100", "16", "6,400"]
    assert row[-1] == "0"


def test_a_busy_machine_is_told_from_a_quiet_one() -> None:
    """So that nobody takes an upper bound for a figure."""
    assert how_busy(0.1).startswith("quiet")
    assert how_busy(3.0).startswith("not quiet")


def test_the_mark_is_held_to_a_thousand_clients_alone() -> None:
    """Others have no mark; a thousand meet it or miss it."""
    late = ["50.1"] * len(HEAD)
    assert "missed" in verdict([["1,000", "1", *late[2:]]])
    assert verdict([["200", "1", *late[2:]], ["1,000", "16", *late[2:]]]) == ""
