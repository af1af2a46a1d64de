"""The ways of setting things brought together: flags > environment > file > preset > defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime_mer.config.file import ConfigFile, ParseTable, ParseText, read_config
from realtime_mer.config.presets import preset_path
from realtime_mer.settings import Settings, parse_setting, setting_fields, table_fields

ENVIRONMENT_PREFIX = "REALTIME_MER_"


def read_settings_file(path: Path) -> ConfigFile:
    """Read a configuration file; what is wrong with it is in its ``problems``.

    Raises:
        UserError: if there is no such file.
    """
    return read_config(path, *parsers())


def parsers() -> tuple[Mapping[str, ParseText], Mapping[str, ParseTable]]:
    """Return the parser of each setting, and of each kind of table."""
    return (
        {name: entry.metadata["parse"] for name, entry in setting_fields().items()},
        {name: entry.metadata["parse_table"] for name, entry in table_fields().items()},
    )


@dataclass(frozen=True, slots=True)
class Merged:
    """Settings with where each comes from.

    Attributes:
        settings: the result.
        origins: how each was given, by setting, such as ``show.toml`` or ``--speed``; those
            that nobody gave have none.
    """

    settings: Settings
    origins: Mapping[str, str]


def load_settings(
    flags: Mapping[str, object], environment: Mapping[str, str], config: Path | None = None
) -> Settings:
    """Merge the ways a person can set things, as :func:`merge_settings` does."""
    return merge_settings(flags, environment, config).settings


def merge_settings(
    flags: Mapping[str, object], environment: Mapping[str, str], config: Path | None = None
) -> Merged:
    """Merge the ways a person can set things: flags > environment > file > preset > defaults.

    Tables of a file are added to those of the preset; one that has the name of a preset's,
    which for a route is its address, takes its place.

    Args:
        flags: what stood on the command line, already parsed, by setting name.
        environment: all variables; those of the program are picked out.
        config: a TOML file, or None.

    Raises:
        UserError: where a value makes no sense, the file cannot be read, or it has a
            setting that does not exist.
    """
    file = ConfigFile(Path()) if config is None else read_settings_file(config)
    file.check()
    variables = {name: ENVIRONMENT_PREFIX + name.upper() for name in setting_fields()}
    given = {
        name: parse_setting(name, environment[variable], variable)
        for name, variable in variables.items()
        if variable in environment
    }
    chosen = {**file.settings, **given, **flags}
    layers: list[tuple[Mapping[str, object], Callable[[str], str]]] = [
        (file.settings, lambda _: str(config)),
        (given, lambda name: variables[name]),
        (flags, lambda name: f"--{name.replace('_', '-')}"),
    ]
    tables: Mapping[str, list[Any]] = file.tables
    if chosen.get("preset"):
        preset = read_settings_file(preset_path(str(chosen["preset"])))
        preset.check()
        layers.insert(0, (preset.settings, lambda _: f"preset {chosen['preset']}"))
        theirs = dict(preset.tables)
        if not chosen.get("preset_routes", True):
            theirs.pop("route", None)
        tables = _added(theirs, tables)
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for values_of_layer, origin in layers:
        merged |= values_of_layer
        origins |= {name: origin(name) for name in values_of_layer}
    for table, entry in table_fields().items():
        if table in tables:
            merged[entry.name] = tuple(tables[table])
    return Merged(Settings(**merged), origins)


def _added(preset: Mapping[str, list[Any]], own: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    tables = {}
    for table in {**preset, **own}:
        mine = own.get(table, [])
        names = {getattr(entry, "name", None) for entry in mine} - {None}
        kept = [each for each in preset.get(table, []) if getattr(each, "name", None) not in names]
        tables[table] = [*kept, *mine]
    return tables
