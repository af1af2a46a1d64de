"""The constants of the front end, in seconds, hertz and decibels.

They are properties of the model as much as of the code: a model file carries them,
and one that was trained with others is refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIN_RATE_HZ = 8_000
MAX_RATE_HZ = 768_000


@dataclass(frozen=True, slots=True)
class FrontEndSpec:
    """What turns samples into the frames a model sees.

    Sample rates appear nowhere: every quantity is in seconds or hertz, so that a
    device is listened to at its own rate, and 44.1 and 48 kHz give the same frames.
    """

    window_s: float = 0.040  # two periods of 50 Hz: bass lines are resolved, attacks not smeared
    hops_per_s: int = 50  # 20 ms, half a window: exactly 25 frames in 500 ms
    frames_per_step: int = 25
    bands: int = 64
    low_hz: float = 30.0  # below lies rumble
    high_hz: float = 8_000.0  # what every device from 16 kHz up has
    floor_db: float = -120.0  # under the noise of a 16-bit recording (-98 dBFS)
    level_time_constant_s: float = 30.0  # dynamics inside half a minute stay
    gate_db: float = -65.0  # A-weighted dBFS; a quiet line input's music is above, its hiss below
    gate_below_level_db: float = 35.0  # a rest in loud music is silence, though the room is not
    gate_release_db_per_s: float = 0.25  # a fader pulled down is followed, not taken for a rest
    range_db: float = 70.0  # frames are cut this far under the level: microphone noise, codecs

    def as_dict(self) -> dict[str, float | int]:
        """Return the constants by name, as they stand in a model file."""
        return asdict(self)


FRONT_END = FrontEndSpec()
