"""Going on with another source in the place of the one that is listened to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from realtime_mer.controls import Controls
from realtime_mer.engine import Engine
from realtime_mer.errors import UserError
from realtime_mer.live.between import Between
from realtime_mer.live.listening import Listening
from realtime_mer.live.tally import Tally
from realtime_mer.sources.base import Source

FIRST_SOUND_S = 3.0
"""How long a device that is switched to may take to give its first block."""


class Changing:
    """Knows what is listened to, and changes it without a break in what leaves.

    The stream goes on: the next estimate has the next number and the next half second.

    Args:
        first: what is listened to at first.
        tally: counts for the whole run.
        between: has the model's thread do what belongs to it.
        start: starts a source.
        settle: on the model's thread, hands on what is complete.
        controls: are told of another tracker; or None.

    Attributes:
        now: what is listened to; the model's thread alone changes it.
    """

    def __init__(
        self,
        first: Listening,
        tally: Tally,
        between: Between,
        *,
        start: Callable[[Listening], None],
        settle: Callable[[], None],
        controls: Controls | None,
    ) -> None:
        self.now = first
        self._tally = tally
        self._between = between
        self._start = start
        self._settle = settle
        self._controls = controls
        self._one_at_a_time = threading.Lock()

    def switch(self, source: Source, tracker: Engine) -> None:
        """See :meth:`realtime_mer.live.run.LiveRun.switch`."""
        with self._one_at_a_time:
            old, new = self.now, Listening(source, tracker, self._tally)
            try:
                self._check_tape()
                self._start(new)
                self._take_over(new)
            except BaseException:
                new.left = True
                with suppress(UserError):
                    source.close()
                raise
            with suppress(UserError):
                old.source.close()

    def let_go(self) -> None:
        """See :meth:`realtime_mer.live.run.LiveRun.let_go`."""
        self._check_tape()
        self.now.left = True
        with suppress(UserError):
            self.now.source.close()

    def take_up(self, lost: Listening, source: Source) -> Listening | None:
        """Go on with a device that is back, see :class:`~realtime_mer.live.rescue.Rescue`."""
        taken_up: list[Listening] = []

        def go_on() -> None:
            if not lost.left:
                taken_up.append(self._go_on(lost, source))

        with self._one_at_a_time:
            if not self._between.ask(go_on) or not taken_up:
                return None
            self._start(taken_up[0])
            return taken_up[0]

    def _check_tape(self) -> None:
        if self.now.tape is not None:
            raise UserError(
                "The sound is being recorded, in time with the values: switch after the set, "
                "or start without --record-audio."
            )

    def _take_over(self, new: Listening) -> None:
        if not new.heard.wait(FIRST_SOUND_S) or new.ended.is_set():
            raise new.failure or UserError(
                f"“{new.source.name}” gives no sound: check that it is plugged in, or choose "
                "another."
            )
        if not self._between.ask(partial(self._adopt, new)):
            raise UserError("The run is over: start it again to choose a device.")

    # On the model's thread

    def _adopt(self, new: Listening) -> None:
        """Listen to another input, which is another piece of music."""
        old = self.now
        self._settle()
        new.tracker.begin_at(old.tracker.next_sequence)
        new.tracker.gain_db = old.tracker.gain_db
        self._replace(old, new)

    def _go_on(self, lost: Listening, source: Source) -> Listening:
        """Listen to a device that is back, with all that was remembered."""
        lost.fill(time.monotonic())
        if lost.fits(source):
            lost.go_on_with(source)
            return lost
        self._settle()
        new = lost.at_rate_of(source)
        self._replace(lost, new)
        return new

    def _replace(self, old: Listening, new: Listening) -> None:
        if self._controls is not None:
            self._controls.use_tracker(new.tracker)
        self._tally.drops += old.source.drops()
        old.left = True
        self.now = new
