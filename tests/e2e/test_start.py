"""What it costs to start, and what is loaded for it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from support.program import run_program

pytestmark = pytest.mark.e2e

HEAVY = ("numba", "onnxruntime", "sounddevice", "soundfile", "torch", "matplotlib", "librosa")
START_LIMIT_S = 1.5  # a gross bound for a busy machine; alone it is under 0.5 s

LOADED = """
import contextlib, json, sys
with contextlib.suppress(SystemExit):
    {statement}
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def seconds_of(*words: str) -> float:
    """Run Python three times and return the shortest duration in seconds."""
    durations = []
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True, timeout=60)
        durations.append(time.perf_counter() - begin)
    return min(durations)


@pytest.mark.parametrize(
    "statement",
    [
        "import realtime_mer",
        "from realtime_mer.cli import main; main(['--help'])",
        "from realtime_mer.cli import main; main(['--version'])",
        "from realtime_mer.cli import main; main(['analyze', '--help'])",
        "from realtime_mer.cli import main; main(['doctor', '--help'])",
    ],
)
def test_nothing_heavy_is_loaded(statement: str) -> None:
    """Neither import nor help loads a compiler, a network, or the sound card's library."""
    result = subprocess.run(
        [sys.executable, "-c", LOADED.format(statement=statement)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    loaded = json.loads(result.stderr.splitlines()[-1])
    assert "realtime_mer" in loaded
    assert not set(HEAVY) & set(loaded)


def test_import_is_quick() -> None:
    """``import realtime_mer`` takes well under the gross bound."""
    assert seconds_of("-c", "import realtime_mer") < START_LIMIT_S


def test_help_is_quick() -> None:
    """``realtime-mer --help`` takes well under the gross bound."""
    assert seconds_of("-m", "realtime_mer", "--help") < START_LIMIT_S


def test_help_names_every_command_and_flag() -> None:
    """The help shows what a person may type."""
    result = run_program("--help")
    assert result.returncode == 0
    flags = "--device --channels --osc --no-osc --web --no-web --record --model --provider --quiet"
    for word in [*flags.split(), "--speed", "--config", "analyze", "devices", "doctor"]:
        assert word in result.stdout
