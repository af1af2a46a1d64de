"""The messages on the wire: dictionaries to JSON and back, and nothing else.

Every message is one JSON object with a ``type`` and a ``schema`` number. The server
says ``hello`` once (``hello.py``), then ``estimate`` and ``status``; a client may say
``ping`` and is answered ``pong``, or a command (``commands.py``) and is answered ``done``;
anything else it says is answered ``error``. No socket, clock or thread is known here.
``docs/protocol.md`` describes the messages for their readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from realtime_mer.estimate import Estimate, Status
from realtime_mer.mood import mood
from realtime_mer.sinks.web.commands import Command, MessageError, parse_command

SCHEMA = 1
"""Raised when a field changes its meaning or goes; a new field does not raise it."""

MAX_CLIENT_MESSAGE_BYTES = 1024
"""Longest message of a client that may only watch; its longest useful one is under 120 bytes."""
MAX_COMMAND_BYTES = 65_536
"""Longest message of one that may command: some hundred routes."""

MAX_ID_CHARACTERS = 64
MAX_ID = 2**53 - 1  # beyond it JavaScript's numbers lose their last digits

Id = int | str | None


@dataclass(frozen=True, slots=True)
class Ping:
    """A client asks for an answer, to measure the way there and back."""

    id: Id = None


@dataclass(frozen=True, slots=True)
class Request:
    """A client asks for something to be done, and wants the answer under this id."""

    command: Command
    id: Id = None


class Refused(ValueError):
    """A message that makes no sense, with the id its answer is to have."""

    def __init__(self, sentence: str, message_id: Id = None) -> None:
        super().__init__(sentence)
        self.id = message_id


def number(value: float) -> float:
    """Round to seven significant digits, about as many as the float32 of OSC carries.

    Raises:
        ValueError: if the value is NaN or infinite, which JSON cannot say.

    >>> number(0.123456789), number(-23.0)
    (0.1234568, -23.0)
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be said in JSON")
    return float(f"{value:.7g}")


def encode(message: Mapping[str, object]) -> str:
    """Return the message as one line of JSON in ASCII.

    Raises:
        ValueError: if a number in it is NaN or infinite.
    """
    return json.dumps(message, allow_nan=False, separators=(",", ":"))


def estimate_message(estimate: Estimate) -> str:
    """Return one estimate, with every dimension under its own name and the word for it.

    Where a run has several streams, ``stream`` is the number of the one it belongs to.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    which = {"stream": estimate.stream} if estimate.stream else {}
    return encode(
        {
            "type": "estimate",
            "schema": SCHEMA,
            **which,
            "sequence": estimate.sequence,
            "time_s": estimate.time_s,
            **{name: number(value) for name, value in estimate.values().items()},
            "level_db": number(estimate.level_db),
            "active": estimate.active,
            "mood": estimate.mood or mood(estimate.arousal, estimate.valence),
        }
    )


def status_message(status: Status) -> str:
    """Return how the run is doing: all fields of :class:`~realtime_mer.estimate.Status`.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    fields = asdict(status) | {"level_db": number(status.level_db)}
    return encode({"type": "status", "schema": SCHEMA, **fields})


def error_message(
    sentence: str, message_id: Id = None, problems: Sequence[Mapping[str, object]] = ()
) -> str:
    """Return the answer to a message that makes no sense, or to what could not be done.

    Args:
        sentence: for a person.
        message_id: of the message that is answered.
        problems: where several things are wrong: ``route`` (from 0), ``key``, ``message``.
    """
    reply: dict[str, object] = {"type": "error", "schema": SCHEMA, "message": sentence}
    if problems:
        reply["problems"] = [dict(problem) for problem in problems]
    return _reply(message_id, reply)


def done_message(message_id: Id, result: Mapping[str, object]) -> str:
    """Return the answer to a command that was taken, with what it asked for."""
    return _reply(message_id, {"type": "done", "schema": SCHEMA, **result})


def meters_message(sequence: int, routes: Iterable[Sequence[Sequence[float | str]]]) -> str:
    """Return what every route makes of an estimate.

    Args:
        sequence: of the estimate.
        routes: for each, the values of its sources and the values it sends.
    """
    said = [[[_said(value) for value in values] for values in route] for route in routes]
    return encode({"type": "meters", "schema": SCHEMA, "sequence": sequence, "routes": said})


def pong_message(message_id: Id) -> str:
    """Return the answer to a ping."""
    return _reply(message_id, {"type": "pong", "schema": SCHEMA})


def parse(text: str | bytes) -> Ping | Request:
    """Read one message of a client.

    Raises:
        Refused: for whatever is not a valid message, with a sentence for its author.
    """
    if not isinstance(text, str):
        raise Refused("Send text frames: binary ones are not understood here.")
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # the latter: [[[[[[... nested a thousand deep
        raise Refused("The message is not JSON.") from None
    if not isinstance(message, dict):
        raise Refused("The message is not a JSON object.")
    message_id: Id = None
    try:
        message_id = _parse_id(message.get("id"))
        if message.get("schema", SCHEMA) != SCHEMA:
            raise MessageError(f"This server speaks schema {SCHEMA}.")
        kind = message.get("type")
        if kind == "ping":
            return Ping(message_id)
        return Request(parse_command(str(kind)[:40], message), message_id)
    except MessageError as error:
        raise Refused(str(error), message_id) from None


def _reply(message_id: Id, fields: Mapping[str, object]) -> str:
    return encode(fields if message_id is None else {**fields, "id": message_id})


def _said(value: float | str) -> float | str:
    return value if isinstance(value, str) else number(value)


def _parse_id(value: object) -> int | str | None:
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= MAX_ID_CHARACTERS:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_ID:
        return value
    raise MessageError(
        f"An id is a whole number or a text of up to {MAX_ID_CHARACTERS} characters."
    )


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
