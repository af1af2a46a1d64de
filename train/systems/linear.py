"""Multivariate linear regression on log-mel statistics (Gao Feng, Markov, Yu 2016)."""

from __future__ import annotations

from typing import Any

import numpy as np

from train.systems.base import System, log_mel_statistics


def ridge(seed: int) -> Any:
    """Return linear regression, its shrinkage chosen by leave-one-out on the training folds."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(np.logspace(0, 5, 11)))


SYSTEM = System(
    "linear regression, log-mel", "Gao Feng, Markov, Yu 2016", log_mel_statistics, ridge
)
