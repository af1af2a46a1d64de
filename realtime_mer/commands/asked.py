"""The settings of a command: found in file, environment and flags, and said aloud."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from realtime_mer import logs
from realtime_mer.config.merge import load_settings
from realtime_mer.config.where import Place, find_config
from realtime_mer.settings import Settings, setting_fields


def add_config_flag(group: argparse._ArgumentGroup) -> None:
    """Add ``--config``; where it is not given, :func:`asked_settings` looks where it is kept."""
    group.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="read settings from a file; flags win"
    )


def asked_settings(arguments: argparse.Namespace) -> tuple[Settings, Place]:
    """Return what was asked for, and where the file among it is.

    Raises:
        UserError: where a setting cannot be read.
    """
    given = {name: getattr(arguments, name) for name in setting_fields() if name in arguments}
    place = find_config(getattr(arguments, "config", None))
    return load_settings(given, os.environ, place.read), place


def open_log(settings: Settings, place: Place) -> None:
    """Have events written as was asked for; the first names the file that nobody named."""
    logs.set_up(settings.least_level, settings.log_format)
    if not settings.quiet and (sentence := place.sentence()):
        logs.notice(sentence)
