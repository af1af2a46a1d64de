"""Configurations that come along, one for each program people send to."""

from __future__ import annotations

from pathlib import Path

from realtime_mer.config.table import nearest
from realtime_mer.config.values import OFF
from realtime_mer.errors import UserError

FOLDER = Path(__file__).resolve().parent.parent / "presets"

PRESETS = (
    "touchdesigner", "resolume", "max", "unity", "vdmx",
    "wekinator", "chataigne", "processing", "supercollider", "puredata",
)  # fmt: skip


def parse_preset(value: str) -> str | None:
    """Take the name of a preset, in any case of letters, or off.

    Raises:
        UserError: with the nearest there is.
    """
    name = value.lower()
    if name in OFF:
        return None
    if name not in PRESETS:
        raise UserError(
            f"there is no preset {value!r}: did you mean '{nearest(name, PRESETS)}'? "
            f"There are {', '.join(PRESETS)}."
        )
    return name


def preset_path(name: str) -> Path:
    """Return the file of a preset."""
    return FOLDER / f"{name}.toml"
