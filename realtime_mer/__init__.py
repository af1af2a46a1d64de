"""Listens to music as it is played and says, twice a second, how it feels.

The pure core is :class:`realtime_mer.Tracker`: feed it samples, get
:class:`realtime_mer.Estimate` objects back. Both load on first use, so that
``import realtime_mer`` itself needs neither numba nor ONNX Runtime nor PortAudio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime_mer.estimate import Estimate as Estimate
    from realtime_mer.tracker import Tracker as Tracker

__version__ = "0.1.0"
__all__ = ["Estimate", "Tracker", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Tracker":
        from realtime_mer.tracker import Tracker

        return Tracker
    if name == "Estimate":
        from realtime_mer.estimate import Estimate

        return Estimate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
