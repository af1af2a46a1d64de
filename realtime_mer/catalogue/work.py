"""The task itself: one file through the engine, in whatever process of whatever machine."""

from __future__ import annotations

import hashlib
import time
from functools import lru_cache
from pathlib import Path

import numpy as np

from realtime_mer import rows
from realtime_mer.catalogue.engine import engine_name
from realtime_mer.catalogue.job import DIGEST_BYTES, Failed, Job, Known, Outcome, Track, Written
from realtime_mer.catalogue.places import on_this_machine
from realtime_mer.errors import UserError
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.sources.file import UNKNOWN_LENGTH, blocks_of, check_readable, open_sound
from realtime_mer.tracker import Tracker

BLOCK_S = 5.0
"""Seconds read at a time: beyond this nothing gets faster, and memory stays small."""


def analyze(job: Job) -> Outcome:
    """Analyse one file.

    Returns:
        A track; or that its content is known; or why the file will never be readable.

    Raises:
        OSError: disk or network failed, and trying again may help.
        UserError: this worker has another engine than the job asks for.
    """
    model = _model(job.model, job.provider, job.engine)
    begin = time.process_time()
    with on_this_machine(job.address) as path:
        if path.is_dir():
            reason = f"The folder “{job.name}” cannot be listed: check its permissions."
            return Failed(job.name, job.size_bytes, reason)
        try:
            check_readable(path)
            content, size_bytes = digest(path)
            if content in job.known:
                return Known(job.name, content, size_bytes)
            return _track(job, path, model, content, size_bytes, begin)
        except UserError as error:
            return Failed(job.name, job.size_bytes, str(error).replace(str(path), job.name))


def tabulate(job: Job) -> Outcome:
    """Analyse one file of this machine into a table, and a picture where one is wanted.

    Returns:
        What to write; or why the file will never be readable.

    Raises:
        UserError: as of :func:`analyze`.
    """
    from realtime_mer.analysis.whole_file import analyze_file

    model = _model(job.model, job.provider, job.engine)
    try:
        made = analyze_file(Path(job.address), model, with_envelope=job.plot)
    except UserError as error:
        return Failed(job.name, job.size_bytes, str(error))
    picture = None
    if job.plot:
        from realtime_mer.analysis.plot import draw

        picture = draw(made)
    table = rows.csv_text(made.estimates, made.dimensions).encode()
    return Written(job.name, job.size_bytes, made.duration_s, made.missing_s, table, picture)


def digest(path: Path) -> tuple[bytes, int]:
    """Return what a file's content is known by, 16 bytes, and its length in bytes."""
    with path.open("rb") as file:
        hashed = hashlib.file_digest(file, "sha256")
        return hashed.digest()[:DIGEST_BYTES], file.tell()


def _track(
    job: Job, path: Path, model: EmotionModel, content: bytes, size_bytes: int, begin: float
) -> Track:
    with open_sound(path) as sound:
        rate_hz, channels = sound.samplerate, sound.channels
        claimed = 0 if sound.frames == UNKNOWN_LENGTH else sound.frames
        tracker = Tracker(rate_hz, model)
        estimates = []
        samples = 0
        for block in blocks_of(sound, path, int(BLOCK_S * rate_hz)):
            estimates += tracker.feed(block)
            samples += len(block)
        estimates += tracker.flush()
    values = [(*each.mean, *each.std, each.level_db) for each in estimates]
    return Track(
        name=job.name,
        content=content,
        size_bytes=size_bytes,
        duration_s=samples / rate_hz,
        missing_s=max(0, claimed - samples) / rate_hz,
        rate_hz=rate_hz,
        channels=channels,
        values=np.array(values, np.float32).reshape(len(values), 2 * len(model.dimensions) + 1),
        active=np.array([each.active for each in estimates], np.bool_),
        worked_s=time.process_time() - begin,
    )


@lru_cache(maxsize=2)
def _model(path: Path | None, provider: str, engine: str) -> EmotionModel:
    """Load the model once a process, and see that it is the one that is meant."""
    if engine_name(path) != engine:
        raise UserError(
            "This worker has another model or front end than the machine that hands out the work: "
            "install the same version of realtime-mer there, or give --model a file that all reach."
        )
    return load_model(path, provider)
