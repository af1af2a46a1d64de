"""The kernels in use: numba's where it can be imported, else their NumPy twin."""

from __future__ import annotations

import logging
from functools import cache
from types import ModuleType

_log = logging.getLogger(__name__)


@cache
def kernels() -> ModuleType:
    """Return the module with the kernels, compiled or loaded from numba's cache by now."""
    try:
        from realtime_mer.frontend import kernels as compiled_kernels
    except ImportError as error:
        from realtime_mer.frontend import twin

        _log.warning("numba cannot be used (%s): the slower NumPy front end takes over", error)
        return twin
    return compiled_kernels
