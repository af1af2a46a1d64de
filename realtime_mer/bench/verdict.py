"""Whether a machine is good enough for a show, and what limits it, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from realtime_mer.bench.figures import Figure, in_words

# What a show asks for. A tenth of a core leaves the rest to the visuals; 25 ms is a frame and
# a half of video; nobody waits a quarter of a minute after a crash.
LIMITS = {
    "whole_step": (50.0, "the computing of 500 ms of sound"),
    "latency": (25.0, "the way from the last sample to the message"),
    "start_warm": (15.0, "the start"),
    "memory": (1_000.0, "the memory"),
}


def verdict(figures: Sequence[Figure]) -> str:
    """Say it; the figure that takes most of what it may take is the one that limits."""
    used = []
    for figure in figures:
        if figure.key in LIMITS and figure.median is not None:
            limit, name = LIMITS[figure.key]
            found = figure.median if figure.p99 is None else figure.p99
            used.append((found / limit, name, found, limit, figure))
    if not used:
        return "Nothing was measured that a show depends on."
    share, name, found, limit, figure = max(used, key=lambda entry: entry[0])
    value = in_words(found, figure.unit)
    often = " (99 of 100 are quicker)" if figure.p99 is not None else ""
    allowed = in_words(limit, figure.unit)
    if share <= 1.0:
        times = in_words(1.0 / share, "")
        return (
            f"This machine is good enough for a show: what would give way first is {name}, "
            f"{value}{often}, and {times} times as much would still do ({allowed})."
        )
    return (
        f"This machine is not good enough for a show: {name} takes {value}{often}, "
        f"and {allowed} would do; close other programs, or take a faster one."
    )
