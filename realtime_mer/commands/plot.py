"""``realtime-mer plot``: a recorded set as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_mer.errors import UserError

if TYPE_CHECKING:
    from realtime_mer.analysis.envelope import Envelope

DESCRIPTION = """\
Draws what --record or analyze wrote: each curve with a band of one standard deviation,
silence in grey, the moments that were marked, and the path on the arousal-valence plane.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "plot",
        help="draw a recorded set",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recording", type=Path, metavar="FILE", help="a recording, .jsonl or .csv")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.png",
        help="where to draw it (default: beside the recording, with its name)",
    )
    parser.add_argument(
        "--audio",
        type=Path,
        metavar="FILE",
        help="the sound, as --record-audio wrote it: draws its waveform above",
    )
    parser.add_argument(
        "--stream",
        type=int,
        metavar="NUMBER",
        help="which one of a recording that holds several",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw it, print where; return 0.

    Raises:
        UserError: the recording or the sound cannot be read, the picture cannot be written,
            or matplotlib is missing.
    """
    from realtime_mer.analysis.plot import require_matplotlib, write_plot
    from realtime_mer.analysis.whole_file import Analysis, write_whole
    from realtime_mer.recording_file import read_recording

    out: Path = arguments.out or arguments.recording.with_suffix(".png")
    if out.suffix.lower() != ".png":
        raise UserError(f"{out} would be no picture: give --out a name that ends in .png.")
    require_matplotlib("plot")
    recording = read_recording(arguments.recording, arguments.stream)
    analysis = Analysis(
        name=recording.path.name,
        duration_s=recording.duration_s,
        missing_s=0.0,
        model=recording.model,
        dimensions=recording.dimensions,
        estimates=list(recording.estimates),
        envelope=_envelope(arguments.audio) if arguments.audio else None,
        marks=recording.marks,
    )
    write_whole(out, lambda file: write_plot(analysis, file))
    print(out)
    return 0


def _envelope(path: Path) -> Envelope:
    from realtime_mer.analysis.envelope import Envelope
    from realtime_mer.analysis.whole_file import BLOCK_S
    from realtime_mer.sources.file import probe, read_blocks

    rate_hz = probe(path).rate_hz
    envelope = Envelope(rate_hz)
    for block in read_blocks(path, int(BLOCK_S * rate_hz)):
        envelope.push(block)
    return envelope
