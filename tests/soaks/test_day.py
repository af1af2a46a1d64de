"""A day at full speed, in short."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e


def test_twenty_minutes_lose_nothing_and_keep_no_memory() -> None:
    """Every estimate comes, is recorded, and is in range; memory stays where it was."""
    done = subprocess.run(
        [sys.executable, "-m", "soaks.day", "--hours", "0.3333333333333333", "--dry"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    cells = [cell.strip() for cell in done.stdout.splitlines()[-1].split("|")]
    assert cells[3:6] == ["2,400", "0", "2,400"]
