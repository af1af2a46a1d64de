"""The same way for several streams at once, each with a memory of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel, Felt, Learning

NOT_HERE = (
    "A calibration is learned from one stream alone: start with --channels and the number of "
    "that channel, calibrate, and use it here by its name."
)


class FeelEach:
    """Shapes the estimates of several streams; what a person sets counts for all of them.

    Args:
        streams: their numbers.
        make: returns what shapes the estimates of the stream of a number.
    """

    def __init__(self, streams: Iterable[int], make: Callable[[int], Feel]) -> None:
        self._feels = {stream: make(stream) for stream in streams}
        self._first = next(iter(self._feels.values()))

    # What a person changes

    @property
    def frozen(self) -> bool:
        """Whether everything is held."""
        return self._first.frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        for feel in self._feels.values():
            feel.frozen = frozen

    def use(self, calibration: Calibration | None) -> None:
        """Map every stream by this calibration from now on, or by none."""
        for feel in self._feels.values():
            feel.use(calibration)

    def learn(self, seconds: float, name: str = "") -> None:
        """Refuse: the range of one channel is not that of another.

        Raises:
            UserError: always, with what to do instead.
        """
        raise UserError(NOT_HERE)

    def stop_learning(self) -> Calibration | None:
        """Return None: nothing is ever learned here."""
        return None

    def hold_range(self, hold: bool) -> None:
        """Keep every range where it has come to, or let each follow its music again."""
        for feel in self._feels.values():
            feel.hold_range(hold)

    # What is so

    @property
    def calibration(self) -> Calibration | None:
        """What all are mapped by; where each follows its music, that of the first."""
        return self._first.calibration

    @property
    def adapting(self) -> bool:
        """Whether the ranges follow the music."""
        return self._first.adapting

    @property
    def learning(self) -> Learning | None:
        """None: nothing is ever learned here."""
        return None

    # What happens to an estimate

    def step(self, estimate: Estimate) -> Felt:
        """Shape the next estimate of its stream."""
        return self._feels[estimate.stream].step(estimate)

    def learned(self) -> Calibration | None:
        """Return None: nothing is ever learned here."""
        return None
