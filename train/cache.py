"""Arrays on disk under a name made of everything they depend on: what is stale is never found."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

CACHE = Path(__file__).resolve().parents[1] / ".cache"


def fingerprint(**parts: object) -> str:
    """Return 32 hex digits that differ wherever any of the named parts differs.

    Parts are bytes, arrays or what JSON can say; dictionaries in any order.
    """
    digest = hashlib.sha256()
    for name in sorted(parts):
        part = parts[name]
        if isinstance(part, np.ndarray):
            part = part.tobytes()
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
        digest.update(f"{name}:{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()[:32]


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays so that the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    with partial.open("wb") as file:
        np.savez(file, **dict(arrays))  # type: ignore[arg-type]
    partial.replace(path)


def load_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of a file, or None where it is missing or damaged."""
    try:
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError):
        return None
    except Exception as error:
        if type(error).__name__ == "BadZipFile":
            return None
        raise


def cached(path: Path, compute: Callable[[], Arrays]) -> dict[str, NDArray[Any]]:
    """Return the arrays of ``path``, computing and writing them where they are not there."""
    arrays = load_arrays(path)
    if arrays is None:
        arrays = dict(compute())
        save_arrays(path, arrays)
    return arrays
