"""What goes to a worker, and what comes back; all of it small, and sendable."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIGEST_BYTES = 16
"""Of a file's SHA-256: 128 bits tell the tracks of the world apart."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to analyse.

    Attributes:
        name: of the file, as it stands in the tables.
        address: where a worker finds it: a path, or an address that fsspec opens.
        size_bytes: as the folder has it; -1 where it does not say.
        known: contents of that size which need not be analysed again.
        plot: whether a picture is wanted, where files of its own are.
        model: another model than the one that comes along, or None.
        provider: where the model runs.
        engine: what the worker's model and front end must be.
    """

    name: str
    address: str
    size_bytes: int
    engine: str
    model: Path | None = None
    provider: str = "cpu"
    known: tuple[bytes, ...] = ()
    plot: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """What came of a file.

    Attributes:
        name: as the job has it.
        content: the first 16 bytes of the SHA-256 of the whole file.
        size_bytes: its length.
        duration_s: seconds of sound in it.
        missing_s: seconds it claims to have beyond that: it was cut off.
        rate_hz: samples per second.
        channels: how many it has.
        values: float32 ``[steps, 2 D + 1]``: means, standard deviations, level in dBFS.
        active: bool ``[steps]``: whether there is music.
        worked_s: processor seconds it took.
    """

    name: str
    content: bytes
    size_bytes: int
    duration_s: float
    missing_s: float
    rate_hz: int
    channels: int
    values: NDArray[np.float32]
    active: NDArray[np.bool_]
    worked_s: float


@dataclass(frozen=True, slots=True)
class Known:
    """A file whose content is done already, perhaps under another name."""

    name: str
    content: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that nothing came of.

    Attributes:
        name: as the job has it.
        size_bytes: as the job has it.
        reason: a sentence.
        attempts: how often it was tried.
    """

    name: str
    size_bytes: int
    reason: str
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a file that goes into files of its own.

    Attributes:
        name: as the job has it.
        size_bytes: as the job has it.
        duration_s, missing_s: as of a :class:`Track`.
        table: a CSV file.
        picture: a PNG file, or None where none was asked for.
    """

    name: str
    size_bytes: int
    duration_s: float
    missing_s: float
    table: bytes
    picture: bytes | None = None


Outcome = Track | Known | Failed | Written
