"""Feed-forward network with three hidden layers on log-mel statistics (Gao Feng et al. 2016)."""

from __future__ import annotations

from typing import Any

from train.systems.base import System, log_mel_statistics


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


SYSTEM = System(
    "feed-forward, 3 hidden layers, log-mel",
    "Gao Feng, Markov, Yu 2016",
    log_mel_statistics,
    _regressor,
)
