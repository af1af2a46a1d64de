"""Estimates of whole recordings, as the live tracker gives them, and their file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from realtime_mer.frontend import normalise_steps
from train import cache
from train.crops import STEP_S
from train.network import MoodNetwork

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Series:
    """Estimates of one recording at the steps that are music.

    Attributes:
        time_s: end of each step in seconds, float64 ``[n]``.
        mean: float32 ``[n, 2]``, arousal and valence.
        std: float32 ``[n, 2]``.
    """

    time_s: NDArray[np.float64]
    mean: Float32
    std: Float32

    def song(self, settle_s: float = 5.0) -> Float32:
        """Return the mean of the estimates after the first seconds, ``[2]``.

        A recording too short for that is judged by its last half.
        """
        late = self.time_s > settle_s
        if not late.any():
            late = np.arange(len(self.time_s)) >= len(self.time_s) // 2
        value: Float32 = self.mean[late].mean(0)
        return value


def predict(
    network: MoodNetwork, recordings: Sequence[NDArray[np.floating[Any]]], batch: int = 32
) -> list[Series]:
    """Run the network over raw frames from the beginning of each recording.

    Args:
        network: on any device; left in evaluation mode.
        recordings: raw log-mel frames in dB, ``[n, 64]`` each.
        batch: recordings at once; changes speed, not results.
    """
    network.eval()
    device = next(network.parameters()).device
    order = np.argsort([len(frames) for frames in recordings])  # like lengths, little padding
    results: dict[int, Series] = {}
    for begin in range(0, len(order), batch):
        indices = order[begin : begin + batch]
        heard = []
        for i in indices:
            steps, music = normalise_steps(np.asarray(recordings[i], np.float32))
            heard.append((steps[music], np.flatnonzero(music)))
        longest = max(1, max(len(kept) for _, kept in heard))
        padded = np.zeros((len(indices), longest, *heard[0][0].shape[1:]), np.float32)
        for row, (steps, _) in enumerate(heard):
            padded[row, : len(steps)] = steps
        with torch.inference_mode():
            described = network.ear(torch.from_numpy(padded).to(device).flatten(0, 1))
            mean, std, _ = network(described.reshape(len(indices), longest, -1))
        for row, i in enumerate(indices):
            kept = heard[row][1]
            results[int(i)] = Series(
                STEP_S * (kept + 1).astype(np.float64),
                mean[row, : len(kept)].cpu().numpy(),
                std[row, : len(kept)].cpu().numpy(),
            )
    return [results[i] for i in range(len(recordings))]


def save_series(path: Path, series: dict[str, Series]) -> None:
    """Write estimates of many recordings to one file."""
    names = sorted(series)
    cache.save_arrays(
        path,
        {
            "keys": np.array(names),
            "counts": np.array([len(series[name].time_s) for name in names]),
            "time_s": np.concatenate([series[name].time_s for name in names]),
            "mean": np.concatenate([series[name].mean for name in names]),
            "std": np.concatenate([series[name].std for name in names]),
        },
    )


def load_series(path: Path) -> dict[str, Series] | None:
    """Read what :func:`save_series` wrote, None where it is not there."""
    arrays = cache.load_arrays(path)
    if arrays is None:
        return None
    ends = np.cumsum(arrays["counts"])
    return {
        str(key): Series(*(arrays[name][end - n : end] for name in ("time_s", "mean", "std")))
        for key, n, end in zip(arrays["keys"], arrays["counts"], ends, strict=True)
    }
