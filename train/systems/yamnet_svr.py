"""YAMNet's embedding with support vector regression."""

from __future__ import annotations

from train.systems.base import System, yamnet_statistics
from train.systems.svr import support_vectors

SYSTEM = System(
    "YAMNet probe, support vectors", "Plakal, Ellis 2020", yamnet_statistics, support_vectors
)
