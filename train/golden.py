"""The estimates an exported model must give for a short recording made by formula.

They stand beside the model (``mer.onnx`` and ``mer.golden.csv``): wherever the package is
installed, the same file must say the same. ``python -m train.golden`` writes them anew.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime_mer import rows
from realtime_mer.estimate import Estimate
from realtime_mer.model import load_model, shipped_model
from realtime_mer.tracker import Tracker

RATE_HZ = 22_050
SECONDS = 16
INAUDIBLE = 20.0
"""Time constants after which a note is over: it is 174 dB down by then."""


@functools.cache
def recording() -> NDArray[np.float32]:
    """Return 16 s of plucked chords, first slow, soft and major, then fast, loud and minor.

    Returns:
        float32 ``[samples]`` at 22,050 Hz, made once and not to be written to.
    """
    time_s = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    sound = np.zeros_like(time_s)
    notes = [(0.0 + 1.0 * beat, (261.63, 329.63, 392.0), 0.05, 1.5) for beat in range(8)]
    notes += [(8.0 + 0.25 * beat, (220.0, 261.63, 311.13), 0.25, 8.0) for beat in range(32)]
    for onset_s, chord, amplitude, decay_per_s in notes:
        heard = slice(*np.searchsorted(time_s, [onset_s, onset_s + INAUDIBLE / decay_per_s]))
        since_s = time_s[heard] - onset_s
        envelope = np.exp(-decay_per_s * since_s)
        for hz in chord:
            for harmonic in range(1, 7):
                phase = 2.0 * np.pi * hz * harmonic * since_s
                sound[heard] += amplitude / 3.0 / harmonic * envelope * np.sin(phase)
    samples = np.clip(sound, -1.0, 1.0).astype(np.float32)
    samples.flags.writeable = False
    return samples


def golden_path(model: Path) -> Path:
    """Return where a model's golden estimates stand."""
    return model.with_suffix(".golden.csv")


def estimates(model: Path) -> list[Estimate]:
    """Return what a model says about the recording."""
    return Tracker(RATE_HZ, load_model(model, "cpu")).feed(recording())


def write_golden(model: Path) -> Path:
    """Write the golden estimates of a model beside it."""
    path = golden_path(model)
    path.write_text(rows.csv_text(estimates(model)), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write_golden(Path(sys.argv[1]) if len(sys.argv) > 1 else shipped_model()))
