"""``realtime-mer analyze``: the same engine over files, as fast as it goes.

A handful of files is done here, one after the other; more of them by several processes
(``catalogue.py``).
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_mer import rows
from realtime_mer.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from realtime_mer.analysis.whole_file import Analysis
    from realtime_mer.catalogue.job import Written
    from realtime_mer.commands.progress import Tally
    from realtime_mer.model import EmotionModel

MANY = 10
"""Files from which on processes are worth the half second that they take to start."""
INTERRUPTED = 130
"""Exit code after Ctrl-C."""
MISSING_WORTH_SAYING_S = 0.5
"""Lengths in the headers of compressed files are rarely exact."""

DESCRIPTION = """\
Writes one row every 500 ms: time_s (at the end of the step), arousal, valence,
arousal_std, valence_std, level_db, active. The numbers are those the live tracker gives
for the same sound.
"""

EPILOG = """\
Into a folder goes one NAME.csv a file; two of the same name are told apart by their
suffixes, their folders, or a number. Results of an earlier run are replaced, each only
when the new one is complete. A file that cannot be read is named and skipped.

Into NAME.parquet, for catalogues of any size, go tables: all estimates, _tracks (a row a
file) and _failures. --resume goes on where a run was stopped, or after files were added.

exit codes: 0 all done, 1 some files were skipped, 2 nothing could be done, 130 stopped
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "analyze",
        help="track files at full speed, into CSV and pictures",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="anything libsndfile reads (WAV, FLAC, Ogg, Opus, MP3, AIFF ...); a folder stands "
        "for the audio files in it and below; into tables also s3://, https:// and what else "
        "fsspec opens",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR|FILE.csv|NAME.parquet",
        help="folder for the results, made if missing; FILE.csv for a single input; "
        "NAME.parquet for tables",
    )
    parser.add_argument(
        "--plot",
        action="store_true",
        help="also draw waveform, curves and the path on the arousal-valence plane to NAME.png",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with tables: what is in them is not done again"
    )
    parser.add_argument(
        "--workers", type=_positive, metavar="N", help="processes at work (default: all cores)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="let the workers of a Dask cluster do it, which read the same addresses",
    )
    parser.add_argument("--model", type=Path, metavar="FILE.onnx", help="another model")
    parser.add_argument(
        "--provider",
        choices=("auto", "cuda", "cpu"),
        default="auto",
        help="where the model runs (auto: the CPU, which is quicker for a file at a time)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Analyse every file; 0 if all are done, 1 if some were skipped, 130 after Ctrl-C."""
    from rich.console import Console

    from realtime_mer.commands import catalogue
    from realtime_mer.commands.progress import Tally

    console = Console(stderr=True)
    tally = Tally()
    started = time.monotonic()
    catalogue.check(arguments)
    try:
        if arguments.out.suffix.lower() == catalogue.TABLES_SUFFIX:
            catalogue.into_tables(arguments, console, partial(_say, console), tally)
        else:
            _into_files(arguments, tally, console)
    except KeyboardInterrupt:
        _say(console, f"Stopped: {_files(tally.done)} done, the others left out.")
        return INTERRUPTED
    _say(console, _summary(tally, arguments.out, time.monotonic() - started))
    return 1 if tally.skipped else 0


def _into_files(arguments: argparse.Namespace, tally: Tally, console: Console) -> None:
    from realtime_mer.analysis.inputs import choose_outputs, find_files
    from realtime_mer.analysis.plot import require_matplotlib
    from realtime_mer.commands import catalogue
    from realtime_mer.model import load_model

    if arguments.plot:
        require_matplotlib()
    for name in arguments.files:
        if "://" in name:
            tables = f"--out NAME{catalogue.TABLES_SUFFIX}"
            raise UserError(f"{name} goes into tables only: give {tables}, or copy it here.")
    paths = find_files(map(Path, arguments.files))
    jobs = list(zip(paths, choose_outputs(arguments.out, paths), strict=True))
    model = load_model(arguments.model, arguments.provider)
    if len(jobs) < MANY:
        _analyze_all(jobs, model, arguments.plot, tally, console)
        return

    def put(written: Written, output: Path) -> None:
        _put(written.table, written.picture, output)
        if written.missing_s > MISSING_WORTH_SAYING_S:
            _say(console, _cut_off(written.name, written.duration_s, written.missing_s))

    catalogue.into_files(jobs, arguments, console, put, partial(_say, console), tally)


def _analyze_all(
    jobs: list[tuple[Path, Path]],
    model: EmotionModel,
    plot: bool,
    tally: Tally,
    console: Console,
) -> None:
    """Analyse the files one after the other; say and count those that cannot be done."""
    from realtime_mer.analysis.whole_file import analyze_file

    lengths_s = [_length_s(path) for path, _ in jobs]
    with _progress(console) as progress:
        total = progress.add_task("", total=sum(lengths_s))
        begin_s = 0.0
        for number, ((path, output), length_s) in enumerate(zip(jobs, lengths_s, strict=True), 1):
            progress.update(total, description=f"{number}/{len(jobs)}  {path.name}")

            def move(seconds: float, begin_s: float = begin_s) -> None:
                progress.update(total, completed=begin_s + seconds)

            try:
                analysis = analyze_file(path, model, with_envelope=plot, progress=move)
                _write(analysis, output, plot)
            except (UserError, OSError) as error:
                tally.skipped += 1
                _say(console, f"Skipped: {error}")
            else:
                tally.done += 1
                tally.done_s += analysis.duration_s
                if analysis.missing_s > MISSING_WORTH_SAYING_S:
                    _say(console, _cut_off(str(path), analysis.duration_s, analysis.missing_s))
            begin_s += length_s
            progress.update(total, completed=begin_s)


def _write(analysis: Analysis, output: Path, plot: bool) -> None:
    from realtime_mer.analysis.plot import draw

    table = rows.csv_text(analysis.estimates, analysis.dimensions).encode()
    _put(table, draw(analysis) if plot else None, output)


def _put(table: bytes, picture: bytes | None, output: Path) -> None:
    from realtime_mer.analysis.whole_file import write_whole

    write_whole(output, lambda file: file.write(table))
    if picture is not None:
        write_whole(output.with_suffix(".png"), lambda file: file.write(picture))


def _cut_off(name: str, duration_s: float, missing_s: float) -> str:
    return (
        f"“{name}” is cut off: done as far as {duration_s:.1f} s, where it says it "
        f"has {duration_s + missing_s:.1f} s."
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _length_s(path: Path) -> float:
    """Seconds of sound as the file's header has it; 0 where it has none to say."""
    from realtime_mer.sources.file import probe

    try:
        return probe(path).duration_s
    except (UserError, OSError):
        return 0.0


def _progress(console: Console) -> Progress:
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} s"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        expand=True,
        disable=not console.is_terminal,
    )


def _summary(tally: Tally, out: Path, seconds: float) -> str:
    skipped = f", {_files(tally.skipped)} skipped" if tally.skipped else ""
    if tally.known:
        skipped = f", {_files(tally.known)} done before{skipped}"
    if not tally.done:
        return f"Nothing done{skipped}."
    times = tally.done_s / max(seconds, 1e-3)
    return (
        f"{_files(tally.done)} done{skipped}: {tally.done_s:.1f} s of sound in {seconds:.1f} s, "
        f"{times:.0f} times as fast as it plays, into {out}."
    )


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
