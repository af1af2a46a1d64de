"""YAMNet's embedding with ridge regression: what a user would put together today."""

from __future__ import annotations

from train.systems.base import System, yamnet_statistics
from train.systems.linear import ridge

SYSTEM = System("YAMNet probe, ridge", "Plakal, Ellis 2020", yamnet_statistics, ridge)
