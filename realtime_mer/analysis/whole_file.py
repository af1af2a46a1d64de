"""One file through the engine, and its results into place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from realtime_mer.analysis.envelope import Envelope
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.model import EmotionModel
from realtime_mer.recording import MarkedMoment

BLOCK_S = 5.0
"""Seconds read at a time: long enough to be quick, short enough for a smooth progress bar."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of one file.

    Attributes:
        name: of the file.
        duration_s: length in seconds, as far as there was sound to read.
        missing_s: seconds that the file claims to have beyond that: it was cut off.
        model: name of the model.
        dimensions: names of the model's dimensions.
        estimates: one every 500 ms.
        envelope: outline of the waveform, or None where it was not asked for.
        marks: moments that somebody marked.
    """

    name: str
    duration_s: float
    missing_s: float
    model: str
    dimensions: tuple[str, ...]
    estimates: list[Estimate]
    envelope: Envelope | None
    marks: tuple[MarkedMoment, ...] = ()


def analyze_file(
    path: Path,
    model: EmotionModel,
    *,
    with_envelope: bool = False,
    progress: Callable[[float], None] = lambda seconds: None,
) -> Analysis:
    """Run the tracker over a whole file.

    Args:
        path: anything libsndfile reads.
        model: the network; it serves any number of files.
        with_envelope: whether to keep the outline of the waveform, for a plot.
        progress: told the number of seconds done after each block.

    Raises:
        UserError: where the file cannot be read to its end, or its rate is out of range.
    """
    from realtime_mer.sources.file import probe, read_blocks
    from realtime_mer.tracker import Tracker

    info = probe(path)
    tracker = Tracker(info.rate_hz, model)
    envelope = Envelope(info.rate_hz) if with_envelope else None
    estimates: list[Estimate] = []
    samples = 0
    for block in read_blocks(path, int(BLOCK_S * info.rate_hz)):
        estimates += tracker.feed(block)
        if envelope:
            envelope.push(block)
        samples += len(block)
        progress(samples / info.rate_hz)
    estimates += tracker.flush()
    return Analysis(
        name=path.name,
        duration_s=samples / info.rate_hz,
        missing_s=max(0.0, info.duration_s - samples / info.rate_hz),
        model=model.name,
        dimensions=model.dimensions,
        estimates=estimates,
        envelope=envelope,
    )


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Put a file into place whole or not at all, replacing one of the same name.

    Args:
        path: where it goes.
        write: writes the contents to an open binary file.

    Raises:
        UserError: where it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            with part.open("wb") as file:
                write(file)
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(
            f"{path} cannot be written ({reason}): close it where it is open, free space, or "
            "give another --out."
        ) from None
