"""What a page may ask of a run: one small class a command, read from JSON and nothing else.

Every field is checked for kind and size here; whether there is such a device or such a
calibration is for the run to say. ``docs/protocol.md`` lists the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

MOST_ROUTES = 256
LONGEST_TEXT = 200
HIGHEST_REVISION = 2**53 - 1


class MessageError(ValueError):
    """A client's message makes no sense; the text is the sentence it is answered with."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Hold what leaves, let it go, or (None) the one that is not so."""

    on: bool | None


@dataclass(frozen=True, slots=True)
class Gain:
    """Count the sound as so many decibels louder."""

    gain_db: float


@dataclass(frozen=True, slots=True)
class Calibrate:
    """Learn the band's range from so many seconds of music and keep it; None is the default."""

    seconds: float | None
    name: str


@dataclass(frozen=True, slots=True)
class UseCalibration:
    """Use a calibration that is kept; ``off`` for none, ``stop`` to make do with what was heard."""

    name: str


@dataclass(frozen=True, slots=True)
class ListCalibrations:
    """Say which calibrations are kept."""


@dataclass(frozen=True, slots=True)
class MarkMoment:
    """Mark this moment."""

    label: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Hear what follows as a new piece."""


@dataclass(frozen=True, slots=True)
class ListDevices:
    """Say which inputs there are."""


@dataclass(frozen=True, slots=True)
class ChooseDevice:
    """Listen to another input; channels as a person types them, empty for its own choice."""

    device: str
    channels: str


@dataclass(frozen=True, slots=True)
class GetRoutes:
    """Say all routes as tables."""


@dataclass(frozen=True, slots=True)
class SetRoutes:
    """Put these in place of all routes.

    Attributes:
        tables: as in the configuration; they are read by its parser.
        revision: of the routes they were made from; None where that does not matter.
    """

    tables: tuple[Mapping[str, object], ...]
    revision: int | None


@dataclass(frozen=True, slots=True)
class Meters:
    """Send the values of all routes with each estimate, or stop that."""

    on: bool


@dataclass(frozen=True, slots=True)
class Save:
    """Keep what was set for the next start."""


Command = (
    Freeze | Gain | Calibrate | UseCalibration | ListCalibrations | MarkMoment | Reset
    | ListDevices | ChooseDevice | GetRoutes | SetRoutes | Meters | Save
)  # fmt: skip


def parse_command(kind: str, message: Mapping[str, object]) -> Command:
    """Read a command.

    Args:
        kind: its type.
        message: the whole message.

    Raises:
        MessageError: for a type or key that is not known, or a value of another kind.
    """
    if kind not in COMMANDS:
        known = ", ".join(["ping", *COMMANDS])
        raise MessageError(f"Unknown type of message: this server understands {known}.")
    keys, read = COMMANDS[kind]
    for key in message:
        if key not in (*keys, "type", "schema", "id"):
            more = f" It takes {', '.join(keys)}." if keys else ""
            raise MessageError(f"{kind} takes no {key[:40]!a}.{more}")
    return read(message)


def _freeze(message: Mapping[str, object]) -> Freeze:
    return Freeze(None if message.get("on") is None else _switch(message, "on"))


def _calibrate(message: Mapping[str, object]) -> Calibrate:
    seconds = None if message.get("seconds") is None else _number(message, "seconds")
    return Calibrate(seconds, _text(message, "name", ""))


def _set_routes(message: Mapping[str, object]) -> SetRoutes:
    tables = message.get("routes")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise MessageError("routes is a list of tables, each as in the configuration.")
    if len(tables) > MOST_ROUTES:
        raise MessageError(f"There may be {MOST_ROUTES} routes, not {len(tables)}.")
    revision = message.get("revision")
    if revision is not None and (
        isinstance(revision, bool)
        or not isinstance(revision, int)
        or not 0 <= revision <= HIGHEST_REVISION
    ):
        raise MessageError("revision is the whole number that came with the routes.")
    return SetRoutes(tuple(tables), revision)


def _number(message: Mapping[str, object], key: str) -> float:
    value = message.get(key)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9:
        return float(value)
    raise MessageError(f"{key} is a number.")


def _switch(message: Mapping[str, object], key: str) -> bool:
    value = message.get(key)
    if isinstance(value, bool):
        return value
    raise MessageError(f"{key} is true or false.")


def _text(message: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = message.get(key, default)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
        raise MessageError(f"{key} is a text of up to {LONGEST_TEXT} characters.")
    return value.strip()


COMMANDS: Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, object]], Command]]] = {
    "freeze": (("on",), _freeze),
    "gain": (("gain_db",), lambda m: Gain(_number(m, "gain_db"))),
    "calibrate": (("seconds", "name"), _calibrate),
    "calibration": (("use",), lambda m: UseCalibration(_text(m, "use"))),
    "calibrations": ((), lambda m: ListCalibrations()),
    "mark": (("label",), lambda m: MarkMoment(_text(m, "label", ""))),
    "reset": ((), lambda m: Reset()),
    "devices": ((), lambda m: ListDevices()),
    "device": (
        ("device", "channels"),
        lambda m: ChooseDevice(_text(m, "device"), _text(m, "channels", "")),
    ),
    "routes": ((), lambda m: GetRoutes()),
    "set_routes": (("routes", "revision"), _set_routes),
    "meters": (("on",), lambda m: Meters(_switch(m, "on"))),
    "save": ((), lambda m: Save()),
}
"""Every command by its type, with the keys it takes and how they are read."""
