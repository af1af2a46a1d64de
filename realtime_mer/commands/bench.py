"""``realtime-mer bench``: what the work costs on this machine, and whether it will do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_mer.errors import UserError

if TYPE_CHECKING:
    from realtime_mer.bench.figures import Figure

PARTS = 9
"""Measurements that take about the same time each, for the progress bar."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "bench",
        help="measure what the work costs on this machine",
        description="Measures front end, model, latency, start and memory on this machine, "
        "prints them in a table and says whether that will do for a show and what limits it. "
        "Takes about half a minute; leave the machine alone meanwhile.",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE.json", help="write the figures there, too"
    )
    parser.add_argument(
        "--seconds", type=float, default=3.0, metavar="S",
        help="how long each measurement takes (default: 3)",
    )  # fmt: skip
    parser.add_argument("--model", type=Path, metavar="FILE.onnx", help="another model")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 0."""
    from rich.console import Console
    from rich.progress import track

    from realtime_mer.bench.report import record, table
    from realtime_mer.bench.verdict import verdict
    from realtime_mer.model import load_model

    if not 0.0 < arguments.seconds <= 600.0:
        raise UserError(
            f"--seconds {arguments.seconds:g} is outside 0 to 600: give a few seconds, such as 3."
        )
    if arguments.json and not arguments.json.absolute().parent.is_dir():
        raise UserError(
            f"There is no folder {arguments.json.absolute().parent}: make it, or give another "
            "place with --json."
        )
    name = load_model(arguments.model, "cpu").name
    waiting = Console(stderr=True)
    figures = [
        figure
        for part in track(
            _measurements(arguments.model, arguments.seconds), "Measuring",
            total=PARTS, console=waiting, transient=True, disable=not waiting.is_terminal,
        )
        for figure in part
    ]  # fmt: skip
    console = Console()
    console.print(table(figures, name, console.width))
    console.print(verdict(figures), markup=False, highlight=False)
    if arguments.json:
        text = json.dumps(record(figures, name), indent=2, ensure_ascii=False)
        try:
            arguments.json.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise UserError(
                f"{arguments.json} cannot be written ({error.strerror}): give another --json."
            ) from None
    return 0


def _measurements(path: Path | None, seconds: float) -> Iterator[list[Figure]]:
    """Yield the figures, part after part."""
    import tempfile

    from realtime_mer.bench import compute, program
    from realtime_mer.bench.figures import Figure, figure_ms
    from realtime_mer.model import EmotionModel, load_model

    alone = load_model(path, "cpu", workers=1)
    shared = load_model(path, "cpu")
    flags = ["--model", str(path)] if path else []
    yield list(compute.front_end(seconds / 2))
    yield list(compute.model_step(shared, seconds / 2, "CPU"))
    on_gpu: EmotionModel | UserError
    try:
        on_gpu = load_model(path, "cuda")
    except UserError as error:
        on_gpu = error
    yield list(compute.model_step_on_gpu(on_gpu, seconds / 2))
    yield list(compute.one_stream(alone, seconds))
    yield [compute.many_streams(alone, seconds)]
    latencies, peak = program.latencies(3.0 * seconds, flags)
    note = "noise through a pipe, OSC to a loopback socket, the page's port open"
    yield [figure_ms("latency", "last sample → OSC datagram", latencies, note=note)]
    megabytes = None if peak is None else peak / 1e6
    yield [
        Figure("memory", "resident memory, live", "MB", megabytes, note="the largest of that run")
    ]
    with tempfile.TemporaryDirectory() as cache:
        cold_s = program.start_s(Path(cache), flags)
        what = "start → first estimate"
        yield [
            Figure("start_cold", f"{what}, cold", "s", cold_s, count=1, note="of a file; compiles")
        ]
        warm = sorted(program.start_s(Path(cache), flags) for _ in range(3))
        yield [
            Figure(
                "start_warm",
                f"{what}, warm",
                "s",
                warm[1],
                count=3,
                note="of a file; as from then on",
            )
        ]
