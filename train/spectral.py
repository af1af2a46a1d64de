"""Chroma, spectral shape and spectral contrast in every 500 ms step, by librosa.

The descriptors Schmidt and Kim stand their learned features beside (Schmidt, Turnbull, Kim,
"Feature selection for content-based, time-varying musical emotion regression", MIR 2010):

* chroma: 12 pitch classes;
* shape: centroid, flux, roll-off and flatness (Tzanetakis, Cook 2002);
* contrast: peak less valley in 7 bands (Jiang et al. 2002).

Frames are independent of the level: chroma is scaled to its largest, the shape has none and
the contrast is a ratio; flux is of the spectrum divided by its sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime_mer.estimate import STEP_S
from train.cache import Arrays
from train.datasets.base import Recording
from train.hearing import Hearing, in_steps, resample

RATE_HZ = 22_050
WINDOW = 2_048
HOP = 2_048  # frames side by side: statistics over 500 ms need no overlap
COLUMNS = {"chroma": 12, "shape": 4, "contrast": 7}

Float32 = NDArray[np.float32]


def describe(samples: Float32) -> dict[str, Float32]:
    """Describe every frame of samples at :data:`RATE_HZ`, each ``[frames, columns]``."""
    import librosa

    magnitude = np.abs(librosa.stft(samples, n_fft=WINDOW, hop_length=HOP)) + 1e-8
    arguments = {"S": magnitude, "sr": RATE_HZ, "n_fft": WINDOW}
    # Estimating the tuning would take longer than all the rest.
    chroma = librosa.feature.chroma_stft(**{**arguments, "S": magnitude**2}, tuning=0.0)
    share = magnitude / magnitude.sum(0)
    flux = np.sqrt(np.square(np.diff(share, axis=1, prepend=share[:, :1])).sum(0))[None]
    shape = np.concatenate(
        [
            librosa.feature.spectral_centroid(**arguments) / RATE_HZ,
            flux,
            librosa.feature.spectral_rolloff(**arguments) / RATE_HZ,
            np.log(librosa.feature.spectral_flatness(S=magnitude)),
        ]
    )
    contrast = librosa.feature.spectral_contrast(**arguments)
    parts = {"chroma": chroma, "shape": shape, "contrast": contrast}
    return {name: part.T.astype(np.float32) for name, part in parts.items()}


def listen(recording: Recording, samples: Float32, rate_hz: int) -> Arrays:
    """Return mean and spread of each description in each step, ``[steps, 2 * columns]``."""
    sound = resample(samples, rate_hz, RATE_HZ)
    count = int(len(samples) / rate_hz / STEP_S)
    described = describe(sound)
    times_s = np.arange(len(described["shape"])) * HOP / RATE_HZ
    return {
        name: in_steps(values, times_s, count, STEP_S).astype(np.float16)
        for name, values in described.items()
    }


HEARING = Hearing("spectral", (RATE_HZ, WINDOW, HOP, STEP_S, 1), listen)
