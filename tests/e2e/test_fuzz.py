"""Atheris on what strangers may send, for some seconds; ``python -m soaks.fuzz_…`` for hours."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        importlib.util.find_spec("atheris") is None, reason="Atheris has no wheel for this system"
    ),
]


@pytest.mark.parametrize("harness", ["fuzz_web", "fuzz_control"])
def test_nothing_is_raised_whatever_is_sent(harness: str) -> None:
    """Thousands of inputs, guided by coverage, end without a find."""
    command = [sys.executable, "-m", f"soaks.{harness}", "--seconds", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.search(r"Done (\d+) runs", done.stderr)
    assert found is not None
    assert int(found[1]) > 500
    covered = re.findall(r"cov: (\d+)", done.stderr)
    assert int(covered[-1]) > 100
