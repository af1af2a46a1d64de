"""Settings as flags of a command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from realtime_mer.settings import parse_setting, setting_fields

ADDED_UP = ("osc", "when", "control_from", "allow_origin")
"""Flags that may be repeated: each adds to those before."""
REMOVABLE = {
    "osc": ((), "send OSC to the targets of routes and cues alone"),
    "web": (None, "serve no page"),
}
"""Flags with a ``--no-``: what that sets, and its help."""


class ParseSetting(argparse.Action):
    """Parse a flag with the parser of its setting; a repeated list flag adds to the list."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        value = parse_setting(self.dest, values, option_string or self.dest)
        before = getattr(namespace, self.dest, ())
        if self.dest in ADDED_UP and isinstance(value, tuple):
            value = (*before, *value)
        setattr(namespace, self.dest, value)


def add_flags(
    parser: argparse.ArgumentParser, names: Iterable[str] | None = None
) -> dict[str, Any]:
    """Give a parser the flags of settings, in the groups of the settings.

    Args:
        parser: made with ``argument_default=argparse.SUPPRESS``.
        names: of the settings; None for all.

    Returns:
        The groups by title.
    """
    groups: dict[str, Any] = {}
    wanted = None if names is None else set(names)
    for name, entry in setting_fields().items():
        if wanted is not None and name not in wanted:
            continue
        about = entry.metadata
        if about["group"] not in groups:
            groups[about["group"]] = parser.add_argument_group(about["group"])
        group = groups[about["group"]]
        flag = f"--{name.replace('_', '-')}"
        if entry.default is True:
            group.add_argument(
                flag.replace("--", "--no-", 1),
                dest=name,
                action="store_false",
                help=f"do not {about['help']}",
            )
            # To undo what a file or a preset says.
            group.add_argument(flag, action="store_true", help=argparse.SUPPRESS)
            continue
        if entry.default is False:
            group.add_argument(flag, action="store_true", help=about["help"])
            continue
        shown = shown_default(entry.default)
        help_text = f"{about['help']} (default: {shown})" if shown else about["help"]
        group.add_argument(flag, action=ParseSetting, metavar=about["metavar"], help=help_text)
        if name in REMOVABLE:
            nothing, help_text = REMOVABLE[name]
            group.add_argument(
                f"--no-{name}", dest=name, action="store_const", const=nothing, help=help_text
            )
    return groups


def shown_default(default: object) -> str:
    """Write a default the way it would be typed."""
    if default is None or default == () or default == 0.0:
        return ""
    if isinstance(default, tuple):
        pairs = default if isinstance(default[0], tuple) else (default,)
        return ", ".join(f"{host}:{port}" for host, port in pairs)
    return f"{default:g}" if isinstance(default, float) else str(default)
