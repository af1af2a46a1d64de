"""What is known at one moment, between estimates too: what routes take their values from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from realtime_mer.estimate import Estimate
from realtime_mer.mood import mood


@dataclass(frozen=True, slots=True)
class Moment:
    """The values of an estimate, or values on their way from one to the next.

    Attributes:
        values: every mean under its dimension's name (-1 to 1) and every standard
            deviation under ``NAME_std``; arousal and valence at least.
        level_db: root mean square of the sound, in dBFS.
        active: whether there is music.
        mood: the word for the last estimate.
        stream: that it belongs to, 0 where there is one alone.
    """

    values: Mapping[str, float]
    level_db: float
    active: bool
    mood: str
    stream: int = 0

    @property
    def arousal(self) -> float:
        """Arousal, -1 to 1."""
        return self.values["arousal"]

    @property
    def valence(self) -> float:
        """Valence, -1 to 1."""
        return self.values["valence"]


def moment_of(estimate: Estimate) -> Moment:
    """Return what an estimate says."""
    return Moment(
        values=estimate.values(),
        level_db=estimate.level_db,
        active=estimate.active,
        mood=estimate.mood or mood(estimate.arousal, estimate.valence),
        stream=estimate.stream,
    )
