"""OSC from strangers: the messages of a packet, if it is one, and what is said back."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from realtime_mer.sinks.osc_packet import message

LONGEST_DATAGRAM = 4096
"""The longest message that makes sense has some two hundred bytes."""
MOST_MESSAGES = 64
"""In one bundle."""
ERROR_ADDRESS = "/mer/error"
LONGEST_ANSWER = 400
"""Characters; no answer is much longer than what it answers."""


def parse(datagram: bytes) -> list[tuple[str, Sequence[object]]]:
    """Return the messages of a packet, those of a bundle whatever its time tag.

    Raises:
        ValueError: if it is no OSC, too long, or a bundle of too much.
    """
    from pythonosc.osc_packet import OscPacket

    if len(datagram) > LONGEST_DATAGRAM:
        raise ValueError("too long")
    try:
        messages = OscPacket(datagram).messages
    except Exception:  # the parser has many ways to fail on what is no OSC
        raise ValueError("no OSC") from None
    if len(messages) > MOST_MESSAGES:
        raise ValueError("too many messages")
    return [(timed.message.address, list(timed.message.params)) for timed in messages]


def error_packet(sentence: str) -> bytes:
    """Return ``/mer/error s``, in characters that every receiver knows."""
    return message(ERROR_ADDRESS, sentence[:LONGEST_ANSWER].encode("ascii", "replace").decode())


def hush_python_osc() -> None:
    """Keep out what python-osc tells the root logger for every odd packet: we say it once."""
    logging.getLogger().addFilter(_is_not_of_python_osc)


def _is_not_of_python_osc(record: logging.LogRecord) -> bool:
    return "pythonosc" not in record.pathname
