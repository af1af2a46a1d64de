"""Compiling with numba, and what to do where that is not possible."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

_log = logging.getLogger(__name__)


def compiled(signature: str) -> Callable[[Function], Function]:
    """Compile a kernel for one signature, at import, so that no callback ever has to.

    The machine code is cached beside the source, or where ``NUMBA_CACHE_DIR`` says, and
    found again as long as the sources in this folder are the same.
    Where neither folder nor home can be written it is compiled anew at each start; a cache
    that somebody damaged is emptied.

    Args:
        signature: of numba; ``block`` in it stands for a float32 matrix of any strides
            that need not be writable, as sound cards deliver.

    Raises:
        ImportError: where numba is missing.
    """
    with without_scipy():
        import numba
        from numba import types

    names = {name: getattr(types, name) for name in ("int64", "float32", "float64", "void")}
    names["block"] = types.Array(types.float32, 2, "A", readonly=True)
    parsed = eval(signature, {"__builtins__": {}}, names)  # our own literals only

    # reassoc lets sums run in vector lanes; nan and inf keep their meaning.
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"reassoc", "contract"},
    }

    @without_scipy()
    def decorate(function: Function) -> Function:
        function.__qualname__ += f"_{_sources()}"
        dispatcher: Any = numba.njit(**options)(function)
        try:
            dispatcher.enable_caching()
        except RuntimeError as error:  # "no locator available": nowhere to keep the cache
            _log.debug("%s is compiled anew at each start: %s", function.__name__, error)
        try:
            dispatcher.compile(parsed)
        except Exception as error:
            # What unpickles a damaged file may raise anything, and so may a full disk.
            _log.debug("the compiled %s cannot be cached: %r", function.__name__, error)
            with suppress(Exception):
                dispatcher._cache.flush()
            dispatcher = numba.njit(**options)(function)
            dispatcher.compile(parsed)
        dispatcher.disable_compile()
        return cast(Function, dispatcher)

    return decorate


@contextmanager
def without_scipy() -> Iterator[None]:
    """Keep numba from loading SciPy's BLAS, which no kernel calls: 17 MB and 0.2 s."""
    hidden = "scipy" not in sys.modules
    if hidden:
        sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            sys.modules.pop("scipy", None)


@cache
def _sources() -> str:
    """Return a name for what stands in this folder.

    numba itself only notices changes of the file that a function is in, not of what it
    calls or is made of elsewhere.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
