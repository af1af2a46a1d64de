"""The standard addresses: what every receiver can rely on; ``docs/protocol.md`` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realtime_mer.estimate import Estimate, Status
from realtime_mer.routes.moment import Moment, moment_of
from realtime_mer.sinks.osc_packet import message


def standard_place(stream: int = 0) -> str:
    """Return what the standard addresses of a stream begin with.

    >>> standard_place(), standard_place(2)
    ('/mer', '/mer/2')
    """
    return f"/mer/{stream}" if stream else "/mer"


def moment_messages(moment: Moment, *, unit_range: bool = False) -> list[bytes]:
    """One moment as OSC messages.

    Args:
        moment: estimated, or on the way between two estimates.
        unit_range: whether means are brought from -1..1 to 0..1, and spreads with them.

    Returns:
        ``/mer/NAME f`` and ``/mer/NAME_std f`` for each dimension, ``/mer/av f f`` (arousal,
        valence) and ``/mer/active i`` (1 or 0); of one stream of several, ``/mer/NUMBER/…``.
    """
    place = standard_place(moment.stream)
    values = moment.values
    if unit_range:
        # A spread is a length: it is halved like the range, and not moved.
        values = {
            name: value / 2 if name.endswith("_std") else (value + 1) / 2
            for name, value in values.items()
        }
    return [
        *(message(f"{place}/{name}", float(value)) for name, value in values.items()),
        message(f"{place}/av", float(values["arousal"]), float(values["valence"])),
        message(f"{place}/active", int(moment.active)),
    ]


def estimate_messages(estimate: Estimate) -> list[bytes]:
    """One estimate as OSC messages, as :func:`moment_messages` has them."""
    return moment_messages(moment_of(estimate))


def status_message(status: Status) -> bytes:
    """The run's state as ``/mer/status i f i f``: sequence number, seconds, drops, dBFS."""
    return message(
        "/mer/status",
        status.sequence,
        float(status.time_s),
        status.drops,
        float(status.level_db),
    )


def control_messages(controls: Mapping[str, Any]) -> list[bytes]:
    """What is set by hand, for the lamps of a control surface.

    Args:
        controls: of a :class:`Status`; empty where nothing can be set.

    Returns:
        ``/mer/frozen i`` (1 or 0), ``/mer/calibrating f`` (share of the music that was heard,
        0 where none is learned from) and ``/mer/calibration s`` (name, or empty).
    """
    if not controls:
        return []
    learning, calibration = controls["calibrating"], controls["calibration"]
    share = learning["heard_s"] / learning["seconds"] if learning else 0.0
    return [
        message("/mer/frozen", int(controls["frozen"])),
        message("/mer/calibrating", float(share)),
        message("/mer/calibration", calibration["name"] if calibration else ""),
    ]
