"""Recordings with human ratings, one module a dataset, all giving the same ``Recording``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from realtime_mer.errors import UserError
from train.datasets import (
    deam,
    emomusic,
    emopia,
    emotify,
    folder,
    grekow,
    panda4q,
    pmemo,
    vad,
    vgmidi,
)
from train.datasets.base import Ratings, Recording

__all__ = ["LOADERS", "Ratings", "Recording", "data_root", "load"]

LOADERS: dict[str, Callable[[Path], list[Recording]]] = {
    "emotify": emotify.load,
    "panda4q": panda4q.load,
    "grekow": grekow.load,
    "vgmidi": vgmidi.load,
    "emopia": emopia.load,
    "emomusic": emomusic.load,
    "deam": deam.load,
    "pmemo": pmemo.load,
    "vad": vad.load,
    "folder": folder.load,
}


def data_root() -> Path:
    """Return the folder of datasets: ``$REALTIME_MER_DATA``, else ``../shared/data``."""
    named = os.environ.get("REALTIME_MER_DATA")
    if named:
        return Path(named)
    return Path(__file__).resolve().parents[3] / "shared" / "data"


def load(name: str, root: Path | None = None) -> list[Recording]:
    """Load a dataset by name from ``root / name``.

    Raises:
        UserError: there is no such dataset, or its files are missing or wrong.
    """
    if name not in LOADERS:
        raise UserError(f"No dataset is called '{name}'; there are {', '.join(sorted(LOADERS))}.")
    place = (root or data_root()) / name
    if not place.is_dir():
        raise UserError(
            f"The dataset {name} is not at {place}; "
            "put it there, or set REALTIME_MER_DATA to the folder that holds the datasets."
        )
    return LOADERS[name](place)
