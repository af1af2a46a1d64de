"""Files that are made anew and never take the place of another."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

from realtime_mer.errors import UserError

COPIED_BYTES = 1 << 16
TIME = "{time}"
"""Stands in the name of a file for when the program began to write, such as 2026-11-20-200003."""


def named(path: Path) -> Path:
    """Return the path with the time in it, the same for every file of a run."""
    return path.with_name(path.name.replace(TIME, _began())) if TIME in path.name else path


@cache
def _began() -> str:
    return datetime.now().strftime("%Y-%m-%d-%H%M%S")


def create(path: Path) -> BinaryIO:
    """Open a new file for unbuffered writing, and reading of what was written.

    Raises:
        UserError: if it exists or cannot be made; the sentence says what to do.
    """
    try:
        # A device, such as a serial port, is there already and has nothing to overwrite.
        mode = "wb" if path.is_char_device() else "x+b"
        return path.open(mode, buffering=0)  # type: ignore[return-value]
    except FileExistsError:
        raise UserError(
            f"{path} exists and is not overwritten: choose another name, such as "
            f"{_free_name(path)}."
        ) from None
    except FileNotFoundError:
        raise UserError(
            f"{path} cannot be made, as there is no folder {path.parent}: make it first, or "
            "choose another."
        ) from None
    except OSError as error:
        raise UserError(
            f"{path} cannot be made: {reason(error)}; choose a place that can be written."
        ) from None


class Removed(OSError):
    """The file is gone, and there is no place to write it anew; the text says why."""


def is_removed(file: BinaryIO) -> bool:
    """Tell whether an open file has no name any more.

    On most systems a file that is removed can be written for as long as it is open, and nobody
    will ever see what was. One that is moved has a name still.
    """
    return os.fstat(file.fileno()).st_nlink == 0


def written_anew(file: BinaryIO, path: Path) -> BinaryIO:
    """Write what an open file holds to its path again, and return that one, open at the end.

    The other is closed.

    Raises:
        Removed: where there is no folder for it now, or another file in its place.
        OSError: where it cannot be written.
    """
    try:
        anew = path.open("x+b", buffering=0)
    except OSError as error:
        raise Removed(reason(error)) from error
    try:
        file.seek(0)
        while piece := file.read(COPIED_BYTES):
            written = 0
            while written < len(piece):
                written += anew.write(piece[written:])
    except OSError:
        file.seek(0, os.SEEK_END)
        anew.close()
        path.unlink(missing_ok=True)
        raise
    file.close()
    return anew


def reason(error: OSError) -> str:
    """Return what the operating system says, to stand inside a sentence."""
    return (error.strerror or str(error)).lower()


def _free_name(path: Path) -> Path:
    number = 2
    while (free := path.with_stem(f"{path.stem}-{number}")).exists():
        number += 1
    return free
