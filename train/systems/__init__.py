"""Systems to stand beside, one file each; ``compare`` judges them on our folds.

Each is fitted to the set it is judged on, which favours it: ours learns from all sets at
once, since live there is but one model.
"""

from __future__ import annotations

from train.systems import (
    autoencoder,
    cnn,
    constant,
    crnn,
    dbn,
    ffn,
    linear,
    lstm,
    probes,
    svr,
    timbre,
)
from train.systems.base import System

SYSTEMS: tuple[System, ...] = (
    *constant.SYSTEMS,
    *linear.SYSTEMS,
    *svr.SYSTEMS,
    *ffn.SYSTEMS,
    *timbre.SYSTEMS,
    *dbn.SYSTEMS,
    *crnn.SYSTEMS,
    *autoencoder.SYSTEMS,
    *cnn.SYSTEMS,
    *lstm.SYSTEMS,
    *probes.SYSTEMS,
)
