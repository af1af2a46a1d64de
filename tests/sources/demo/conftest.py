"""The performance, rendered once for all that listen to it."""

from __future__ import annotations

import pytest

from realtime_mer.sources.base import Block
from realtime_mer.sources.demo import render_demo


@pytest.fixture(scope="session")
def demo() -> Block:
    """The whole performance."""
    return render_demo()
