"""Pictures are drawn for every kind of rating."""

from __future__ import annotations

import json

import numpy as np
import pytest

from train import plots
from train.datasets.base import Ratings, Recording
from train.predict import Series


def is_png(path) -> bool:
    """Say whether a file is a PNG of some size."""
    return path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and path.stat().st_size > 5_000


SERIES = Series(np.arange(1, 21) / 2, np.zeros((20, 2), np.float32), np.full((20, 2), 0.2))
RATINGS = {
    "static": Ratings.static(0.2, -0.1),
    "dynamic": Ratings.dynamic(np.array([[0, 5], [5, 10.0]]), np.zeros((2, 2)), np.ones((2, 2))),
    "quadrant": Ratings.quadrant("Q1"),
}


@pytest.mark.parametrize("kind", RATINGS)
def test_recording_is_drawn(tmp_path, kind: str) -> None:
    """Waveform and curves of a recording come out as PNG, whatever is known of it."""
    recording = Recording("x", "y", None, "g", RATINGS[kind], "none")
    samples = np.sin(np.arange(80_000) / 50).astype(np.float32)
    plots.plot_recording(recording, samples, 8_000, SERIES, tmp_path / "a.png")
    assert is_png(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_scatter_is_drawn(tmp_path, kind: str) -> None:
    """Estimates against ratings come out as PNG."""
    recording = Recording("x", "y", None, "g", RATINGS[kind], "none")
    plots.plot_scatter([recording], {"x/y": SERIES}, tmp_path / "a.png")
    assert is_png(tmp_path / "a.png")


def test_loss_is_drawn(tmp_path) -> None:
    """The curve of a run's log comes out as PNG."""
    lines = [json.dumps({"epoch": k, "loss": 1 / k}) for k in (1, 2, 3)]
    (tmp_path / "log.jsonl").write_text("\n".join(lines), encoding="utf-8")
    plots.plot_loss(tmp_path / "log.jsonl", tmp_path / "a.png")
    assert is_png(tmp_path / "a.png")
