"""Support vector regression on log-mel statistics (Gao Feng, Markov, Yu 2016)."""

from __future__ import annotations

from typing import Any

from train.systems.base import System, log_mel_statistics


def support_vectors(seed: int) -> Any:
    """Return support vector regression with radial kernel on at most 100 components."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    return make_pipeline(
        StandardScaler(),
        PCA(100, svd_solver="randomized", random_state=seed),
        SVR(C=0.3, epsilon=0.05),
    )


SYSTEM = System(
    "support vector regression, log-mel",
    "Gao Feng, Markov, Yu 2016",
    log_mel_statistics,
    support_vectors,
)
