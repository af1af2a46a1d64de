"""Measures every part of the way from the string to the screen and writes ``docs/latency.md``.

``python -m benchmarks.latency`` takes about four minutes; ``--dry`` prints instead of writing.
The recordings for the model's reaction are looked for in ``../shared/data/emotify``; without
them that table says "not measured".
"""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

from benchmarks import compute, delivery, load, reaction, sound_servers
from benchmarks.timing import milliseconds, table, write_between_markers
from realtime_mer.model import load_model

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "latency.md"
RECORDINGS = Path(os.environ.get("REALTIME_MER_DATA", ROOT.parent / "shared" / "data")) / "emotify"
NOT_MEASURED = "not measured"
HEAD = ["part", "median ms", "95 % below", "longest", "how"]


def machine() -> str:
    """Say what this machine is."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def sound_card_rows(seconds: float) -> list[list[str]]:
    """Measure how blocks arrive from two sound servers."""
    rows = []
    for name, server, device in sound_servers.SERVERS:
        found = sound_servers.listen(server, device, seconds)
        block_ms = 1e3 * found["block_samples"] / found["rate_hz"]
        how = (
            f"{found['blocks']} blocks of {found['block_samples']:.0f} samples "
            f"({milliseconds(block_ms)} ms) at {found['rate_hz']} Hz, {found['drops']} lost"
        )
        gaps = [milliseconds(1e3 * found[key]) for key in ("median_s", "p95_s", "longest_s")]
        rows.append([f"between two blocks: {name}", *gaps, how])
    return rows


def compute_rows() -> list[list[str]]:
    """Measure the program's own work."""
    rows = []
    for rate_hz in (44_100, 48_000, 96_000):
        spread = compute.callback(rate_hz)
        how = f"{spread.count} blocks of 512 samples, stereo, {rate_hz} Hz"
        rows.append(["with each block: front end", *spread.cells(), how])
    spread = compute.model_step()
    rows.append(["one step of the model", *spread.cells(), f"{spread.count} calls, CPU"])
    spread = compute.whole_step(48_000)
    how = f"{spread.count} times 500 ms of stereo at 48000 Hz in one thread"
    rows.append(["both, for 500 ms of sound", *spread.cells(), how])
    return rows


def delivery_rows(seconds: float) -> list[list[str]]:
    """Measure the way out of the program."""
    found = delivery.measure(seconds)
    how = f"{found.osc.count} steps, noise at {delivery.RATE_HZ} Hz on standard input"
    return [
        ["last block of a step → OSC datagram", *found.osc.cells(), how],
        ["last block → WebSocket message in the page", *found.websocket.cells(), "the same run"],
        ["last block → painted frame (Chromium)", *found.paint.cells(), "no screen attached"],
    ]


def reaction_table() -> str:
    """Measure how the model follows a sudden change of music."""
    head = ["dimension", "change", "half of the way", "nine tenths"]
    rows = []
    for dimension in ("arousal", "valence"):
        if not RECORDINGS.is_dir():
            rows.append([dimension, NOT_MEASURED, NOT_MEASURED, NOT_MEASURED])
            continue
        for found in reaction.measure(RECORDINGS, dimension):
            change = f"{found.before:+.2f} → {found.after:+.2f}"
            rows.append([dimension, change, f"{found.half_s:g} s", f"{found.nine_tenths_s:g} s"])
    return table(head, rows)


def main() -> None:
    """Measure, then write the page or print."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.latency")
    parser.add_argument("--dry", action="store_true", help="print the tables, write nothing")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each listening")
    arguments = parser.parse_args()
    measured = [
        *sound_card_rows(arguments.seconds / 2),
        *compute_rows(),
        *delivery_rows(arguments.seconds),
    ]
    about = f"Measured on {machine()}, other work going on; model: {load_model().name}."
    busy = (
        f"A live run from PulseAudio keeps one core busy for {100 * load.measure(30):.1f} % of the "
        "time, drivers' libraries included."
    )
    parts = f"{about}\n\n{table(HEAD, measured)}\n\n{busy}"
    followed = reaction_table()
    if arguments.dry:
        print(parts, followed, sep="\n\n")
        return
    write_between_markers(PAGE, "parts", parts)
    write_between_markers(PAGE, "reaction", followed)
    print(f"Wrote {PAGE}.")


if __name__ == "__main__":
    main()
