"""What the tracker says every 500 ms, and what is said about the run itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STEP_S = 0.5
"""Seconds between two estimates."""

SILENT_LEVEL_DB = -120.0
"""Level reported for digital silence, in dBFS; no level is ever below it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How the music feels at one moment.

    Attributes:
        sequence: number of the estimate since the stream began, from 0.
        time_s: stream time at the end of the step it closes, an exact multiple of 0.5 s.
        dimensions: names of the dimensions, at least ``("arousal", "valence")``.
        mean: expected value of each dimension, -1 to 1.
        std: standard deviation of each dimension, in the same units, above 0.
        level_db: root mean square of the step's samples, in dBFS (-120 in digital silence).
        active: True while there is music; in silence the means glide to neutral.
        raw_mean: what the model itself said, before silence, calibration or smoothing
            touched it; in silence its last word. Empty where it is not known.
        presence: how much of the model's word the mean holds, 0 (neutral) to 1.
        mood: the word for the mean, with hysteresis; empty where nobody chose it yet.
        marks: labels of the marks that were set since the estimate before.
        stream: number of the stream it belongs to, where a run has several (of a desk, the
            channel, from 1 as people count); 0 where it has one.
    """

    sequence: int
    time_s: float
    dimensions: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    level_db: float
    active: bool
    raw_mean: tuple[float, ...] = ()
    presence: float = 1.0
    mood: str = ""
    marks: tuple[str, ...] = ()
    stream: int = 0

    @property
    def arousal(self) -> float:
        """Expected arousal, from -1 (calm) to 1 (excited)."""
        return self.mean[self.dimensions.index("arousal")]

    @property
    def valence(self) -> float:
        """Expected valence, from -1 (unpleasant) to 1 (pleasant)."""
        return self.mean[self.dimensions.index("valence")]

    @property
    def arousal_std(self) -> float:
        """Standard deviation of the arousal."""
        return self.std[self.dimensions.index("arousal")]

    @property
    def valence_std(self) -> float:
        """Standard deviation of the valence."""
        return self.std[self.dimensions.index("valence")]

    def values(self) -> dict[str, float]:
        """Every mean under its name, then every spread under ``NAME_std``."""
        means = dict(zip(self.dimensions, self.mean, strict=True))
        stds = {f"{name}_std": std for name, std in zip(self.dimensions, self.std, strict=True)}
        return means | stds


@dataclass(frozen=True, slots=True)
class Status:
    """How the run itself is doing, said once a second.

    Attributes:
        sequence: number of the last estimate, -1 before the first.
        time_s: stream time of the last estimate in seconds, 0 before the first.
        drops: blocks of audio known to be lost since the start.
        level_db: level of the last step in dBFS.
        state: ``"running"``, ``"silent"`` (no music), ``"waiting"`` (no sample yet),
            ``"lost"`` (the device is gone) or ``"ended"`` (the file is over).
        device: name of the source as a person would say it.
        rate_hz: sample rate of the source.
        channels: number of channels that are heard.
        model: name of the model.
        provider: where it runs, ``"cpu"`` or ``"cuda"``.
        web_clients: browsers connected now.
        osc_targets: ``host:port`` of every OSC receiver.
        message: a sentence for the person where something is wrong, else empty.
        reconnects: how often a lost device was heard again.
        filled_s: seconds of silence put in the place of sound that did not come.
        skipped_s: seconds of sound given up because it came, or was worked on, too late.
        drift_ppm: by how many parts per million the device's clock is faster than the wall's;
            None where it is not known, as in the first minute.
        refused: messages of others, by OSC or WebSocket, that were answered with an error.
        controls: what a person has changed since the start, see
            :meth:`realtime_mer.controls.Controls.state`; empty where nothing can be.
    """

    sequence: int
    time_s: float
    drops: int
    level_db: float
    state: str
    device: str
    rate_hz: int
    channels: int
    model: str
    provider: str
    web_clients: int = 0
    osc_targets: tuple[str, ...] = field(default=())
    message: str = ""
    controls: Mapping[str, object] = field(default_factory=dict)
    reconnects: int = 0
    filled_s: float = 0.0
    skipped_s: float = 0.0
    drift_ppm: float | None = None
    refused: int = 0
