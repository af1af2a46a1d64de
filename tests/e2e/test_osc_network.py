"""OSC through a real network whose cable is pulled, in a network namespace."""

from __future__ import annotations

import pytest

from soaks import osc_network
from soaks.namespace import can_enter, run_inside

pytestmark = pytest.mark.e2e


@pytest.mark.skipif(not can_enter(), reason="this system lends nobody a network of their own")
def test_a_cable_is_pulled_and_put_in_again() -> None:
    """Each receiver's trouble is named, each gets values again, and one nearby misses nothing."""
    seen = run_inside("soaks.osc_network", "--inside")
    print(osc_network.report(seen))
    assert seen["dead"]["refused"] == "nobody listens there"
    assert seen["dead"]["unreachable"] == "Network is unreachable"
    assert seen["dead"]["unknown"] == "name not found"
    assert seen["dead"]["no such host"]
    assert all(seen["gone"].values())
    assert seen["told_s"] < 5.0
    assert all(after_s < 15.0 for after_s in seen["again_s"].values())
    assert seen["found_s"] < 15.0
    assert seen["near"] == seen["sent"]
    assert seen["longest_publish_s"] < 0.5
