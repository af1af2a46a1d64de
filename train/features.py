"""Frames of every recording, from the live front end, kept on disk.

What is stored are raw log-mel frames in dB. The level is taken off when a crop is cut,
by the same causal normaliser that runs live, because its state depends on where the
listening began.
"""

from __future__ import annotations

import functools
import itertools
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime_mer.frontend import FRONT_END, log_mel
from train import cache
from train.audio import INSTRUMENTS, Instrument, load_audio
from train.datasets.base import Recording

# These act on the stored frames when a crop is cut, not before.
LEVEL_CONSTANTS = (
    "frames_per_step",
    "level_time_constant_s",
    "gate_db",
    "gate_below_level_db",
    "gate_release_db_per_s",
    "range_db",
)


PROBE_TOLERANCE_DB = 0.05


@functools.cache
def frames_folder(root: Path | None = None) -> Path:
    """Return the folder of frames made by this very front end.

    A folder belongs to the constants that shape the raw frames and to what the kernels
    made of a fixed sound. So a change of the kernels that leaves the constants as they
    were begins a new folder, and one of the last bits only does not.
    """
    constants = {name: v for name, v in FRONT_END.as_dict().items() if name not in LEVEL_CONSTANTS}
    seconds = np.arange(44_100) / 44_100
    chirp = 0.3 * np.sin(2 * np.pi * (50.0 + 3_000.0 * seconds) * seconds)
    noise = np.random.default_rng(0).normal(0.0, 0.01, len(seconds))
    probe = log_mel((chirp + noise).astype(np.float32), 44_100)
    name = cache.fingerprint(constants=constants)[:12]
    for version in itertools.count():
        folder = (root or cache.CACHE) / "frames" / f"{name}-{version}"
        known = cache.cached(folder / "probe.npz", lambda: {"frames": probe})["frames"]
        if known.shape == probe.shape and np.abs(known - probe).max() <= PROBE_TOLERANCE_DB:
            return folder
    raise AssertionError("unreachable")


def frames_path(recording: Recording, instrument: Instrument = INSTRUMENTS[0]) -> Path:
    """Return where the frames of a recording lie, whether or not they are there yet."""
    if recording.path is None:
        raise ValueError(f"{recording.key} has no audio")
    key = cache.fingerprint(
        content=cache.file_digest(recording.path),
        rendering=asdict(instrument) if recording.is_midi else None,
        cut=[recording.skip_s, recording.cut_s],
    )
    return frames_folder() / recording.dataset / f"{key}.npz"


def frames(recording: Recording, instrument: Instrument = INSTRUMENTS[0]) -> NDArray[np.float16]:
    """Return the raw log-mel frames of a recording, from the cache where they are in it.

    Returns:
        float16 ``[n, 64]`` in dB; rounding to half precision moves a value by at most 0.03 dB.
    """

    def compute() -> dict[str, NDArray[np.float16]]:
        samples, rate_hz = load_audio(recording, instrument)
        return {"frames": log_mel(samples, rate_hz).astype(np.float16)}

    return cache.cached(frames_path(recording, instrument), compute)["frames"]


def prepare(
    recordings: list[Recording], instruments: tuple[Instrument, ...], workers: int = 2
) -> None:
    """Compute every missing piece of the cache, with a progress bar.

    A recording that fails raises at once; what is done stays done.
    """
    from rich.progress import track

    jobs = []
    for recording in recordings:
        if recording.path is not None:
            for instrument in instruments if recording.is_midi else instruments[:1]:
                jobs.append((recording, instrument))
    with ProcessPoolExecutor(workers) as pool:
        futures = [pool.submit(_prepare_one, *job) for job in jobs]
        try:
            for future in track(as_completed(futures), "Frames", total=len(futures)):
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _prepare_one(recording: Recording, instrument: Instrument) -> None:
    if not frames_path(recording, instrument).is_file():
        frames(recording, instrument)
