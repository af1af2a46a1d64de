"""The messages on the wire: dictionaries to JSON and back, and nothing else.

Every message is one JSON object with a ``type`` and a ``schema`` number. The server
says ``hello`` once, then ``estimate`` and ``status``; a client may say ``ping`` and is
answered ``pong``; anything else it says is answered ``error``. No socket, clock or
thread is known here. ``docs/protocol.md`` describes the messages for their readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from realtime_mer.estimate import STEP_S, Estimate, Status
from realtime_mer.mood import mood

SCHEMA = 1
"""Raised when a field changes its meaning or goes; a new field does not raise it."""

MAX_CLIENT_MESSAGE_BYTES = 1024
"""Longest message a client may send; the longest useful one is under 120 bytes."""

MAX_ID_CHARACTERS = 64
MAX_ID = 2**53 - 1  # beyond it JavaScript's numbers lose their last digits

HELLO_FIELDS = ("model", "interval_s", "device", "osc", "version")
"""What whoever opens the stream must say about it; the rest of ``hello`` is added here."""


class MessageError(ValueError):
    """A client's message makes no sense; the text is the sentence it is answered with."""


@dataclass(frozen=True, slots=True)
class Ping:
    """A client asks for an answer, to measure the way there and back."""

    id: int | str | None = None


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


def hello_fields(
    *,
    model: str,
    provider: str,
    dimensions: Sequence[str],
    device: str,
    rate_hz: int,
    channels: int,
    osc: Sequence[str],
    version: str,
    interval_s: float = STEP_S,
) -> dict[str, object]:
    """Return what ``hello`` says about the run, for :class:`WebSink`."""
    return {
        "model": {
            "name": model,
            "dimensions": [{"name": name, "min": -1.0, "max": 1.0} for name in dimensions],
            "provider": provider,
        },
        "interval_s": interval_s,
        "device": {"name": device, "rate_hz": rate_hz, "channels": channels},
        "osc": list(osc),
        "version": version,
    }


def hello_message(fields: Mapping[str, object], stream: str, history: Iterable[str]) -> str:
    """Return the first message of a connection.

    Args:
        fields: what is said about the run, see :data:`HELLO_FIELDS`.
        stream: name of this run of the tracker; another name means another stream.
        history: the last estimates, oldest first, as :func:`estimate_message` wrote them.
    """
    head = encode({"type": "hello", "schema": SCHEMA, "stream": stream, **fields})
    # The estimates are JSON already: joining them is ten times quicker than writing them anew.
    return f'{head[:-1]},"history":[{",".join(history)}]}}'


def estimate_message(estimate: Estimate) -> str:
    """Return one estimate, with every dimension under its own name and the word for it.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    return encode(
        {
            "type": "estimate",
            "schema": SCHEMA,
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


def error_message(sentence: str) -> str:
    """Return the answer to a message that makes no sense."""
    return encode({"type": "error", "schema": SCHEMA, "message": sentence})


def answer(text: str | bytes) -> str:
    """Return what is sent back for one message of a client; never raises for what it holds."""
    try:
        ping = parse(text)
    except MessageError as error:
        return error_message(str(error))
    reply: dict[str, object] = {"type": "pong", "schema": SCHEMA}
    return encode(reply if ping.id is None else reply | {"id": ping.id})


def parse(text: str | bytes) -> Ping:
    """Read one message of a client.

    Raises:
        MessageError: for whatever is not a valid message, with a sentence for its author.
    """
    if not isinstance(text, str):
        raise MessageError("Send text frames: binary ones are not understood here.")
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # the latter: [[[[[[... nested a thousand deep
        raise MessageError("The message is not JSON.") from None
    if not isinstance(message, dict):
        raise MessageError("The message is not a JSON object.")
    if message.get("schema", SCHEMA) != SCHEMA:
        raise MessageError(f"This server speaks schema {SCHEMA}.")
    if message.get("type") != "ping":
        raise MessageError('Unknown type of message: this server understands "ping".')
    return Ping(_parse_id(message.get("id")))


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
