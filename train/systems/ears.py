"""What systems hear: a sequence of described steps for a recording.

Every description is kept in memory too, since each fold asks for it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train import opensmile, spectral, vggish, yamnet
from train import steps as logmel
from train.datasets.base import Recording
from train.steps import STEP_S, columns

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as a system hears it.

    Attributes:
        time_s: end of each step, float64 ``[n]``, rising.
        values: float32 ``[n, F]``.
    """

    time_s: NDArray[np.float64]
    values: Float32


Ear = Callable[[Recording], Heard]

_memory: dict[tuple[object, ...], Heard] = {}


def remembered(name: str, ear: Ear) -> Ear:
    """Return an ear that hears each recording once in the life of the process."""

    def hear(recording: Recording) -> Heard:
        # The path tells recordings of the same name apart, as tests have them.
        key = (name, recording.key, recording.path, recording.skip_s, recording.cut_s)
        if key not in _memory:
            _memory[key] = ear(recording)
        return _memory[key]

    return hear


def _all_steps(values: NDArray[np.floating]) -> Heard:
    time_s = STEP_S * np.arange(1, len(values) + 1, dtype=np.float64)
    return Heard(time_s, np.asarray(values, np.float32))


def _log_mel(recording: Recording) -> Heard:
    heard = logmel.steps(recording)
    return Heard(heard["time_s"].astype(np.float64), heard["values"])


_all_log_mel = remembered("log-mel", _log_mel)


def log_mel(*parts: str) -> Ear:
    """Return an ear for parts of :data:`train.steps.COLUMNS`; only steps that are music."""
    chosen = columns(*parts)

    def hear(recording: Recording) -> Heard:
        heard = _all_log_mel(recording)
        return Heard(heard.time_s, heard.values[:, chosen])

    return hear


def spectrum(part: str) -> Ear:
    """Return an ear for chroma, shape or contrast: mean and spread in each step."""
    return remembered(part, lambda recording: _all_steps(spectral.HEARING.steps(recording)[part]))


def compressed(values: NDArray[np.floating]) -> Float32:
    """Return values with their size in logarithms beyond 1: some descriptors reach millions."""
    logarithms: Float32 = (np.sign(values) * np.log1p(np.abs(values))).astype(np.float32)
    return logarithms


open_smile = remembered(
    "openSMILE",
    lambda recording: _all_steps(compressed(opensmile.HEARING.steps(recording)["steps"])),
)
"""The 260 features of MediaEval's baseline: mean and spread of 65 descriptors and deltas."""

yamnet_embedding = remembered(
    "YAMNet",
    lambda recording: _all_steps(
        np.log1p(10.0 * yamnet.steps(recording)["embedding"].astype(np.float32))
    ),
)
"""YAMNet's 1,024 rectified units, in logarithms, over the last 0.975 s."""

vggish_embedding = remembered(
    "VGGish",
    lambda recording: _all_steps(vggish.hearing().steps(recording)["embedding"]),
)
"""VGGish's 128 units over the last 0.96 s, with the user's weights."""
