"""Calibrations kept by name in the user's configuration folder, one JSON file each."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from realtime_mer.errors import UserError
from realtime_mer.feel.calibration import Calibration, in_order, parse_record

OFF, STOP, HOLD, ADAPT = "off", "stop", "hold", "adapt"
RESERVED = (OFF, "none", "no", "false", STOP, HOLD, ADAPT)
"""Words that say what is to be done with a calibration, and so name none."""

LATEST = "last"
"""What a calibration is called that nobody named."""

LONGEST_NAME = 60
_NAME = re.compile(r"[^\W_](?:[\w .-]*[\w-])?")
# Windows opens a device under these names, whatever the suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")


def configuration_folder() -> Path:
    """Return where this user's settings belong on this system; it may not exist yet.

    ``~/.config/realtime-mer`` on Linux (or in ``$XDG_CONFIG_HOME``), ``~/Library/Application
    Support/realtime-mer`` on a Mac, ``%LOCALAPPDATA%\\realtime-mer`` on Windows.
    """
    from platformdirs import user_config_path

    return user_config_path("realtime-mer", appauthor=False)


def check_name(name: str) -> str:
    """Return a calibration's name, tidied.

    Raises:
        UserError: for one that could not be a file's name on every system, or that is a
            command or a number.
    """
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UserError(
            f"{name!r} is no name for a calibration: use up to {LONGEST_NAME} letters, digits, "
            "spaces, dots and dashes, as in tuesday."
        )
    if name.casefold() in RESERVED or is_number(name) or _DEVICES.fullmatch(name.casefold()):
        raise UserError(f"{name!r} cannot name a calibration: choose another, such as tuesday.")
    return name


def is_number(text: str) -> bool:
    """Return whether a text is a number, which says seconds and names nothing."""
    try:
        float(text)
    except ValueError:
        return False
    return True


class Calibrations:
    """The calibrations of this user.

    Upper and lower case are one, as they are to the file systems of Macs and Windows.

    Args:
        folder: where they are kept; None for ``calibrations`` in the configuration folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or configuration_folder() / "calibrations"

    def names(self) -> list[str]:
        """Return the names of all, in alphabetical order."""
        try:
            return sorted(path.stem for path in self.folder.glob("*.json"))
        except OSError:
            return []

    def load(self, name: str, dimensions: Sequence[str] | None = None) -> Calibration:
        """Return the calibration of a name.

        Args:
            name: as it was saved.
            dimensions: the model's, into whose order it is put; None for its own.

        Raises:
            UserError: if there is none, with the nearest there is, or it cannot be used.
        """
        path = self._path(check_name(name))
        try:
            calibration = parse_record(json.loads(path.read_text(encoding="utf-8")))
            return in_order(calibration, dimensions) if dimensions else calibration
        except FileNotFoundError:
            raise UserError(self._unknown(name)) from None
        except OSError as error:
            raise UserError(
                f"The calibration '{name}' cannot be read ({error.strerror}): check {path}."
            ) from error
        except ValueError as error:
            raise UserError(
                f"The calibration '{name}' cannot be used, since {error}: calibrate again, "
                f"or mend {path}."
            ) from error

    def save(self, calibration: Calibration) -> Path:
        """Keep a calibration under its name, in place of one of that name; return where.

        Raises:
            UserError: if the name will not do or the file cannot be written.
        """
        path = self._path(check_name(calibration.name))
        text = json.dumps(calibration.record(), indent=2, ensure_ascii=False) + "\n"
        try:
            write_whole(path, text)
        except OSError as error:
            raise UserError(
                f"The calibration '{calibration.name}' cannot be saved ({error.strerror}): "
                f"check that {self.folder} may be written to."
            ) from error
        return path

    def forget(self, name: str) -> None:
        """Delete a calibration.

        Raises:
            UserError: if there is none of that name, or it cannot be deleted.
        """
        try:
            self._path(check_name(name)).unlink()
        except FileNotFoundError:
            raise UserError(self._unknown(name)) from None
        except OSError as error:
            raise UserError(
                f"The calibration '{name}' cannot be deleted ({error.strerror}): "
                f"check {self.folder}."
            ) from error

    def _path(self, name: str) -> Path:
        return self.folder / f"{name.casefold()}.json"

    def _unknown(self, name: str) -> str:
        names = self.names()
        if not names:
            return (
                f"There is no calibration '{name}', nor any other: make it with "
                f"realtime-mer calibrate --name '{name}'."
            )
        nearest = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.0)[0]
        return f"There is no calibration '{name}': did you mean '{nearest}'?"


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
