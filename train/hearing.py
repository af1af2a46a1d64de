"""Ways to hear a recording whose result is kept on disk, one file a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train import cache
from train.audio import INSTRUMENTS, Instrument, load_audio
from train.datasets.base import Recording

Float32 = NDArray[np.float32]
Listen = Callable[[Recording, Float32, int], cache.Arrays]


@dataclass(frozen=True, slots=True)
class Hearing:
    """Something that listens to sound and says what it heard in each 500 ms step.

    Attributes:
        name: of its folder in the cache.
        constants: all that the result depends on but the sound, as JSON can say it.
        listen: takes the recording, its samples ``[n]`` and their rate in hertz, and gives
            arrays whose first axis is the step.
    """

    name: str
    constants: tuple[Any, ...]
    listen: Listen

    def path(self, recording: Recording, instrument: Instrument = INSTRUMENTS[0]) -> Path:
        """Return where the result for a recording lies, whether or not it is there yet."""
        if recording.path is None:
            raise ValueError(f"{recording.key} has no audio")
        key = cache.fingerprint(
            constants=list(self.constants),
            content=cache.file_digest(recording.path),
            rendering=asdict(instrument) if recording.is_midi else None,
            cut=[recording.skip_s, recording.cut_s],
        )
        return cache.CACHE / self.name / recording.dataset / f"{key}.npz"

    def steps(
        self, recording: Recording, instrument: Instrument = INSTRUMENTS[0]
    ) -> dict[str, NDArray[Any]]:
        """Return what was heard in a recording, from the cache where it is in it."""
        return cache.cached(
            self.path(recording, instrument),
            lambda: self.listen(recording, *load_audio(recording, instrument)),
        )


def prepare(hearings: Sequence[Hearing], recordings: Sequence[Recording]) -> None:
    """Compute what is missing, with a progress bar; each sound is decoded or rendered once.

    It can be stopped at any time: finished recordings stay done.
    """
    from rich.progress import track

    for recording in track([r for r in recordings if r.path is not None], "Listening"):
        missing = [h for h in hearings if not h.path(recording).is_file()]
        if missing:
            samples, rate_hz = load_audio(recording)
            for hearing in missing:
                arrays = hearing.listen(recording, samples, rate_hz)
                cache.save_arrays(hearing.path(recording), arrays)


def resample(samples: Float32, rate_hz: int, wanted_hz: int) -> Float32:
    """Return samples at another rate, by a polyphase filter."""
    from math import gcd

    from scipy.signal import resample_poly

    if rate_hz == wanted_hz:
        return samples
    divisor = gcd(rate_hz, wanted_hz)
    resampled: Float32 = resample_poly(samples, wanted_hz // divisor, rate_hz // divisor).astype(
        np.float32
    )
    return resampled


def in_steps(
    values: NDArray[np.floating[Any]], times_s: NDArray[np.float64], steps: int, step_s: float
) -> Float32:
    """Return mean and spread of the frames that begin in each step.

    Args:
        values: ``[n, F]``, one row a frame.
        times_s: beginning of each frame, rising, ``[n]``.
        steps: their number; one without a frame repeats the step before it (zeros at first).
        step_s: length of a step in seconds.

    Returns:
        float32 ``[steps, 2 * F]``.
    """
    result = np.zeros((steps, 2 * values.shape[1]), np.float32)
    edges = np.searchsorted(times_s, step_s * np.arange(steps + 1) - 1e-9)
    for k in range(steps):
        inside = values[edges[k] : edges[k + 1]]
        if len(inside):
            result[k] = np.concatenate([inside.mean(0), inside.std(0)])
        elif k:
            result[k] = result[k - 1]
    return result
