"""One value of a setting from the text a person writes; each refuses with a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from realtime_mer.addresses import parse_target
from realtime_mer.broker import Broker, parse_broker
from realtime_mer.errors import UserError

OFF = ("", "off", "none", "no", "false")
ON = ("on", "yes", "true", "1")

Address = tuple[str, int]


def plain(value: str) -> str:
    """Take a text as it is."""
    return value


def positive_integer(value: str) -> int:
    """Take a whole number above 0."""
    digits = value.isascii() and value.isdigit() and len(value) <= 12
    if not digits or int(value) == 0:
        raise UserError(f"{value!r} is not a whole number above 0: write one, such as 44100.")
    return int(value)


def decibels(value: str) -> float:
    """Take a level from -120 to 0 dBFS."""
    level = _number(value)
    if not -120.0 <= level <= 0.0:
        raise UserError(f"{value!r} is not a level from -120 to 0 dBFS: write one, such as -65.")
    return level


def speed(value: str) -> float:
    """Take a factor above 0, or max for infinity."""
    if value == "max":
        return math.inf
    factor = _number(value)
    if not 0.0 < factor < math.inf:
        raise UserError(f"{value!r} is no speed: write a number above 0, such as 2, or max.")
    return factor


def between(lowest: float, highest: float, what: str, example: str) -> Callable[[str], float]:
    """Return a parser of a number within limits."""

    def parse(value: str) -> float:
        taken = _number(value)
        if not lowest <= taken <= highest:
            raise UserError(
                f"{value!r} is no {what} from {lowest:g} to {highest:g}: write one, "
                f"such as {example}."
            )
        return taken

    return parse


def targets(value: str) -> tuple[Address, ...]:
    """Take receivers, HOST:PORT with commas between, or off."""
    if value.lower() in OFF:
        return ()
    return tuple(parse_target(part) for part in value.split(","))


def server(value: str) -> Address | None:
    """Take where to serve, HOST:PORT, or off."""
    return None if value.lower() in OFF else parse_target(value, any_port=True)


def origins(value: str) -> tuple[str, ...]:
    """Take where pages come from, such as http://localhost:5500, with commas between, or off."""
    if value.lower() in OFF:
        return ()
    taken = tuple(part.strip().rstrip("/") for part in value.split(","))
    for origin in taken:
        if not re.fullmatch(r"https?://[^\s/?#@]+", origin, re.IGNORECASE):
            raise UserError(
                f"{origin!r} is no origin of a page: write its address as far as the port, such "
                "as http://localhost:5500."
            )
    return taken


def broker(value: str) -> Broker | None:
    """Take an MQTT broker, mqtt://HOST/TOPIC, or off."""
    return None if value.lower() in OFF else parse_broker(value)


def listener(value: str) -> Address | None:
    """Take where to listen, PORT or HOST:PORT, or off; without a host the host is empty."""
    if value.lower() in OFF:
        return None
    if value.isascii() and value.isdigit():
        return "", parse_target(f"127.0.0.1:{value}")[1]
    return parse_target(value)


def name_or_off(value: str) -> str | None:
    """Take a name, or off."""
    return None if value.lower() in OFF else value


def path(value: str) -> Path:
    """Take a path; a tilde is somebody's home."""
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise UserError(
            f"{value!r} is in the home of nobody here: write the whole path."
        ) from error


def switch(value: str) -> bool:
    """Take on or off in some words."""
    if value.lower() not in (*OFF, *ON):
        raise UserError(f"{value!r} is neither on nor off: write true or false.")
    return value.lower() in ON


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser of one of some words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise UserError(f"{value!r} is not one of {', '.join(choices)}: choose one of these.")
        return value

    return parse


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan
