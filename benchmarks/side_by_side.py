"""Ours and others in turns, so that what else the machine does meets all of them alike.

Counted is processor time of all threads: what waits for a core costs nobody anything.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.peers import Peer, all_peers
from benchmarks.timing import milliseconds, table

ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Cost:
    """What one of them took.

    Attributes:
        peer: it.
        ms: for a second of sound, round by round.
        times_ours: the same as a multiple of ours in the same round.
    """

    peer: Peer
    ms: list[float]
    times_ours: list[float]


def measure(rounds: int = ROUNDS) -> tuple[list[Cost], dict[str, str]]:
    """Measure all that are installed; return also why others are not."""
    peers, missing = all_peers()
    taken: dict[str, list[float]] = {peer.key: [] for peer in peers}
    for peer in peers:
        peer.run()
    for _ in range(rounds):
        for peer in peers:
            begin = time.process_time()
            peer.run()
            taken[peer.key].append(1e3 * (time.process_time() - begin) / peer.seconds)
    own = taken["ours"]
    return [
        Cost(
            peer,
            taken[peer.key],
            [theirs / mine for theirs, mine in zip(taken[peer.key], own, strict=True)],
        )
        for peer in peers
    ], missing


def describe(costs: list[Cost], missing: dict[str, str]) -> str:
    """Write the table."""
    head = ["what", "version", "ms for 1 s of sound", "times ours", "rounds from … to"]
    rows = [
        [
            cost.peer.name,
            cost.peer.version,
            milliseconds(median(cost.ms)),
            f"{median(cost.times_ours):.2g}" if median(cost.times_ours) < 10
            else f"{median(cost.times_ours):.0f}",
            f"{min(cost.times_ours):.2g} … {max(cost.times_ours):.2g}",
        ]
        for cost in sorted(costs, key=lambda cost: median(cost.ms))
    ]  # fmt: skip
    rows += [[name, "", "not measured", "", why] for name, why in missing.items()]
    return table(head, rows)


def plot(costs: list[Cost], path: Path) -> None:
    """Draw what a second of sound costs, one bar each, on a logarithmic axis."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    ordered = sorted(costs, key=lambda cost: -median(cost.ms))
    names = [cost.peer.name for cost in ordered]
    values = [median(cost.ms) for cost in ordered]
    colours = ["#c8502b" if cost.peer.package == "realtime-mer" else "#8a94a6" for cost in ordered]
    figure, axes = pyplot.subplots(figsize=(8.0, 0.42 * len(names) + 1.2), layout="constrained")
    axes.barh(names, values, color=colours, height=0.62)
    for place, value in enumerate(values):
        axes.text(value * 1.08, place, f"{milliseconds(value)} ms", va="center", fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(min(values) / 2, max(values) * 4)
    axes.set_xlabel("milliseconds of one core for a second of sound (logarithmic)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
