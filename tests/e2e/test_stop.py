"""How the tracker ends when it is asked to."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from support.program import OscReceiver, running

pytestmark = pytest.mark.e2e

STOP_S = 1.0
BUSY_ALLOWANCE_S = 1.0  # the build machine has two cores and other work


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and a polite kill end a running tracker with exit code 0 and no traceback."""
    record = tmp_path / "run.jsonl"
    with OscReceiver() as receiver:
        arguments = ["--device", "demo", "--osc", receiver.target, "--web", "127.0.0.1:0"]
        with running(tmp_path, *arguments, "--record", record) as program:
            receiver.wait_for("/mer/arousal", 2, limit_s=60)
            code, seconds = program.interrupt(number)
            assert code == 0, program.output()
            assert seconds < STOP_S + BUSY_ALLOWANCE_S
            assert "Traceback" not in program.output()
    # What was recorded is whole: the last line ends, and no estimate is lost.
    text = record.read_text()
    assert text.endswith("\n")
    estimates = [line for line in map(json.loads, text.splitlines()) if "arousal" in line]
    assert len(estimates) >= 2


@pytest.mark.parametrize("library", ["numpy", "llvmlite", "onnxruntime"])
def test_signal_while_it_starts(tmp_path: Path, library: str) -> None:
    """Ctrl-C while libraries load ends it without a traceback too."""
    with running(tmp_path, "--device", "demo", "--no-osc", "--no-web") as program:
        maps = Path(f"/proc/{program.process.pid}/maps")
        while library not in maps.read_text():
            assert program.process.poll() is None, program.output()
            time.sleep(0.005)
        program.interrupt()
        assert "Traceback" not in program.output()
