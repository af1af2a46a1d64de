"""The numbers for monitoring, as Prometheus scrapes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from realtime_mer.estimate import SILENT_LEVEL_DB, Estimate
from realtime_mer.sinks.web.families import Families
from realtime_mer.sinks.web.journal import Journal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("waiting", "running", "silent", "lost", "ended", "serving")


@dataclass(slots=True)
class Counters:
    """What the server itself counts since it started.

    Attributes:
        connected: clients on the stream now.
        connections: clients that ever were.
        listening: clients of OSCQuery connected now.
        dropped: messages a slow client never got because newer ones took their place.
        cut_off: clients disconnected because they did not read.
        refused: requests turned away (host, origin, token, too many).
        turned_away: connections closed unheard, since too many stood in the door.
        flooded: connections closed since they said too much.
        faulty: estimates or statuses that could not be said in JSON.
        commands: commands that were taken.
        misunderstood: messages of clients that were answered with an error.
    """

    connected: int = 0
    connections: int = 0
    listening: int = 0
    dropped: int = 0
    cut_off: int = 0
    refused: int = 0
    turned_away: int = 0
    flooded: int = 0
    faulty: int = 0
    commands: int = 0
    misunderstood: int = 0


def exposition(journal: Journal, counters: Counters, now_s: float) -> str:
    """Return all metrics, one family after another, each with its help and type."""
    families = Families()
    families.gauge("info", "What runs, in labels.", 1, _about(journal))
    families.gauge("up", "1 while estimates come on time.", not journal.trouble(now_s))
    families.gauge("uptime_seconds", "Time since the start.", now_s - journal.started_s)
    _add_run(families, journal)
    _add_estimate(families, journal)
    _add_server(families, counters)
    return families.text()


def _add_run(families: Families, journal: Journal) -> None:
    status, reach = journal.last_status, journal.reach
    families.counter("estimates_total", "Estimates published.", journal.estimates)
    families.histogram(
        "latency_seconds",
        "From the last sample of a step to its estimate being handed out, without --delay.",
        reach.latency,
    )
    state = status.state if status is not None else "waiting"
    families.states("device_state", "How the device does, 1 for what it is.", STATES, state)
    families.counter(
        "drops_total", "Blocks of audio known to be lost.", status.drops if status else 0
    )
    families.counter(
        "reconnects_total", "A lost device was heard again.", status.reconnects if status else 0
    )
    families.counter(
        "filled_seconds_total",
        "Silence in the place of sound that did not come.",
        status.filled_s if status else 0.0,
    )
    families.counter(
        "skipped_seconds_total",
        "Sound given up because it came too late.",
        status.skipped_s if status else 0.0,
    )
    drift_ppm = status.drift_ppm if status is not None else None
    families.gauge(
        "clock_drift_ppm",
        "How much faster than the wall's the device's clock is; NaN while not known.",
        math.nan if drift_ppm is None else drift_ppm,
    )
    families.counter(
        "control_refused_total", "Control messages by OSC that were refused.",
        reach.control_refused(),
    )  # fmt: skip
    families.gauge("recording_failing", "1 while a recording cannot be written.",
                   bool(reach.trouble()))  # fmt: skip


def _add_estimate(families: Families, journal: Journal) -> None:
    estimate = journal.last_estimate
    if estimate is not None and estimate.stream:
        _add_estimates(families, journal.latest)
        return
    level_db = estimate.level_db if estimate is not None else SILENT_LEVEL_DB
    families.gauge("level_dbfs", "Level of the last step.", level_db)
    families.gauge("active", "1 while there is music.", estimate is not None and estimate.active)
    if estimate is not None:
        for name, value in estimate.values().items():
            families.gauge(name, f"Last estimate: {name}.", value)


def _add_estimates(families: Families, latest: Mapping[int, Estimate]) -> None:
    """Of several streams, each under its number."""
    values = {
        str(number): {
            "level_dbfs": latest[number].level_db,
            "active": float(latest[number].active),
            **latest[number].values(),
        }
        for number in sorted(latest)
    }
    texts = {"level_dbfs": "Level of the last step.", "active": "1 while there is music."}
    for name in next(iter(values.values())):
        text = texts.get(name, f"Last estimate: {name}.")
        families.gauges(name, text, "stream", {each: values[each][name] for each in values})


def _add_server(families: Families, counters: Counters) -> None:
    families.gauge("web_clients", "Clients on the stream now.", counters.connected)
    families.gauge("oscquery_clients", "Clients of OSCQuery connected now.", counters.listening)
    for name, text, value in (
        ("connections", "Clients that ever were.", counters.connections),
        ("dropped", "Messages slow clients never got.", counters.dropped),
        ("cut_off", "Clients cut off for not reading.", counters.cut_off),
        ("refused", "Requests turned away.", counters.refused),
        ("turned_away", "Connections closed unheard: too many.", counters.turned_away),
        ("flooded", "Connections that said too much.", counters.flooded),
        ("faulty", "Messages that could not be written.", counters.faulty),
        ("commands", "Commands of pages that were taken.", counters.commands),
        ("misunderstood", "Messages answered with an error.", counters.misunderstood),
    ):
        families.counter(f"web_{name}_total", text, value)


def _about(journal: Journal) -> dict[str, str]:
    model, device = journal.fields["model"], journal.fields["device"]
    labels = {
        "version": journal.fields["version"],
        "model": model["name"] if isinstance(model, dict) else model,
        "provider": model["provider"] if isinstance(model, dict) else "",
        "device": device["name"] if isinstance(device, dict) else device,
    }
    return {name: str(text) for name, text in labels.items()}
