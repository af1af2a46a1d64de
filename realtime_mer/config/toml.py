"""Values written as TOML; reading is in the standard library."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from realtime_mer.addresses import format_target
from realtime_mer.broker import Broker

_DELETE = "\x7f"


def toml_value(value: object) -> str:
    """Write a value of a setting or a table on one line, so that it is read back the same.

    Infinity becomes "max", the way a person gives it, and None becomes false, which is how
    an output is switched off.

    Raises:
        TypeError: for what no setting holds.
    """
    if value is None:
        return "false"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return '"max"' if math.isinf(value) else repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (str, Path, IPv4Network, IPv6Network)):
        # JSON's escapes are TOML's, but for one letter that JSON leaves as it is.
        return json.dumps(str(value), ensure_ascii=False).replace(_DELETE, "\\u007f")
    if isinstance(value, Broker):
        return toml_value(value.url)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return toml_value(format_target(*value))
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    raise TypeError(f"{value!r} has no place in a configuration")


def toml_table(name: str, table: Mapping[str, object]) -> str:
    """Write one of several tables of a name, on lines of its own."""
    lines = [f"[[{name}]]", *(f"{key} = {toml_value(value)}" for key, value in table.items())]
    return "\n".join(lines)
