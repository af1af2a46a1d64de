"""Any folder of music that nobody rated: for a teacher's task, never for ratings."""

from __future__ import annotations

from pathlib import Path

from realtime_mer.errors import UserError
from train.datasets.base import Ratings, Recording

SUFFIXES = {".flac", ".mp3", ".ogg", ".opus", ".wav"}


def load(folder: Path) -> list[Recording]:
    """Return every audio file under a folder; the group is the folder it lies in."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not paths:
        raise UserError(f"There is no audio file under {folder}.")
    return [
        Recording(
            "unlabelled",
            path.relative_to(folder).as_posix(),
            path,
            path.parent.name,
            Ratings.none(),
            "as the files' own",
        )
        for path in paths
    ]
