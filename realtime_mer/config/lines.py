"""On which line of a TOML file a key stands; the standard library's parser does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Place = tuple[str, int, str]
"""Name of the table ("" at the top), its number from 0 among its like, key ("" its header)."""

_AT_LINE = re.compile(r"at line (\d+)")


def key_lines(text: str) -> Mapping[Place, int]:
    """Return the line, from 1, of every key at the top and in tables one level deep.

    Args:
        text: valid TOML.
    """
    lines = text.splitlines()
    places: dict[Place, int] = {}
    counts: dict[str, int] = {}
    table, number = "", 0
    begin = 0
    while begin < len(lines):
        end, statement = _statement(lines, begin)
        for key in statement:
            if lines[begin].lstrip().startswith("["):
                table, number = key, counts.get(key, 0)
                counts[key] = number + 1
                places[table, number, ""] = begin + 1
            else:
                places.setdefault((table, number, key), begin + 1)
        begin = end
    return places


def error_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """Return the line a file stops to be TOML at, its last one where it ends too early."""
    found = _AT_LINE.search(str(error))
    return int(found[1]) if found else max(len(text.splitlines()), 1)


def _statement(lines: list[str], begin: int) -> tuple[int, Mapping[str, object]]:
    """The line after a statement, and what it says.

    A statement is the shortest run of lines that is TOML by itself: an array or a text over
    several lines is not before its last one.
    """
    for end in range(begin + 1, len(lines) + 1):
        try:
            return end, tomllib.loads("\n".join(lines[begin:end]))
        except tomllib.TOMLDecodeError:
            continue
    return len(lines), {}
