"""What a listener and the server say to each other in text."""

from __future__ import annotations

import json
from dataclasses import dataclass

PATH_CHANGED = b'{"COMMAND":"PATH_CHANGED","DATA":"/"}'
"""Ask for the whole tree anew: there are other addresses."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Begin (or end) to pass on what is sent to one address."""

    address: str
    on: bool


def parse_command(text: str) -> Listen | None:
    """Read ``{"COMMAND": "LISTEN", "DATA": "/mer/arousal"}``, or ``IGNORE``.

    Returns:
        None for whatever else it may be. The proposal knows no answer to what makes no sense,
        and clients send commands of their own, so that nothing is said against them.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):  # the latter: [[[[[[... nested a thousand deep
        return None
    if not isinstance(said, dict):
        return None
    command, address = said.get("COMMAND"), said.get("DATA")
    if command not in ("LISTEN", "IGNORE") or not isinstance(address, str):
        return None
    return Listen(address, command == "LISTEN")
