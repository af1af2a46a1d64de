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


def parse_command(text: str) -> Listen:
    """Read ``{"COMMAND": "LISTEN", "DATA": "/mer/arousal"}``, or ``IGNORE``.

    Raises:
        ValueError: for whatever else it may be, with a sentence for its author.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):  # the latter: [[[[[[... nested a thousand deep
        raise ValueError("The message is not JSON.") from None
    if not isinstance(said, dict):
        raise ValueError("The message is not a JSON object.")
    command, address = said.get("COMMAND"), said.get("DATA")
    if command not in ("LISTEN", "IGNORE"):
        raise ValueError("COMMAND is LISTEN or IGNORE.")
    if not isinstance(address, str):
        raise ValueError("DATA is an OSC address, as in /mer/arousal.")
    return Listen(address, command == "LISTEN")


def error_message(sentence: str) -> bytes:
    """Return the answer to what makes no sense or cannot be done.

    The proposal knows none. It has the form of a command, and clients pass over those they do
    not know.
    """
    return json.dumps({"COMMAND": "ERROR", "DATA": sentence}, separators=(",", ":")).encode()
