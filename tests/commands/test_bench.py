"""``realtime-mer bench``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from realtime_mer.cli import main


@pytest.mark.parametrize("seconds", ["0", "-1", "601", "nan"])
def test_impossible_length_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A length that makes no sense ends in a sentence, not in a measurement."""
    assert main(["bench", "--seconds", seconds]) == 2
    assert "--seconds" in capsys.readouterr().err


def test_missing_folder_is_said_before_measuring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits half a minute to hear that the figures cannot be written."""
    assert main(["bench", "--json", str(tmp_path / "absent" / "bench.json")]) == 2
    assert "--json" in capsys.readouterr().err


@pytest.mark.e2e
def test_everything_is_measured_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command runs the program itself, and every figure has a value on this machine."""
    path = tmp_path / "bench.json"
    assert main(["bench", "--seconds", "0.2", "--json", str(path)]) == 0
    printed = capsys.readouterr().out
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["verdict"] in " ".join(printed.split())
    found = {figure["key"]: figure["median"] for figure in record["figures"]}
    missing = {key for key, value in found.items() if value is None}
    assert {key for key in missing if not key.startswith("model_cuda_")} == set()
    assert found["start_warm"] < found["start_cold"]
    assert 0.0 < found["latency"] < 1000.0
    assert 20.0 < found["memory"] < 2000.0
