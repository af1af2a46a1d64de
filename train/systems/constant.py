"""The floor: the mean rating of the training recordings, whatever is heard."""

from __future__ import annotations

from typing import Any

import numpy as np

from train.datasets.base import Recording
from train.systems.base import Float32, System
from train.systems.spans import SpanFit


def _nothing(recording: Recording) -> Float32:
    return np.zeros((len(recording.ratings.spans_s), 1), np.float32)


def _regressor(seed: int) -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor()


SYSTEMS = (
    System(
        "constant mean",
        "the floor",
        SpanFit(_nothing, _regressor),
        ear="none",
        causal=True,
        effort=0,
    ),
)
