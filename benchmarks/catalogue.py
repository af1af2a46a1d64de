"""How fast ``analyze`` is over a folder, against only decoding it; writes docs/catalogues.md.

Files are made of the built-in performance: whole, in several versions, as MP3, FLAC and Opus.
Both ways do the same files with the same number of processes, in turns, so that what else the
machine does meets both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.catalogue_plan import FIGURES, Catalogue, Rates, describe
from benchmarks.timing import table, write_between_markers
from realtime_mer.catalogue.columns import Columns
from realtime_mer.catalogue.engine import engine_name
from realtime_mer.catalogue.flow import Flow
from realtime_mer.catalogue.job import Job, Known, Outcome, Track
from realtime_mer.catalogue.places import walk
from realtime_mer.catalogue.pool import LocalPool, Pool, Task, cores
from realtime_mer.catalogue.tables import Tables
from realtime_mer.catalogue.work import BLOCK_S, analyze, digest
from realtime_mer.model import load_model
from realtime_mer.sources.demo import DEMO_RATE_HZ, render_demo
from realtime_mer.sources.file import blocks_of, open_sound

PAGE = Path(__file__).parents[1] / "docs" / "catalogues.md"
OPUS_RATE_HZ = 48_000
FORMATS = {
    "mp3": ("MP3", "MPEG_LAYER_III", DEMO_RATE_HZ, 0.5),
    "flac": ("FLAC", "PCM_16", DEMO_RATE_HZ, 0.5),
    "opus": ("OGG", "OPUS", OPUS_RATE_HZ, 0.85),
}
"""Container, encoding, sample rate and the mark of each."""
ENCODED_AT_ONCE = 65_536  # libsndfile's Opus overflows its stack with much more
TASKS = 2_000
WARM_UP = 50


def make_files(folder: Path, count: int) -> float:
    """Write so many files of each format; return the seconds of sound in each."""
    for rate_hz in (DEMO_RATE_HZ, OPUS_RATE_HZ):
        sound = render_demo(rate_hz)
        for number in range(count):
            # Another place to begin and another level: other bytes, the same work.
            version = np.roll(sound, -number * rate_hz, axis=0) * np.float32(0.5 + number / 100)
            for suffix, (container, encoding, rate, _) in FORMATS.items():
                if rate != rate_hz:
                    continue
                path = folder / suffix / f"{number:03}.{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                with soundfile.SoundFile(
                    path, "w", rate, 2, format=container, subtype=encoding
                ) as file:
                    for begin in range(0, len(version), ENCODED_AT_ONCE):
                        file.write(version[begin : begin + ENCODED_AT_ONCE])
    return len(sound) / OPUS_RATE_HZ


def only_decode(job: Job) -> Outcome:
    """Decode a file to mono as quickly as it goes, and nothing else."""
    begin = time.process_time()
    with open_sound(Path(job.address)) as sound:
        for block in blocks_of(sound, Path(job.address), int(BLOCK_S * sound.samplerate)):
            (block[:, 0] + block[:, 1]) * np.float32(0.5)
    none = np.zeros((0, 5), np.float32), np.zeros(0, np.bool_)
    worked_s = time.process_time() - begin
    return Track(job.name, b"", job.size_bytes, 0.0, 0.0, 0, 2, *none, worked_s)


def nothing(job: Job) -> Outcome:
    """Do nothing: what is left is the handing out."""
    return Known(job.name, b"", job.size_bytes)


def seconds_of(folder: Path, task: Task, workers: int) -> tuple[float, list[Outcome]]:
    """Return how long so many processes take over a folder, without their start."""
    engine = engine_name(None)
    taken: list[Outcome] = []
    files = [Job(each.name, each.address, each.size_bytes, engine) for each in walk([str(folder)])]
    pool = LocalPool(workers, task)
    try:
        Flow(iter(files[: 2 * workers]), pool, lambda outcome: None).run()
        begin = time.perf_counter()
        Flow(iter(files), pool, taken.append).run()
        return time.perf_counter() - begin, taken
    finally:
        pool.close()


def compare(
    folder: Path, workers: int, rounds: int, sound_s: float
) -> tuple[list[list[str]], float]:
    """Return a row of the table for each format, and the work for a second of MP3 in ms."""
    rows = []
    worked_ms = 0.0
    for suffix, (*_, mark) in FORMATS.items():
        place = folder / suffix
        total_s = sound_s * len(list(place.iterdir()))
        decoded, analysed, decoding, worked = [], [], [], []
        for _ in range(rounds):
            for task, seconds_taken, work in (
                (only_decode, decoded, decoding),
                (analyze, analysed, worked),
            ):
                seconds, taken = seconds_of(place, task, workers)
                seconds_taken.append(seconds)
                work.append(sum(each.worked_s for each in taken if isinstance(each, Track)))
        # Turn by turn: what else the machine does meets both of a pair alike.
        ratios = [a / b for a, b in zip(decoded, analysed, strict=True)]
        ratio = statistics.median(ratios)
        work_ms = 1e3 * min(worked) / total_s
        worked_ms = worked_ms or work_ms
        rows.append(
            [
                suffix.upper() if suffix != "opus" else "Opus",
                f"{total_s / statistics.median(decoded):,.0f} ×",
                f"{total_s / statistics.median(analysed):,.0f} ×",
                f"{work_ms:.2f} ms",
                f"{min(decoding) / min(worked):.2f}",
                f"**{ratio:.2f}** ({min(ratios):.2f} to {max(ratios):.2f})",
                f"≥ {mark:g}",
            ]
        )
        print(" | ".join(rows[-1]), flush=True)
    return rows, worked_ms


def tasks_per_s(pool: Pool) -> float:
    """Return how many empty tasks a second go there and back."""
    jobs = [Job(f"{number}.flac", f"/music/{number}.flac", 1, "") for number in range(TASKS)]
    Flow(iter(jobs[:WARM_UP]), pool, lambda outcome: None).run()
    begin = time.perf_counter()
    Flow(iter(jobs), pool, lambda outcome: None).run()
    return TASKS / (time.perf_counter() - begin)


def dask_costs_ms() -> tuple[float, float]:
    """Processor time for a task through Dask, each part a process of its own.

    Returns:
        Milliseconds of the scheduler, and of the process that hands out the work.
    """
    import psutil
    from distributed import SubprocessCluster

    from realtime_mer.catalogue.cluster import ClusterPool

    with SubprocessCluster(n_workers=2, threads_per_worker=4) as cluster:
        ours = psutil.Process()
        (scheduler,) = (
            child for child in ours.children() if "distributed.Scheduler" in str(child.cmdline())
        )
        pool = ClusterPool(cluster.scheduler_address, nothing)
        try:
            before = [sum(each.cpu_times()[:2]) for each in (scheduler, ours)]
            tasks_per_s(pool)
            after = [sum(each.cpu_times()[:2]) for each in (scheduler, ours)]
        finally:
            pool.close()
    tasks = TASKS + WARM_UP
    return 1e3 * (after[0] - before[0]) / tasks, 1e3 * (after[1] - before[1]) / tasks


def writing(folder: Path, some: Track) -> tuple[float, float]:
    """Return estimates a processor second that go into tables, and the bytes each takes there."""
    model = load_model(None, "cpu")
    engine = engine_name(None)
    tables = Tables(folder, Columns(model.dimensions, model.name, engine), engine, resume=False)
    noise = np.random.default_rng(0)
    tracks = [
        Track(
            f"music/artist {number % 50}/album/{number:02} song.mp3",
            noise.bytes(16), some.size_bytes, some.duration_s, 0.0, some.rate_hz, some.channels,
            some.values + noise.normal(0, 1e-3, some.values.shape).astype(np.float32),
            some.active, some.worked_s,
        )
        for number in range(1_000)
    ]  # fmt: skip
    tables.take(some)
    tables.write()  # what is loaded the first time is not counted
    begin = time.process_time()
    for track in tracks:
        tables.take(track)
    tables.write()
    seconds = time.process_time() - begin
    rows = sum(len(track.values) for track in tracks)
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    return rows / seconds, size / rows


def hash_mb_per_s(paths: Iterator[Path]) -> float:
    """Megabytes a second of files whose content is looked at and nothing else."""
    begin, total = time.process_time(), 0
    for path in paths:
        total += digest(path)[1]
    return total / 1e6 / (time.process_time() - begin)


def start_s(folder: Path, workers: int) -> float:
    """Seconds of the whole command over a folder, from the shell's prompt to the next."""
    with tempfile.TemporaryDirectory() as out:
        command = ["-m", "realtime_mer", "analyze", str(folder), "--workers", str(workers)]
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, *command, "--out", f"{out}/e.parquet"], check=True, capture_output=True
        )
        return time.perf_counter() - begin


def main() -> None:
    """Measure, and write the figures where they are read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=16, help="of each format (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--print", action="store_true", help="write no file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound_s = make_files(folder, arguments.files)
        rows, worked_ms = compare(folder, arguments.workers, arguments.rounds, sound_s)
        whole_s = start_s(folder / "mp3", arguments.workers)
        paths = sorted((folder / "mp3").iterdir())
        some = analyze(Job("a", str(paths[0]), 0, engine_name(None)))
        assert isinstance(some, Track)
        rows_per_s, row_bytes = writing(folder / "e.parquet", some)
        local = LocalPool(arguments.workers, nothing)
        try:
            local_rate = tasks_per_s(local)
        finally:
            local.close()
        scheduler_ms, handing_ms = dask_costs_ms()
        rates = Rates(
            worked_ms=worked_ms,
            row_bytes=row_bytes,
            scheduler_ms=scheduler_ms,
            handing_ms=handing_ms,
            rows_per_s=rows_per_s,
            hash_mb_per_s=hash_mb_per_s(iter(sorted((folder / "flac").iterdir()))),
        )
    load = os.getloadavg()[0]
    head = [
        "format",
        "decoding alone",
        "analyze",
        "work for 1 s of sound",
        "share of the work",
        "share of the speed",
        "mark",
    ]
    begin = (
        f"{arguments.files} files of {sound_s:.0f} s for each format, stereo, {arguments.workers} "
        f"processes, medians of {arguments.rounds} rounds in turns, {date.today().isoformat()}, "
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load "
        f"average {load:.1f} at the end."
    )
    end = (
        f"The whole command over the {arguments.files} MP3 files, its start and that of its "
        f"processes included, took {whole_s:.1f} s. Empty tasks there and back: {local_rate:,.0f} "
        f"a second by processes; by Dask each takes {scheduler_ms:.1f} ms of its scheduler's "
        f"processor time and {handing_ms:.1f} ms of whoever hands them out. Tables: "
        f"{rows_per_s / 1e6:.1f} million estimates written in a second of processor time, "
        f"{row_bytes:.0f} bytes each. "
        f"Files that are known: {rates.hash_mb_per_s:,.0f} MB a second and core."
    )
    speed = "\n\n".join([begin, table(head, rows), end])
    print(speed)
    print(describe(Catalogue(), rates))
    if arguments.print:
        return
    FIGURES.write_text(json.dumps({"rates": vars(rates)}, indent=2) + "\n")
    write_between_markers(PAGE, "speed", speed)
    write_between_markers(PAGE, "plan", describe(Catalogue(), rates))


if __name__ == "__main__":
    main()
