"""The numbers for monitoring, in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

from dataclasses import dataclass

from realtime_mer.estimate import SILENT_LEVEL_DB
from realtime_mer.sinks.web.journal import Journal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


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
    status, estimate = journal.last_status, journal.last_estimate
    level_db = estimate.level_db if estimate is not None else SILENT_LEVEL_DB
    up = not journal.trouble(now_s)
    lines: list[str] = []

    def family(name: str, kind: str, text: str, value: float, labels: str = "") -> None:
        full = f"realtime_mer_{name}"
        lines.extend((f"# HELP {full} {text}", f"# TYPE {full} {kind}"))
        lines.append(f"{full}{labels} {value:.7g}" if kind == "gauge" else f"{full} {value:.0f}")

    family("info", "gauge", "What runs, in labels.", 1, _info_labels(journal))
    family("up", "gauge", "1 while estimates come on time.", up)
    family("uptime_seconds", "gauge", "Time since the start.", now_s - journal.started_s)
    family("estimates_total", "counter", "Estimates published.", journal.estimates)
    drops = status.drops if status is not None else 0
    family("drops_total", "counter", "Blocks of audio known to be lost.", drops)
    family("level_dbfs", "gauge", "Level of the last step.", level_db)
    active = estimate is not None and estimate.active
    family("active", "gauge", "1 while there is music.", active)
    if estimate is not None:
        for name, value in estimate.values().items():
            family(name, "gauge", f"Last estimate: {name}.", value)
    family("web_clients", "gauge", "Clients on the stream now.", counters.connected)
    family("web_connections_total", "counter", "Clients that ever were.", counters.connections)
    family("oscquery_clients", "gauge", "Clients of OSCQuery connected now.", counters.listening)
    family("web_dropped_total", "counter", "Messages slow clients never got.", counters.dropped)
    family("web_cut_off_total", "counter", "Clients cut off for not reading.", counters.cut_off)
    family("web_refused_total", "counter", "Requests turned away.", counters.refused)
    text = "Connections closed unheard: too many."
    family("web_turned_away_total", "counter", text, counters.turned_away)
    family("web_flooded_total", "counter", "Connections that said too much.", counters.flooded)
    family("web_faulty_total", "counter", "Messages that could not be written.", counters.faulty)
    family("web_commands_total", "counter", "Commands of pages that were taken.", counters.commands)
    text = "Messages answered with an error."
    family("web_misunderstood_total", "counter", text, counters.misunderstood)
    return "\n".join(lines) + "\n"


def _info_labels(journal: Journal) -> str:
    model, device = journal.fields["model"], journal.fields["device"]
    labels = {
        "version": journal.fields["version"],
        "model": model["name"] if isinstance(model, dict) else model,
        "provider": model["provider"] if isinstance(model, dict) else "",
        "device": device["name"] if isinstance(device, dict) else device,
    }
    return "{" + ",".join(f'{name}="{_escape(str(text))}"' for name, text in labels.items()) + "}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
