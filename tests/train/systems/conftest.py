"""Rated recordings of made sound, and networks kept small."""

from __future__ import annotations

import pytest

from train import cache


@pytest.fixture
def recordings(excited_and_calm, tmp_path, monkeypatch):
    """Twelve recordings, half excited and pleasant, with a cache of their own."""
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    from train.features import frames_folder

    frames_folder.cache_clear()
    yield [example.recording for example in excited_and_calm]
    frames_folder.cache_clear()
