"""Feed-forward network with three hidden layers (Gao Feng, Markov, Yu 2016)."""

from __future__ import annotations

from typing import Any

from train.systems import ears
from train.systems.base import System
from train.systems.linear import SOURCE
from train.systems.spans import SpanFit, of_spans


def _regressor(seed: int) -> Any:
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        StandardScaler(),
        MLPRegressor(
            hidden_layer_sizes=(128, 64, 32),
            alpha=1.0,
            learning_rate_init=1e-3,
            max_iter=200,
            early_stopping=True,  # a tenth of the training recordings decides when to stop
            random_state=seed,
        ),
    )


SYSTEMS = (
    System(
        "feed-forward, 3 hidden layers, log-mel",
        SOURCE,
        SpanFit(of_spans(ears.log_mel("mean", "spread")), _regressor),
        effort=0,
    ),
    System(
        "feed-forward, 3 hidden layers, 260 features",
        SOURCE,
        SpanFit(of_spans(ears.open_smile, spread=False), _regressor),
        ear="openSMILE",
        effort=0,
    ),
)
