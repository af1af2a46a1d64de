"""The first message of a connection: what is said about the run, and the past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from realtime_mer.estimate import STEP_S
from realtime_mer.sinks.web.protocol import SCHEMA, encode

HELLO_FIELDS = ("model", "interval_s", "device", "osc", "version")
"""What whoever opens the stream must say about it; the rest of ``hello`` is added here."""

StreamName = tuple[int, str]


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
    streams: Sequence[StreamName] = (),
    interval_s: float = STEP_S,
) -> dict[str, object]:
    """Return what ``hello`` says about the run, for :class:`WebSink`.

    Args:
        streams: number and name of each, where a run has several.
    """
    fields: dict[str, object] = {
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
    if streams:
        fields["streams"] = [{"stream": number, "name": name} for number, name in streams]
    return fields


def hello_message(
    fields: Mapping[str, object], stream: str, history: Iterable[str], *, may_command: bool = False
) -> str:
    """Return the first message of a connection.

    Args:
        fields: what is said about the run, see :data:`HELLO_FIELDS`.
        stream: name of this run of the tracker; another name means another stream.
        history: the last estimates, oldest first, as :func:`estimate_message` wrote them.
        may_command: whether this client's commands will be done.
    """
    who = {"stream": stream, "may_command": may_command}
    head = encode({"type": "hello", "schema": SCHEMA, **who, **fields})
    # The estimates are JSON already: joining them is ten times quicker than writing them anew.
    return f'{head[:-1]},"history":[{",".join(history)}]}}'
