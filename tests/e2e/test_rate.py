"""Two estimates a second, for every second, at every usual rate."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest
from support.program import run_program

pytestmark = pytest.mark.e2e

DURATION_S = 600
ESTIMATES = 1200


def noise(path: Path, rate_hz: int) -> Path:
    """Write ten minutes of pink noise that swells and fades, with sox."""
    synthesis = ["synth", str(DURATION_S), "pinknoise", "tremolo", "0.1", "60"]
    subprocess.run(["sox", "-R", "-n", "-r", str(rate_hz), "-c", "1", path, *synthesis], check=True)
    return path


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 22_050, 11_025, 33_075, 96_000])
def test_ten_minutes_give_1200_estimates(tmp_path: Path, rate_hz: int) -> None:
    """Ten minutes give exactly 1,200 rows, each at an exact multiple of half a second."""
    result = run_program(
        "analyze", noise(tmp_path / "ten.wav", rate_hz), "--out", tmp_path / "t.csv"
    )
    assert result.returncode == 0, result.stderr
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["time_s"]) for row in rows] == [(k + 1) * 0.5 for k in range(ESTIMATES)]


@pytest.mark.parametrize("rate_hz", [44_100, 11_025])
def test_live_at_full_speed_gives_the_same(tmp_path: Path, rate_hz: int) -> None:
    """The live command over the same file at ``--speed max`` records as many, at those times."""
    record = tmp_path / "run.jsonl"
    arguments = ["--speed", "max", "--no-osc", "--no-web", "--quiet", "--record", record]
    result = run_program("--device", noise(tmp_path / "ten.wav", rate_hz), *arguments)
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    times = [line["time_s"] for line in lines if "arousal" in line]
    assert times == [(k + 1) * 0.5 for k in range(ESTIMATES)]
