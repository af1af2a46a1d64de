"""From samples to the frames a model sees: causal, at any rate, live and in training."""

from realtime_mer.frontend.level import LevelNormaliser, normalise_steps
from realtime_mer.frontend.logmel import LogMel, log_mel
from realtime_mer.frontend.spec import FRONT_END, FrontEndSpec

__all__ = ["FRONT_END", "FrontEndSpec", "LevelNormaliser", "LogMel", "log_mel", "normalise_steps"]
