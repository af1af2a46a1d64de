"""``realtime-mer analyze`` of many files: by several processes, or by a Dask cluster."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_mer.catalogue.engine import engine_name
from realtime_mer.catalogue.flow import Flow
from realtime_mer.catalogue.job import Failed, Job, Outcome, Written
from realtime_mer.catalogue.places import Found, walk
from realtime_mer.catalogue.pool import LocalPool, Pool, cores
from realtime_mer.catalogue.work import tabulate
from realtime_mer.commands.progress import Census, Progress, Tally
from realtime_mer.errors import UserError
from realtime_mer.model import load_model

if TYPE_CHECKING:
    from rich.console import Console

TABLES_SUFFIX = ".parquet"

Say = Callable[[str], None]


def into_tables(arguments: argparse.Namespace, console: Console, say: Say, tally: Tally) -> None:
    """Analyse everything that is named into the tables of a catalogue.

    Args:
        arguments: of the command line.
        console: where progress is shown.
        say: says a sentence above it.
        tally: receives what was done.

    Raises:
        UserError: something that was asked for is not possible; what is done is kept.
        KeyboardInterrupt: somebody stopped it; what is done is kept.
    """
    from realtime_mer.catalogue.columns import Columns
    from realtime_mer.catalogue.tables import Tables

    named = [str(name) for name in arguments.files]
    engine = engine_name(arguments.model)
    provider = _provider(arguments)
    model = load_model(arguments.model, "cpu")
    columns = Columns(model.dimensions, model.name, engine)
    tables = Tables(arguments.out, columns, engine, resume=arguments.resume)
    if already := len(tables.done):
        say(f"{_count(already)} of this model are done already.")
    path = arguments.model.absolute() if arguments.model else None

    def jobs() -> Iterator[Job]:
        for found in walk(named):
            known = tables.done.of_size(found.size_bytes)
            yield Job(
                found.name, found.address, found.size_bytes, engine, path, provider, known
            )  # fmt: skip

    pool = _pool(arguments)
    if not pool.workers:
        say(f"No worker yet: start some with 'dask worker {arguments.scheduler}'.")
    with Progress(console, Census(walk(named, ask_sizes=False))) as progress:

        def take(outcome: Outcome) -> None:
            tables.take(outcome)
            progress.count(outcome)
            if isinstance(outcome, Failed):
                say(f"Failed: {outcome.reason}")

        def tick() -> None:
            tables.tick()
            progress.tick()

        try:
            with politely_stopped():
                Flow(jobs(), pool, take, tick).run()
        finally:
            _take_over(tally, progress.tally)
            try:
                tables.write()
            finally:
                pool.close()


def into_files(
    outputs: list[tuple[Path, Path]],
    arguments: argparse.Namespace,
    console: Console,
    write: Callable[[Written, Path], None],
    say: Say,
    tally: Tally,
) -> None:
    """Analyse files into a CSV file each, by several processes.

    Args:
        outputs: each file, and where its table goes.
        arguments: of the command line.
        console: where progress is shown.
        write: puts what came of a file into place.
        say: says a sentence above the progress.
        tally: receives what was done.

    Raises:
        UserError: something that was asked for is not possible; what is done is kept.
        KeyboardInterrupt: somebody stopped it; what is done is kept.
    """
    engine = engine_name(arguments.model)
    places = {str(path): output for path, output in outputs}
    provider = _provider(arguments)

    def jobs() -> Iterator[Job]:
        for path, _ in outputs:
            yield Job(
                str(path), str(path), _size(path), engine, arguments.model, provider,
                plot=arguments.plot,
            )  # fmt: skip

    found = (Found(str(path), str(path), _size(path)) for path, _ in outputs)
    pool = LocalPool(arguments.workers or cores(), tabulate)
    with Progress(console, Census(found)) as progress:

        def take(outcome: Outcome) -> None:
            if isinstance(outcome, Written):
                try:
                    write(outcome, places[outcome.name])
                except (UserError, OSError) as error:
                    outcome = Failed(outcome.name, outcome.size_bytes, str(error))
            if isinstance(outcome, Failed):
                say(f"Skipped: {outcome.reason}")
            progress.count(outcome)

        try:
            with politely_stopped():
                Flow(jobs(), pool, take, progress.tick).run()
        finally:
            _take_over(tally, progress.tally)
            pool.close()


@contextmanager
def politely_stopped() -> Iterator[None]:
    """Let SIGTERM, which ``kill`` and service managers send, end the work as Ctrl-C does."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def check(arguments: argparse.Namespace) -> None:
    """Raise UserError for flags that do not go together."""
    tables = arguments.out.suffix.lower() == TABLES_SUFFIX
    for flag in ("resume", "scheduler"):
        if getattr(arguments, flag) and not tables:
            raise UserError(f"--{flag} needs tables: give --out NAME{TABLES_SUFFIX}.")
    if arguments.plot and tables:
        raise UserError("Pictures do not go into tables: leave out --plot, or give --out a folder.")


def _provider(arguments: argparse.Namespace) -> str:
    # A process for each core would each take a GPU's memory, for a network this small.
    return "cpu" if arguments.provider == "auto" else str(arguments.provider)


def _pool(arguments: argparse.Namespace) -> Pool:
    if arguments.scheduler:
        from realtime_mer.catalogue.cluster import ClusterPool

        return ClusterPool(arguments.scheduler)
    return LocalPool(arguments.workers or cores())


def _take_over(tally: Tally, counted: Tally) -> None:
    tally.done, tally.done_s = counted.done, counted.done_s
    tally.known, tally.skipped = counted.known, counted.skipped


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _count(number: int) -> str:
    return f"{number} track{'s' * (number != 1)}"
