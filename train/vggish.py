"""VGGish's embedding at the end of every 500 ms step, where the user has its weights.

Hershey et al., "CNN architectures for large-scale audio classification", ICASSP 2017. The
network of AudioSet's ``vggish_slim`` with the weights of its PyTorch port (a state dictionary
``vggish*.pth`` under ``models/`` of the folder of datasets; they are not distributed here).
It hears the 0.96 s that end where the step ends, as log-mel of its own: 64 bands from 125 to
7,500 Hz, straight in mel, of the magnitude spectrum of 25 ms every 10 ms.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S
from train.cache import Arrays
from train.datasets import data_root
from train.datasets.base import Recording
from train.hearing import Hearing, resample

Float32 = NDArray[np.float32]

RATE_HZ = 16_000
WINDOW, HOP, FFT = 400, 160, 512
BANDS, LOW_HZ, HIGH_HZ, OFFSET = 64, 125.0, 7_500.0, 0.01
FRAMES = 96
SIZE = 128


class Vggish(nn.Module):
    """The network; names of its weights are those of the PyTorch port.

    Shape:
        - Input: ``[N, 1, 96, 64]``
        - Output: ``[N, 128]``
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for width in (64, 0, 128, 0, 256, 256, 0, 512, 512, 0):  # 0 halves both axes
            if width:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            else:
                layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(512 * 6 * 4, 4_096),
            nn.ReLU(),
            nn.Linear(4_096, 4_096),
            nn.ReLU(),
            nn.Linear(4_096, SIZE),
            nn.ReLU(),
        )

    def forward(self, patches: Tensor) -> Tensor:
        # TensorFlow, where the weights come from, flattens with channels last.
        seen = self.features(patches).permute(0, 2, 3, 1)
        embedding: Tensor = self.embeddings(seen.flatten(1))
        return embedding


def weights_path() -> Path | None:
    """Return where the user's weights lie, None where there are none."""
    return next(iter(sorted((data_root() / "models").glob("vggish*.pth"))), None)


@functools.cache
def load(path: Path) -> Vggish:
    """Return the network with weights from a file."""
    network = Vggish()
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"{path} does not hold the weights of VGGish's PyTorch port ({reason}); "
            "put another file there, or take it away to go without."
        ) from None
    return network.eval()


def mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the mel scale VGGish uses."""
    return np.asarray(1_127.0 * np.log1p(np.asarray(hertz) / 700.0))


@functools.cache
def filters() -> NDArray[np.float64]:
    """Return triangles that are straight in mel, ``[257, 64]``; the constant belongs to none."""
    edges = np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2)
    at = mel(np.arange(FFT // 2 + 1) * RATE_HZ / FFT)[:, None]
    rise = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0.0, np.minimum(rise, fall))
    weights[0] = 0.0
    return weights


def log_mel(samples: Float32) -> Float32:
    """Return ``[frames, 64]`` of samples at :data:`RATE_HZ`; frame k begins at 10 k ms."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)
    count = max(0, 1 + (len(samples) - WINDOW) // HOP)
    index = HOP * np.arange(count)[:, None] + np.arange(WINDOW)
    spectrum = np.abs(np.fft.rfft(samples[index] * window, FFT))
    return np.log(spectrum @ filters() + OFFSET).astype(np.float32)


def listen(recording: Recording, samples: Float32, rate_hz: int) -> Arrays:
    """Return the embedding of every complete step, ``embedding`` float16 ``[steps, 128]``."""
    path = weights_path()
    if path is None:
        raise UserError(
            f"VGGish's weights are missing; put vggish-10086976.pth into {data_root() / 'models'}."
        )
    sound = resample(samples, rate_hz, RATE_HZ)
    step = round(STEP_S * RATE_HZ)
    count = len(sound) // step
    span = HOP * (FRAMES - 1) + WINDOW
    padded = np.concatenate([np.zeros(span, np.float32), sound])
    network = load(path)
    rows = []
    with torch.inference_mode():
        for k in range(count):
            heard = padded[(k + 1) * step : (k + 1) * step + span]
            patch = torch.from_numpy(log_mel(heard))[None, None]
            rows.append(network(patch)[0].numpy())
    return {"embedding": np.array(rows, np.float16).reshape(count, SIZE)}


def hearing() -> Hearing:
    """Return the hearing; other weights are another one."""
    from train import cache

    path = weights_path()
    digest = cache.file_digest(path) if path else None
    return Hearing("vggish", (digest, STEP_S, 1), listen)
