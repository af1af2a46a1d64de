"""What a client that sends sound says, and what it is told: JSON and back, pure.

The first message is ``format``; then come binary messages with samples, and when the sound
is over, ``end``. Estimates go back as on ``/ws``. ``docs/serve.md`` describes it for clients.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from realtime_mer.estimate import Estimate
from realtime_mer.serve.pcm import (
    HIGHEST_RATE_HZ,
    LOWEST_RATE_HZ,
    MOST_CHANNELS,
    SAMPLES,
    Format,
)
from realtime_mer.sinks.web import hello, protocol

LONGEST_NAME = 60
LONGEST_TEXT_BYTES = 1024
"""Of a message that is no sound; the longest useful one is under 200 bytes."""

FORMAT_KEYS = ("type", "schema", "rate_hz", "channels", "format", "name")
EXAMPLE = '{"type": "format", "rate_hz": 48000, "channels": 1, "format": "s16"}'


class Misunderstood(ValueError):
    """A message makes no sense; the text is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class End:
    """The sound is over: round it up and say the last of it."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Hear what follows as a new piece."""


Said = Format | End | Reset | protocol.Ping


def parse(text: str) -> Said:
    """Read a message that is no sound.

    Raises:
        Misunderstood: for whatever is none.
    """
    if len(text) > LONGEST_TEXT_BYTES:
        raise Misunderstood("A message of text is far too long: sound goes into binary ones.")
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Misunderstood("The message is not JSON.") from None
    if not isinstance(message, dict):
        raise Misunderstood("The message is not a JSON object.")
    if message.get("schema", protocol.SCHEMA) != protocol.SCHEMA:
        raise Misunderstood(f"This server speaks schema {protocol.SCHEMA}.")
    match message.get("type"):
        case "format":
            return _format(message)
        case "end":
            return End()
        case "reset":
            return Reset()
        case "ping":
            return protocol.Ping(_ping_id(text))
    raise Misunderstood("Unknown type of message: here format, end, reset and ping are known.")


def hello_message(fields: Mapping[str, object], form: Format, stream: str) -> str:
    """Return the answer to a format: what listens, as ``hello`` of ``/ws`` says it.

    Args:
        fields: of the server, see :func:`~realtime_mer.sinks.web.hello.hello_fields`.
        form: what was agreed on.
        stream: name of the stream.
    """
    device = {"name": form.name, "rate_hz": form.rate_hz, "channels": form.channels}
    return hello.hello_message({**fields, "device": device}, stream, ())


def estimate_message(estimate: Estimate, word: str) -> str:
    """Return an estimate as ``/ws`` says it, with a word for it."""
    return protocol.estimate_message(replace(estimate, mood=word))


def ended_message(estimates: int, sound_s: float) -> str:
    """Return the answer to ``end``: how many estimates there were, of how much sound."""
    message = {"type": "ended", "schema": protocol.SCHEMA, "estimates": estimates}
    return protocol.encode({**message, "sound_s": round(sound_s, 3)})


def _format(message: Mapping[str, object]) -> Format:
    for key in message:
        if key not in FORMAT_KEYS:
            raise Misunderstood(f"format takes no {key[:40]!a}: write it as in {EXAMPLE}.")
    sample = message.get("format", "s16")
    if not isinstance(sample, str) or sample not in SAMPLES:
        raise Misunderstood(f"format is one of {', '.join(SAMPLES)}: write it as in {EXAMPLE}.")
    name = message.get("name", "")
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not name.isprintable():
        raise Misunderstood(f"name is a text of up to {LONGEST_NAME} characters.")
    return Format(
        rate_hz=_whole(message, "rate_hz", LOWEST_RATE_HZ, HIGHEST_RATE_HZ),
        channels=_whole(message, "channels", 1, MOST_CHANNELS, 1),
        sample=sample,
        name=name,
    )


def _whole(
    message: Mapping[str, object], key: str, lowest: int, highest: int, default: int | None = None
) -> int:
    value = message.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise Misunderstood(
            f"{key} is a whole number from {lowest} to {highest}: write it as in {EXAMPLE}."
        )
    return value


def _ping_id(text: str) -> protocol.Id:
    try:
        said = protocol.parse(text)
    except protocol.Refused as refused:
        raise Misunderstood(str(refused)) from None
    return said.id


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
