"""CNN and LSTM with valence, arousal and dominance (Diaz Banet 2021).

For recordings whose dominance was rated (:mod:`train.datasets.vad`); the others teach the other
two dimensions alone. They are not in the comparison, as none of its sets rates dominance. The
runtime sends the third dimension along with the two.
"""

from __future__ import annotations

from functools import partial

from train.systems import ears
from train.systems.base import System
from train.systems.cnn import Cnn
from train.systems.lstm import MFCC, SEQUENCE, SOURCE, Lstm
from train.systems.recipe import Recipe
from train.systems.sequences import SequenceFit

SYSTEMS = tuple(
    System(
        f"{name} on MFCC, with dominance",
        SOURCE,
        SequenceFit(
            Recipe(
                ears.log_mel(*MFCC),
                partial(build, outputs=3),
                SEQUENCE,
                dominance=True,
                parts=MFCC,
                updates=300,
            )
        ),
        causal=True,
        live=True,
    )
    for name, build in (("CNN", Cnn), ("LSTM", Lstm))
)
