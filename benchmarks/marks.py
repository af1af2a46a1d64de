"""The marks that were set for speed, and what was measured against each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import jack_latency
from benchmarks.side_by_side import Cost
from benchmarks.timing import milliseconds
from realtime_mer.bench import compute, program
from realtime_mer.model import EmotionModel, load_model

MANY = 1024


@dataclass(frozen=True, slots=True)
class Mark:
    """One line: what, the mark, what was found, and whether that meets it."""

    what: str
    mark: str
    found: str
    met: bool | None

    def cells(self) -> list[str]:
        """Return the line of the table."""
        verdict = {True: "met", False: "**missed**", None: "not measured"}
        return [self.what, self.mark, self.found, verdict[self.met]]


def one_stream(costs: list[Cost]) -> list[Mark]:
    """Front end and model for one stream, alone and beside others in the same rounds."""
    by_key = {cost.peer.key: cost for cost in costs}
    step_ms = median(by_key["ours"].ms) / 2
    marks = [
        Mark(
            "front end and model, one stream, per 500 ms", "≤ 0.35 ms",
            f"{milliseconds(step_ms)} ms (real-time factor {step_ms / 500:.5f})", step_ms <= 0.35,
        )
    ]  # fmt: skip
    for key, name, share in (
        ("silero", "silero-vad", 3.0),
        ("opensmile", "openSMILE ComParE", 20.0),
    ):
        what = f"the same against {name}'s cost for the same second"
        mark = f"≤ 1/{share:g}"
        if key in by_key:
            times = median(by_key[key].times_ours)
            marks.append(Mark(what, mark, f"1/{times:.1f}", times >= share))
        else:
            marks.append(Mark(what, mark, "", None))
    return marks


def batch() -> Mark:
    """A step of many streams against as many steps of one, in turns."""
    alone, shared = (load_model(provider="cpu", workers=workers) for workers in (1, None))
    random = np.random.default_rng(0)
    frames = random.normal(-30.0, 15.0, (MANY, 25, 64)).astype(np.float32)
    state, first = alone.initial_state(MANY), alone.initial_state()

    def singly() -> None:
        for stream in range(MANY):
            alone.step(frames[stream : stream + 1], first)

    def together(model: EmotionModel) -> None:
        model.step(frames, state)

    works: list[Callable[[], None]] = [singly, partial(together, alone), partial(together, shared)]
    taken: list[list[float]] = [[], [], []]
    for _ in range(9):
        for work, durations in zip(works, taken, strict=True):
            begin = time.perf_counter()
            work()
            durations.append(time.perf_counter() - begin)
    ratio, ratio_of_one_core = (
        median([one / many for one, many in zip(taken[0], taken[place], strict=True)])
        for place in (2, 1)
    )
    one_us, many_us, core_us = (1e6 * median(taken[place]) / MANY for place in (0, 2, 1))
    return Mark(
        f"model step at B = {MANY:,} against {MANY:,} single steps", "≥ 10 × cheaper",
        f"{ratio:.1f} × ({one_us:.1f} µs alone, {many_us:.2f} µs a stream on all cores); "
        f"{ratio_of_one_core:.1f} × on one core ({core_us:.2f} µs)",
        ratio >= 10.0,
    )  # fmt: skip


def streams() -> Mark:
    """Streams of one core."""
    figure = compute.many_streams(load_model(provider="cpu", workers=1), 6.0)
    assert figure.median is not None
    what = "streams tracked by one core in real time, without sound card"
    found = f"{round(figure.median, -1):,.0f} at 44.1 kHz"
    return Mark(what, "≥ 1,500", found, figure.median >= 1500)


def program_marks(seconds: float) -> list[Mark]:
    """Latency, memory and start of the program itself."""
    latencies, peak = program.latencies(seconds, [])
    p50, p99 = 1e3 * np.quantile(latencies, [0.5, 0.99])
    found = f"{p99:.2f} ms, median {p50:.2f} ms, of {len(latencies)} steps"
    what = "last sample of a step → OSC datagram received (loopback)"
    marks = [Mark(what, "p99 ≤ 5 ms", found, p99 <= 5.0)]
    marks.append(jack(seconds))
    with tempfile.TemporaryDirectory() as cache:
        cold_s = program.start_s(Path(cache), [])
        warm_s = median([program.start_s(Path(cache), []) for _ in range(3)])
    start = "start to first estimate from a file"
    marks.append(Mark(f"{start}, warm cache", "≤ 1.2 s", f"{warm_s:.2f} s", warm_s <= 1.2))
    marks.append(Mark(f"{start}, cold cache", "≤ 4 s", f"{cold_s:.2f} s", cold_s <= 4.0))
    what = "resident memory, live"
    if peak is None:
        return [*marks, Mark(what, "≤ 200 MB", "", None)]
    return [*marks, Mark(what, "≤ 200 MB", f"{peak / 1e6:.0f} MB", peak <= 200e6)]


def jack(seconds: float) -> Mark:
    """From the block that JACK hands over to the datagram."""
    what = "sound card to datagram, JACK 512 frames, beyond the block"
    try:
        found = jack_latency.measure(seconds)
    except (OSError, RuntimeError, ImportError) as error:
        return Mark(what, "p99 ≤ 25 ms", str(error), None)
    p50, p99 = 1e3 * np.quantile(found, [0.5, 0.99])
    text = f"{p99:.2f} ms, median {p50:.2f} ms, of {len(found)} steps"
    return Mark(what, "p99 ≤ 25 ms", text, p99 <= 25.0)


def catalogue(files: int, rounds: int) -> list[Mark]:
    """``analyze`` over a folder against only decoding it, by `benchmarks.catalogue`."""
    from benchmarks.catalogue import FORMATS, compare, make_files
    from realtime_mer.catalogue.pool import cores

    with tempfile.TemporaryDirectory() as name:
        sound_s = make_files(Path(name), files)
        rows, _ = compare(Path(name), cores(), rounds, sound_s)
    marks = []
    for row, (*_, least) in zip(rows, FORMATS.values(), strict=True):
        share = float(row[5].split("**")[1])
        what = f"`analyze` over a folder of {row[0]}, against only decoding it"
        marks.append(Mark(what, f"≥ {least:g} of that speed", f"{share:.2f}", share >= least))
    return marks
