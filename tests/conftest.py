"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("shared machine", deadline=None)  # other work may hold a test up
settings.load_profile("shared machine")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The recordings with human ratings: beside the checkout, or where the environment says."""
    folder = Path(os.environ.get("REALTIME_MER_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.fail(f"No recordings at {folder}: set REALTIME_MER_DATA, or run with -m 'not data'.")
    return folder
