"""Support vector regression (Gao Feng, Markov, Yu 2016), on two descriptions.

A radial kernel, as in the paper. Its cost and width were found by a grid there; ours are
fixed, on at most 100 principal components.
"""

from __future__ import annotations

from typing import Any

from train.systems import ears
from train.systems.base import System
from train.systems.linear import SOURCE
from train.systems.spans import SpanFit, of_spans


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


SYSTEMS = (
    System(
        "support vectors, log-mel",
        SOURCE,
        SpanFit(of_spans(ears.log_mel("mean", "spread")), support_vectors),
        effort=0,
    ),
    System(
        "support vectors, 260 features",
        SOURCE,
        SpanFit(of_spans(ears.open_smile, spread=False), support_vectors),
        ear="openSMILE",
        effort=0,
    ),
)
