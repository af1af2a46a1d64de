"""What the levers can be set to; whatever else is asked for is refused with a sentence."""

from __future__ import annotations

from realtime_mer.errors import UserError
from realtime_mer.feel.learning import LEAST_MUSIC_S

CALIBRATION_S = 120.0
"""Music a calibration is learned from where nobody says how much."""
LONGEST_CALIBRATION_S = 3600.0
MOST_GAIN_DB = 60.0
MOST_MARKS = 100
"""Marks that are told; older ones are in the recording."""
LONGEST_LABEL = 100


def check_calibration_s(seconds: float) -> None:
    """Raise UserError for a length of music that nothing is learned from."""
    if not LEAST_MUSIC_S <= seconds <= LONGEST_CALIBRATION_S:
        raise UserError(
            f"A calibration takes {LEAST_MUSIC_S:.0f} to {LONGEST_CALIBRATION_S:.0f} "
            f"seconds of music, not {seconds:g}: choose a time between."
        )


def check_gain_db(gain_db: float) -> None:
    """Raise UserError for a gain that is none."""
    if not -MOST_GAIN_DB <= gain_db <= MOST_GAIN_DB:
        raise UserError(
            f"A gain of {gain_db:g} dB is none of -{MOST_GAIN_DB:.0f} to "
            f"{MOST_GAIN_DB:.0f} dB: choose one of these."
        )


def one_line(label: str) -> str:
    """Return a label on one line, cut where it is too long."""
    return " ".join(label.split())[:LONGEST_LABEL]
