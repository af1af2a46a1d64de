"""What a system of the literature is, and what fitting one takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from train.datasets.base import Recording
from train.predict import Series

Float32 = NDArray[np.float32]

SIGN_SIZE = 0.25  # a sign is fitted as this number, the usual spread of ratings


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a system learns from.

    Attributes:
        recordings: rated, of one set or of several.
        scales: factor from a set's ratings to the common scale, 1 where it is not named.
        seed: of weights and order.
        unlabelled: music nobody rated, for systems that are pre-trained.
    """

    recordings: Sequence[Recording]
    scales: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    unlabelled: Sequence[Recording] = ()

    def scale(self, recording: Recording) -> float:
        """Return the factor from a recording's ratings to what is fitted."""
        if recording.ratings.kind == "quadrant":
            return SIGN_SIZE
        return self.scales.get(recording.dataset, 1.0)

    def wanted(self, recording: Recording) -> Float32:
        """Return what is fitted for each span, ``[spans, 2]``."""
        values: Float32 = np.float32(self.scale(recording)) * recording.ratings.mean
        return values


class Fitted(Protocol):
    """A fitted system.

    Attributes:
        parameters: number of values that were fitted.
    """

    parameters: int

    def estimate(self, recording: Recording) -> Series:
        """Return the estimates of a recording, on the common scale."""
        ...


class Fit(Protocol):
    """What fits a system."""

    def hear(self, recording: Recording) -> object:
        """Describe a recording, and remember it, as fitting and estimating will."""
        ...

    def __call__(self, lesson: Lesson) -> Fitted:
        """Fit to a lesson; the same lesson gives the same."""
        ...


@dataclass(frozen=True, slots=True)
class System:
    """A system to stand beside.

    Attributes:
        name: as it stands in the table.
        source: paper or project it is taken from.
        fit: fits it to a lesson.
        ear: what describes the sound: ``"none"``, ``"log-mel"``, ``"openSMILE"``,
            ``"spectrum"``, ``"YAMNet"`` or ``"VGGish"``.
        causal: whether an estimate depends on nothing that is heard after it.
        live: whether it can be exported and run by the tracker.
        pretrained: whether it also learns from music nobody rated.
        effort: 0 is fitted in a second and judged across sets as well; 1 is a network; 2 is
            one of many alike, and waits until all others are done.
        version: part of the cache's key; raise it with any change of what it does.
    """

    name: str
    source: str
    fit: Fit
    ear: str = "log-mel"
    causal: bool = False
    live: bool = False
    pretrained: bool = False
    effort: int = 1
    version: int = 1
