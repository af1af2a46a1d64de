"""The whole way from what the model says to what leaves, in the order it is gone.

raw values → the band's own range → silence → rise and fall → freeze → word → cues

Silence comes after the calibration, so that neutral stays neutral whatever the band's
centre is. A delay, which needs a clock, comes last, in the live run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.cues import SILENT, Cue, CueFired, Cues
from realtime_mer.feel.learning import Adaptation, Calibrator
from realtime_mer.feel.smoothing import Smoothing
from realtime_mer.feel.words import MoodWord

ADAPT_S = 600.0
"""Time constant of an adaptation that nobody chose one for: ten minutes."""


@dataclass(frozen=True, slots=True)
class Felt:
    """An estimate as it leaves, and the cues that leave with it."""

    estimate: Estimate
    cues: tuple[CueFired, ...] = ()


@dataclass(frozen=True, slots=True)
class Learning:
    """How far a calibration is: its name to be, seconds of music heard, seconds wanted."""

    name: str
    heard_s: float
    seconds: float


class Feel:
    """Shapes the estimates of one stream.

    With nothing set the values leave as they came, to the bit, with a word for them.

    Args:
        dimensions: names of the model's dimensions.
        model: its name.
        calibration: where the band lives; None for the model's own scale.
        adapt_s: time constant in seconds with which the range follows the music; 0 for not.
        rise_s: time constant of every mean on its way up, 0 for none.
        fall_s: the same on its way down.
        cues: what is sent when.

    Attributes:
        frozen: while True, means, spreads, ``active`` and the word stay as they are, no cue
            fires and the range follows nothing; level and time go on.
    """

    def __init__(
        self,
        dimensions: Sequence[str],
        model: str = "",
        *,
        calibration: Calibration | None = None,
        adapt_s: float = 0.0,
        rise_s: float = 0.0,
        fall_s: float = 0.0,
        cues: Sequence[Cue] = (),
    ) -> None:
        self.frozen = False
        self._dimensions = tuple(dimensions)
        self._model = model
        self._adapt_s = adapt_s
        self._smoothing = Smoothing(len(self._dimensions), rise_s, fall_s)
        self._mood = MoodWord()
        self._cues = Cues(cues)
        self._learner: tuple[str, Calibrator] | None = None
        self._last: Estimate | None = None
        self._time_s = 0.0
        self.use(calibration)
        if adapt_s > 0.0:
            self.hold_range(False)

    # What a person changes

    def use(self, calibration: Calibration | None) -> None:
        """Map by another calibration from now on, or by none; one being learned is given up.

        Args:
            calibration: where an adaptation, if there is one, begins anew; None ends it too.
        """
        self._learner = None
        self._calibration = calibration
        self._adaptation: Adaptation | None = None
        if calibration is not None and self._adapt_s > 0.0:
            self._adaptation = Adaptation(calibration, self._adapt_s)

    def learn(self, seconds: float, name: str = "") -> None:
        """Begin to learn a calibration from so many seconds of music."""
        self._learner = name, Calibrator(self._dimensions, seconds)

    def stop_learning(self) -> Calibration | None:
        """Make do with what was heard and use it; None where nothing is being learned.

        Raises:
            UserError: where that is too little; then nothing changes but that it stops.
        """
        if self._learner is None:
            return None
        (name, calibrator), self._learner = self._learner, None
        calibration = calibrator.result(name, self._model)
        self.use(calibration)
        return calibration

    def hold_range(self, hold: bool) -> None:
        """Keep the range where it has come to, or let it follow the music again."""
        if hold and self._adaptation is not None:
            self._calibration = self._adaptation.calibration
            self._adaptation = None
        elif not hold and self._adaptation is None:
            start = self._calibration or self._whole_scale()
            self._adaptation = Adaptation(start, self._adapt_s or ADAPT_S)

    # What is so

    @property
    def calibration(self) -> Calibration | None:
        """What the values are mapped by now."""
        return self._adaptation.calibration if self._adaptation else self._calibration

    @property
    def adapting(self) -> bool:
        """Whether the range follows the music."""
        return self._adaptation is not None

    @property
    def learning(self) -> Learning | None:
        """How far a calibration is that is being learned, or None."""
        if self._learner is None:
            return None
        name, calibrator = self._learner
        return Learning(name, calibrator.heard_s, calibrator.seconds)

    # What happens to an estimate

    def step(self, estimate: Estimate) -> Felt:
        """Shape the next estimate of the stream."""
        elapsed_s = estimate.time_s - self._time_s
        dt_s = elapsed_s if elapsed_s > 0.0 else STEP_S  # a stream may begin anew
        self._time_s = estimate.time_s
        if self._learner is not None:
            self._learner[1].take(estimate)
        if self.frozen and self._last is not None:
            return Felt(self._held(self._last, estimate))
        if self._adaptation is not None:
            self._adaptation.take(estimate)
        shaped = self._mapped(estimate)
        shaped = replace(shaped, mean=self._smoothing.step(shaped.mean, dt_s))
        shaped = replace(shaped, mood=self._mood.step(shaped.arousal, shaped.valence))
        self._last = shaped
        word = shaped.mood if shaped.active else SILENT
        return Felt(shaped, self._cues.step(word, shaped.time_s))

    def learned(self) -> Calibration | None:
        """Return the calibration that has just been completed, once, after using it."""
        if self._learner is None or not self._learner[1].done:
            return None
        return self.stop_learning()

    def _mapped(self, estimate: Estimate) -> Estimate:
        calibration = self.calibration
        if calibration is None:
            return estimate
        if estimate.raw_mean:
            presence = estimate.presence
            mean = tuple(presence * value for value in calibration.means(estimate.raw_mean))
        else:
            mean = calibration.means(estimate.mean)
        return replace(estimate, mean=mean, std=calibration.stds(estimate.std))

    @staticmethod
    def _held(last: Estimate, now: Estimate) -> Estimate:
        return replace(
            last,
            sequence=now.sequence,
            time_s=now.time_s,
            level_db=now.level_db,
            raw_mean=now.raw_mean,
            presence=now.presence,
        )

    def _whole_scale(self) -> Calibration:
        count = len(self._dimensions)
        return Calibration("", self._dimensions, (0.0,) * count, (1.0,) * count)
