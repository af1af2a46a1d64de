"""Many streams at once, with one batched call of the model for all of them."""

from realtime_mer.streams.many import ManyTracker

__all__ = ["ManyTracker"]
