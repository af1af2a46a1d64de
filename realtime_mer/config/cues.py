"""A cue as a table: ``[[cue]]`` beside the sentences of ``when``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from realtime_mer.addresses import format_target, parse_target
from realtime_mer.config.table import Table, TableError, number, text
from realtime_mer.errors import UserError
from realtime_mer.feel.cues import Argument, Cue, make_cue
from realtime_mer.routes.parse import parse_arguments, parse_osc_address, parse_stream

KEYS = ("mood", "for", "address", "arguments", "target", "stream")


def parse_cue_table(values: Mapping[str, object]) -> Cue:
    """Turn a ``[[cue]]`` table into a cue.

    Args:
        values: ``mood``, one or several; ``for``, how many seconds it must last; ``address``,
            ``arguments`` and ``target`` of the message; ``stream``, whose mood is meant, where a
            run has several.

    Raises:
        TableError: with everything that is wrong with it, each with its key.
    """
    table = Table(values, KEYS)
    for key, example in (("mood", '"tense"'), ("address", '"/cue/12/go"')):
        if table.lacks(key):
            table.complain("", f"it has no {key}; write one, as in {key} = {example}.")
    words: tuple[str, ...] = table.take("mood", _words, ())
    hold_s = table.take("for", number, 0.0)
    address = table.take("address", parse_osc_address, "/cue")
    arguments: tuple[Argument, ...] = table.take("arguments", parse_arguments, ())
    target = table.take("target", lambda value: parse_target(text(value)), None)
    stream = table.take("stream", parse_stream, 0)
    table.check()
    try:
        return replace(make_cue(words, hold_s, address, arguments, target), stream=stream)
    except UserError as error:
        # The checks of a cue do not tell keys, but what is left to find has few.
        found = str(error)
        key = "address" if "OSC address" in found else "for" if "time to wait" in found else "mood"
        raise TableError([(key, f"{key}: {error}")]) from error


def cue_table(cue: Cue) -> dict[str, Any]:
    """Return the table a cue can be written as; parsing it gives an equal cue."""
    table: dict[str, Any] = {"mood": cue.words[0] if len(cue.words) == 1 else list(cue.words)}
    if cue.hold_s:
        table["for"] = cue.hold_s
    table["address"] = cue.address
    if cue.arguments:
        table["arguments"] = list(cue.arguments)
    if cue.target:
        table["target"] = format_target(*cue.target)
    if cue.stream:
        table["stream"] = cue.stream
    return table


def _words(value: object) -> tuple[str, ...]:
    return tuple(text(word) for word in (value if isinstance(value, list) else [value]))
