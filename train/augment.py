"""What happens to music between a stage and a microphone, on log-mel frames.

Everything works on raw frames in dB, before the level is taken off, in one pass of
compiled code; sound never has to be decoded again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from realtime_mer.frontend import FRONT_END
from realtime_mer.frontend.mel import band_edges_hz, hz_to_mel
from train.settings import Settings

Float32 = NDArray[np.float32]

CENTRES_HZ = band_edges_hz(FRONT_END.bands, FRONT_END.low_hz, FRONT_END.high_hz)[1:-1]
_CENTRES_MEL = hz_to_mel(CENTRES_HZ)
_MEL_STEP = float(_CENTRES_MEL[1] - _CENTRES_MEL[0])


@dataclass(frozen=True, slots=True)
class Change:
    """One drawn chain of changes.

    Attributes:
        tempo: seconds of the recording heard in one second.
        source_band: where each band is read from, in bands, ``[64]``: a change of pitch.
        offset_db: added to each band, ``[64]``: gain, equaliser, low-pass.
        noise_db: floor added in power to each band, ``[64]``, relative to the crop's mean.
        decay: share of each band's power that stays in the next frame, ``[64]``: a room.
        jitter_db: standard deviation of white noise in dB.
    """

    tempo: float
    source_band: Float32
    offset_db: Float32
    noise_db: Float32
    decay: Float32
    jitter_db: float


def draw(settings: Settings, generator: np.random.Generator) -> Change:
    """Draw a chain of changes."""
    bands = FRONT_END.bands
    position = np.linspace(0.0, 1.0, bands)
    # Half of the crops keep pitch and tempo: moving either blurs or repeats a little.
    moved = generator.random() < 0.5
    ratio = 2.0 ** (moved * generator.uniform(-1, 1) * settings.pitch_semitones / 12.0)
    source = (hz_to_mel(CENTRES_HZ / ratio) - _CENTRES_MEL[0]) / _MEL_STEP

    # A smooth curve: cosines that weaken with their frequency, scaled to the wanted spread.
    orders = np.arange(1, 6)
    weights = generator.normal(0.0, 1.0, 5) / orders
    curve = np.cos(np.pi * np.outer(position, orders)) @ weights
    offset = settings.equaliser_db * curve / np.sqrt(0.5 * np.sum(1.0 / orders**2))
    offset += generator.uniform(-1, 1) * settings.gain_db
    if generator.random() < settings.cut_chance:
        octaves = np.log2(CENTRES_HZ / generator.uniform(3_000.0, 8_000.0))
        offset -= np.maximum(octaves, 0.0) * generator.uniform(12.0, 60.0)

    noise = np.full(bands, -300.0)
    if generator.random() < settings.noise_chance:
        tilt = generator.uniform(-20.0, 10.0) * (position - 0.3)
        noise = tilt - generator.uniform(15.0, 60.0)

    decay = np.zeros(bands)
    if generator.random() < settings.room_chance:
        # 60 dB in `seconds`, sooner in the treble.
        seconds = generator.uniform(0.2, 1.2) * (1.2 - 0.7 * position)
        decay = 10.0 ** (-6.0 / (seconds * FRONT_END.hops_per_s))
    return Change(
        1.0 + moved * generator.uniform(-1, 1) * settings.tempo,
        source.astype(np.float32),
        offset.astype(np.float32),
        noise.astype(np.float32),
        decay.astype(np.float32),
        settings.jitter_db,
    )


def apply(
    change: Change, frames: Float32, start: int, count: int, generator: np.random.Generator
) -> Float32:
    """Cut ``count`` changed frames out of a recording.

    Args:
        change: what to do.
        frames: float32 ``[n, 64]`` in dB; from frame ``start`` on the nearest of every
            ``change.tempo`` frames is read.
        start: first frame.
        count: frames to give, at most ``(n - 1 - start) / tempo + 1``.

    Returns:
        float32 ``[count, 64]`` in dB, at least the front end's floor.
    """
    jitter = generator.standard_normal((count, FRONT_END.bands), dtype=np.float32)
    jitter *= np.float32(change.jitter_db)
    changed: Float32 = _apply(
        frames,
        start,
        change.tempo,
        change.source_band,
        change.offset_db,
        change.noise_db,
        change.decay,
        jitter,
        np.float32(FRONT_END.floor_db),
    )
    return changed


@numba.njit(cache=True, fastmath=True, nogil=True)
def _apply(frames, start, tempo, source_band, offset_db, noise_db, decay, jitter, floor_db):  # type: ignore[no-untyped-def]
    count, bands = jitter.shape
    last_frame, last_band = frames.shape[0] - 1, bands - 1
    to_power = np.float32(0.23025850929940458)
    to_db = np.float32(4.3429448190325175)
    out = np.empty((count, bands), np.float32)
    noisy = noise_db[0] > -200.0
    roomy = decay.max() > 0.0
    total = np.float32(0.0)
    for n in range(count):
        # The nearest frame, not a mix of two: a mix is smoother than any sound, and a
        # network that learned from it takes untouched sound for rough and excited.
        i = min(int(start + n * tempo + 0.5), last_frame)
        for b in range(bands):
            y = min(max(source_band[b], np.float32(0.0)), np.float32(last_band))
            k = min(int(y), last_band - 1)
            g = y - np.float32(k)
            out[n, b] = frames[i, k] + g * (frames[i, k + 1] - frames[i, k]) + offset_db[b]
            total += out[n, b]
    mean_db = total / np.float32(count * bands)
    if noisy or roomy:
        tail = np.zeros(bands, np.float32)
        for n in range(count):
            for b in range(bands):
                power = np.exp(to_power * (out[n, b] - mean_db))
                if roomy:
                    # The room adds to the direct sound; its own level is as the source's.
                    tail[b] = decay[b] * tail[b] + (np.float32(1.0) - decay[b]) * power
                    power = np.float32(0.5) * power + tail[b]
                if noisy:
                    # The floor's power flickers as that of noise does in one frame.
                    power += np.exp(to_power * (noise_db[b] + np.float32(3.0) * jitter[n, b]))
                out[n, b] = to_db * np.log(power) + mean_db
    for n in range(count):
        for b in range(bands):
            out[n, b] = max(out[n, b] + jitter[n, b], floor_db)
    return out
