"""Pictures of a run: its loss, estimates against ratings, and one recording over time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.datasets.base import Recording
from train.judge import song_values, span_values
from train.network import DIMENSIONS
from train.predict import Series

COLOURS = ("#d1495b", "#00798c")


def _figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def plot_loss(log: Path, out: Path) -> None:
    """Draw the loss over epochs from a run's ``log.jsonl``."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figure, axes = _figure(1, 1, (6, 4))
    axes[0, 0].plot([line["epoch"] for line in lines], [line["loss"] for line in lines], marker="o")
    axes[0, 0].set(xlabel="epoch", ylabel="training loss")
    _save(figure, out)


def plot_scatter(recordings: list[Recording], series: Mapping[str, Series], out: Path) -> None:
    """Draw what was estimated against what was rated, for a set rated in numbers.

    Args:
        recordings: of one dataset.
        series: held-out estimates by key.
        out: the PNG.
    """
    if recordings[0].ratings.kind == "dynamic":
        pairs = [span_values(r, series[r.key]) for r in recordings]
        rated = np.concatenate(
            [r.ratings.mean[p[0]] for r, p in zip(recordings, pairs, strict=True)]
        )
        given = np.concatenate([p[1] for p in pairs])
    else:
        rated = np.array([r.ratings.mean[0] for r in recordings])
        given = song_values(recordings, series)
    figure, axes = _figure(1, 2, (9, 4.5))
    for d, name in enumerate(DIMENSIONS):
        axis = axes[0, d]
        axis.scatter(rated[:, d], given[:, d], s=6, alpha=0.5, color=COLOURS[d], linewidths=0)
        axis.plot([-1, 1], [-1, 1], color="grey", linewidth=0.8)
        axis.set(xlabel=f"rated {name}", ylabel="estimated", xlim=(-1, 1), ylim=(-1, 1))
    figure.suptitle(recordings[0].dataset)
    _save(figure, out)


def plot_recording(
    recording: Recording, samples: NDArray[np.float32], rate_hz: int, series: Series, out: Path
) -> None:
    """Draw a recording's waveform and its estimated curves with their bands over the rated ones.

    Args:
        recording: with its ratings; signs are not drawn.
        samples: mono.
        rate_hz: samples per second.
        series: its estimates.
        out: the PNG.
    """
    figure, axes = _figure(3, 1, (10, 7))
    piece = max(1, len(samples) // 2000)
    blocks = samples[: len(samples) // piece * piece].reshape(-1, piece)
    time_s = np.arange(len(blocks)) * piece / rate_hz
    axes[0, 0].fill_between(time_s, blocks.min(1), blocks.max(1), color="grey", linewidth=0)
    axes[0, 0].set(ylabel="amplitude", title=recording.key, xlim=(0, time_s[-1]))
    ratings = recording.ratings
    for d, name in enumerate(DIMENSIONS):
        axis = axes[d + 1, 0]
        mean, std = series.mean[:, d], series.std[:, d]
        axis.fill_between(series.time_s, mean - std, mean + std, color=COLOURS[d], alpha=0.2)
        axis.plot(series.time_s, mean, color=COLOURS[d], label="estimated, ± one deviation")
        if ratings.kind in ("static", "dynamic"):
            ends = np.minimum(ratings.spans_s[:, 1], time_s[-1])
            axis.hlines(
                ratings.mean[:, d], ratings.spans_s[:, 0], ends, color="black", label="rated"
            )
        axis.set(ylabel=name, ylim=(-1, 1), xlim=(0, time_s[-1]))
        axis.legend(loc="upper right", fontsize="small")
    axes[2, 0].set_xlabel("seconds")
    _save(figure, out)
