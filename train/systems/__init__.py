"""Systems to stand beside, one file each; ``compare`` judges them on our folds.

A system here hears a whole span (a recording, or a measure of one) and gives one estimate
of it; none is causal. Each is fitted to the set it is judged on, which favours it: ours
learns from all sets at once, since live there is but one model.
"""

from __future__ import annotations

from train.systems import constant, ffn, linear, svr, yamnet_linear, yamnet_svr
from train.systems.base import System

SYSTEMS: tuple[System, ...] = (
    constant.SYSTEM,
    linear.SYSTEM,
    svr.SYSTEM,
    ffn.SYSTEM,
    yamnet_linear.SYSTEM,
    yamnet_svr.SYSTEM,
)
