"""Rated recordings of made sound, and networks kept small."""

from __future__ import annotations

import pytest


@pytest.fixture
def recordings(excited_and_calm, own_cache):
    """Twelve recordings, half excited and pleasant, with a cache of their own."""
    return [example.recording for example in excited_and_calm]
