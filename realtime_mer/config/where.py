"""Which configuration a run uses, and which one its page saves to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from realtime_mer.calibrations import configuration_folder
from realtime_mer.config.values import OFF

NAME = "settings.toml"


@dataclass(frozen=True, slots=True)
class Place:
    """A configuration.

    Attributes:
        read: the file whose settings are used, or None.
        save: where the page saves, or None where nothing is to be kept.
        is_default: whether ``read`` is used without anybody having named it.
    """

    read: Path | None
    save: Path | None
    is_default: bool = False

    def sentence(self) -> str:
        """Say aloud what is used without having been named, or return an empty text."""
        if not self.is_default or self.read is None:
            return ""
        return (
            f"Using the settings saved in {shortened(self.read)} (--config none leaves them out)."
        )


def find_config(given: Path | None) -> Place:
    """Return the configuration of a run.

    Args:
        given: what ``--config`` names: a file; ``none`` for none at all; None where it was
            not given: then what was saved on the page last time is there again.
    """
    if given is not None and str(given).lower() in OFF:
        return Place(None, None)
    if given is not None:
        return Place(given, given)
    saved = configuration_folder() / NAME
    return Place(saved, saved, True) if saved.is_file() else Place(None, saved)


def shortened(path: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return a path the way a person says it, with a tilde for their home."""
    home = environment.get("HOME", "")
    if home and path.is_relative_to(home):
        return str(Path("~") / path.relative_to(home))
    return str(path)
