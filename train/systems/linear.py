"""Multivariate linear regression (Gao Feng, Markov, Yu 2016), on two descriptions.

The paper regresses on the 260 openSMILE features of a segment. Ours differs in one thing:
shrinkage (ridge), since our sets have hardly more songs than there are features.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from train.systems import ears
from train.systems.base import System
from train.systems.spans import SpanFit, of_spans

SOURCE = "Gao Feng, Markov, Yu 2016"


def ridge(seed: int) -> Any:
    """Return linear regression, its shrinkage chosen by leave-one-out on the training folds."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(np.logspace(0, 5, 11)))


SYSTEMS = (
    System(
        "linear regression, log-mel",
        SOURCE,
        SpanFit(of_spans(ears.log_mel("mean", "spread")), ridge),
        effort=0,
    ),
    System(
        "linear regression, 260 features",
        SOURCE,
        SpanFit(of_spans(ears.open_smile, spread=False), ridge),
        ear="openSMILE",
        effort=0,
    ),
)
