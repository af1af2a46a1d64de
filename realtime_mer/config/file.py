"""A configuration file: its settings and tables, and everything that is wrong with it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realtime_mer.config.lines import error_line, key_lines
from realtime_mer.config.table import TableError, nearest
from realtime_mer.errors import UserError

ParseText = Callable[[str], Any]
ParseTable = Callable[[Mapping[str, object]], Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file, and what to do.

    Attributes:
        line: where, from 1.
        sentence: what, with the remedy.
    """

    line: int
    sentence: str


@dataclass(slots=True)
class ConfigFile:
    """What a file says.

    Attributes:
        path: of the file.
        settings: parsed values by setting.
        tables: parsed tables by name, such as ``route``, in their order.
        problems: everything wrong, by line. What has a problem is left out above.
    """

    path: Path
    settings: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def check(self) -> None:
        """Raise the first problem.

        Raises:
            UserError: if there is one; it says how many more there are.
        """
        if not self.problems:
            return
        first = self.problems[0]
        more = len(self.problems) - 1
        others = f" (realtime-mer config check {self.path} lists {more} more)" if more else ""
        raise UserError(f"{self.path}, line {first.line}: {first.sentence}{others}")


def read_config(
    path: Path, settings: Mapping[str, ParseText], tables: Mapping[str, ParseTable]
) -> ConfigFile:
    """Read a file in TOML.

    Args:
        path: of the file.
        settings: a parser of text for every setting at the top.
        tables: a parser for the tables of each name, written ``[[name]]``.

    Raises:
        UserError: if there is no such file.
    """
    try:
        # With the signature some editors of Windows write in front, or without.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(
            f"The configuration {path} cannot be read ({error.strerror}): check --config."
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"The configuration {path} is not UTF-8 text ({error.reason}): save it as such."
        ) from error
    return parse_config(path, text, settings, tables)


def parse_config(
    path: Path, text: str, settings: Mapping[str, ParseText], tables: Mapping[str, ParseTable]
) -> ConfigFile:
    """Read the text of a file; arguments as for :func:`read_config`."""
    config = ConfigFile(path)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        sentence = f"this is not valid TOML ({error}): correct that line."
        config.problems.append(Problem(error_line(error, text), sentence))
        return config
    reader = _Reader(config, key_lines(text), settings, tables)
    for key, value in values.items():
        reader.take(key, value)
    config.problems.sort(key=lambda problem: problem.line)
    return config


class _Reader:
    """Sorts what stands at the top of a file into settings, tables and problems."""

    def __init__(
        self,
        config: ConfigFile,
        lines: Mapping[tuple[str, int, str], int],
        settings: Mapping[str, ParseText],
        tables: Mapping[str, ParseTable],
    ) -> None:
        self._config = config
        self._lines = lines
        self._settings = settings
        self._tables = tables

    def take(self, key: str, value: object) -> None:
        """Take one key with its value."""
        name = key.replace("-", "_")
        if name in self._tables:
            self._take_tables(key, name, value)
        elif name not in self._settings:
            like = nearest(name, (*self._settings, *self._tables))
            self._note(key, f"there is no setting '{key}': did you mean '{like}'?")
        elif isinstance(value, dict):
            self._note(key, f"'{key}' is a table: write it as {key} = VALUE.")
        else:
            try:
                self._config.settings[name] = self._settings[name](as_text(value).strip())
            except UserError as error:
                self._note(key, f"{key}: {error}")

    def _take_tables(self, key: str, name: str, value: object) -> None:
        entries = value if isinstance(value, list) else [None]
        if not all(isinstance(entry, dict) for entry in entries):
            self._note(key, f"'{key}' is not a list of tables: write [[{key}]] above each.")
            return
        parsed = self._config.tables.setdefault(name, [])
        for number, entry in enumerate(entries):
            label = f"{key} {number + 1}"
            if isinstance(entry.get("address"), str):
                label += f" ({entry['address']})"
            try:
                parsed.append(self._tables[name](entry))
            except TableError as error:
                for inner, sentence in error.problems:
                    self._note(key, f"{label}: {self._moved(inner, key, sentence)}", number, inner)
            except UserError as error:
                self._note(key, f"{label}: {error}", number)

    def _moved(self, key: str, table: str, sentence: str) -> str:
        """A setting below a table's header belongs to the table, which few expect."""
        if key.replace("-", "_") not in self._settings or "there is no key" not in sentence:
            return sentence
        return f"'{key}' is a setting of the whole run: move it above the first [[{table}]]."

    def _note(self, key: str, sentence: str, number: int = 0, inner: str = "") -> None:
        lines = self._lines
        line = lines.get(("", 0, key), 1)
        line = lines.get((key, number, inner), lines.get((key, number, ""), line))
        self._config.problems.append(Problem(line, sentence))


def as_text(value: object) -> str:
    """Write a value of TOML the way it would be typed as a flag.

    >>> as_text(["127.0.0.1:9000", True])
    '127.0.0.1:9000,true'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(as_text(part) for part in value)
    return str(value)
