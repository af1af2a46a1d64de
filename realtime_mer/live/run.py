"""A live run: one source, one tracker, many sinks, and the threads between them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from realtime_mer.controls import Controls
from realtime_mer.engine import Engine
from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S, Estimate, Status
from realtime_mer.feel.cues import CueFired
from realtime_mer.live.between import Between
from realtime_mer.live.care import LOOK_S, Care
from realtime_mer.live.listening import Listening
from realtime_mer.live.rescue import Rescue
from realtime_mer.live.steady_tape import SteadyTape
from realtime_mer.live.tally import Tally
from realtime_mer.live.telling import Telling
from realtime_mer.model import EmotionModel
from realtime_mer.reach import STATUS_INTERVAL_S, Reach
from realtime_mer.sinks.base import Sink, Tape
from realtime_mer.sources.base import Block, Source

_log = logging.getLogger(__name__)

MOST_WAITING_STEPS = 8
"""Steps that may wait for the worker: 4 s. A file is then held up, a sound card's are given up."""
FIRST_SOUND_S = 3.0
"""How long a device that is switched to may take to give its first block."""


class LiveRun:
    """Carries samples from the source through the tracker to the sinks.

    Three threads meet here. The source's computes frames and wakes the worker. The worker
    runs the model twice a second, does between two steps what somebody asked of the controls,
    hands estimates to the sinks, none of which blocks, and looks after the source. The
    caller's thread waits.

    A device that is lost leaves silence until it is back; a file ends the run. The source can
    be switched while it runs (:meth:`switch`).

    Args:
        source: opened, not started; closed by :meth:`close`.
        tracker: made for the source's rate; for one stream, or for one in each channel.
        sinks: closed by :meth:`close`.
        reach: who can be told.
        controls: shape the estimates and let a person change how; None leaves them as the
            tracker makes them.
        delay_s: how much later than it could everything is handed out.
        send_cue: sends a cue's message; does not block.
        tape: is given every block that the tracker is given; closed by :meth:`close`.
    """

    def __init__(
        self,
        source: Source,
        tracker: Engine,
        sinks: Sequence[Sink],
        reach: Reach | None = None,
        *,
        controls: Controls | None = None,
        delay_s: float = 0.0,
        send_cue: Callable[[CueFired], None] | None = None,
        tape: Tape | None = None,
    ) -> None:
        self._tally = Tally()
        reach = reach or Reach()
        self._latency = reach.latency
        self._tape = SteadyTape(tape, source.rate_hz, source.channels) if tape else None
        self._input = Listening(source, tracker, self._tally, self._tape)
        self._controls = controls
        self._telling = Telling(sinks, reach, self._tally, controls, delay_s, send_cue)
        self._switching = threading.Lock()
        self._wake = threading.Event()
        self._room = threading.Event()
        self._stopping = threading.Event()
        self._between = Between(self._wake.set)
        self._care = Care(Rescue(self._take_up, self._tally, self._stopping))
        self._worker = threading.Thread(target=self._work, name="estimates", daemon=True)
        self.finished = threading.Event()
        """Set when the source has ended and its last estimate is out."""
        if controls is not None:
            controls.wake = self._wake.set

    def start(self) -> None:
        """Begin to listen."""
        self._worker.start()
        self._start(self._input)

    def close(self) -> None:
        """Stop listening, hand out what is due, close source and sinks."""
        self._stopping.set()
        self._room.set()
        with suppress(UserError):
            self._input.source.close()
        self._wake.set()
        self._worker.join(timeout=1.0)
        if self._tape is not None:
            self._tape.close()
        self._telling.close()

    @property
    def failure(self) -> Exception | None:
        """Why the source ended before its time, or None."""
        return self._input.failure if self._input.over else None

    @property
    def source(self) -> Source:
        """What is listened to."""
        return self._input.source

    @property
    def model(self) -> EmotionModel:
        """What listens."""
        return self._input.tracker.model

    def switch(self, source: Source, tracker: Engine) -> None:
        """Listen to another source, without a break in what leaves.

        The stream goes on: the next estimate has the next number and the next half second,
        so that recordings, the history of the set and receivers keep one line of time. What
        was remembered of the music does not: another input has another level and another
        sound, and half a minute of memory of the one would colour the other.

        For any thread but the one that runs the model; returns when it is done.

        Args:
            source: opened, not started; it is closed again where this fails.
            tracker: made for its rate.

        Raises:
            UserError: where it gives no sound; what was listened to goes on.
        """
        with self._switching:
            old, new = self._input, Listening(source, tracker, self._tally)
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
        """Close the source and wait for :meth:`switch`, for a device that opens only once.

        Raises:
            UserError: where the sound is being recorded.
        """
        self._check_tape()
        self._input.left = True
        with suppress(UserError):
            self._input.source.close()

    def hold_on(self, why: UserError) -> None:
        """Have what was let go opened again as soon as it can be, since nothing else could."""
        self._input.left = False
        self._ended(self._input, self._input.source, why)

    def status(self) -> Status:
        """Return how the run is doing."""
        return self._telling.status(self._input)

    def _check_tape(self) -> None:
        if self._tape is not None:
            raise UserError(
                "The sound is being recorded, in time with the values: switch after the set, "
                "or start without --record-audio."
            )

    def _start(self, heard: Listening) -> None:
        source = heard.source
        source.start(partial(self._deliver, heard), partial(self._ended, heard, source))

    # On the source's thread

    def _deliver(self, heard: Listening, block: Block) -> None:
        waiting = heard.take(block)
        if waiting:
            if self._tally.due_since_s is None:
                self._tally.due_since_s = time.monotonic()
            self._wake.set()
        while not heard.source.live and (waiting > MOST_WAITING_STEPS or self._tape_hurried()):
            if self._stopping.is_set() or heard.left:
                return
            self._room.clear()
            self._wake.set()
            self._room.wait(timeout=0.1)
            waiting = heard.tracker.waiting_steps

    def _tape_hurried(self) -> bool:
        return self._tape is not None and self._tape.hurried

    def _ended(self, heard: Listening, source: Source, failure: Exception | None) -> None:
        if heard.left or heard.source is not source:  # it was closed to open another
            return
        heard.failure = failure
        heard.ended.set()
        self._wake.set()

    # On threads that bring another source

    def _take_over(self, new: Listening) -> None:
        if not new.heard.wait(FIRST_SOUND_S) or new.ended.is_set():
            raise new.failure or UserError(
                f"“{new.source.name}” gives no sound: check that it is plugged in, or choose "
                "another."
            )
        if not self._between.ask(partial(self._adopt, new)):
            raise UserError("The run is over: start it again to choose a device.")

    def _take_up(self, lost: Listening, source: Source) -> Listening | None:
        """Go on with a device that is back, see :class:`~realtime_mer.live.rescue.Rescue`."""
        taken_up: list[Listening] = []

        def go_on() -> None:
            if not lost.left:
                taken_up.append(self._go_on(lost, source))

        with self._switching:
            if not self._between.ask(go_on) or not taken_up:
                return None
            self._start(taken_up[0])
            return taken_up[0]

    # On the model's thread

    def _work(self) -> None:
        report_at = time.monotonic()
        flushed = False
        while not self._stopping.is_set():
            asked = self._between.work()
            heard = self._input
            if self._controls is not None and self._controls.work():
                asked = True
            if self._care.look(heard) or asked:
                report_at = time.monotonic()  # whoever asked sees that it is done
            over = heard.over
            due_since_s, self._tally.due_since_s = self._tally.due_since_s, None
            self._telling.shape(self._due())
            if over and not flushed:
                flushed = True
                if heard.failure is None:
                    self._telling.shape(heard.tracker.flush())
            self._telling.hand_out()
            if due_since_s is not None:
                self._latency.observe(time.monotonic() - due_since_s)
            if over and not self._telling.waits:
                self._telling.report(heard)
                self.finished.set()
                return
            now = time.monotonic()
            if now >= report_at:
                self._telling.report(heard)
                report_at = max(report_at + STATUS_INTERVAL_S, now)
            until = min(report_at, self._telling.next_s or report_at)
            if heard.source.live:
                until = min(until, now + LOOK_S)
            self._wake.wait(timeout=max(0.0, until - now))
            self._wake.clear()

    def _due(self) -> list[Estimate]:
        heard = self._input
        tracker = heard.tracker
        if heard.source.live and not heard.lost and tracker.waiting_steps > MOST_WAITING_STEPS:
            skipped = tracker.skip_to_now()
            self._tally.skipped_steps += skipped
            self._tally.skipped_s += skipped * STEP_S
            _log.warning(
                "This machine was too slow: %.1f s of sound were skipped.", skipped * STEP_S
            )
        estimates = tracker.estimates()
        self._room.set()
        return estimates

    def _adopt(self, new: Listening) -> None:
        """Listen to another input, which is another piece of music."""
        old = self._input
        self._telling.shape(self._due())  # what is complete of the old one
        new.tracker.begin_at(old.tracker.next_sequence)
        new.tracker.gain_db = old.tracker.gain_db
        self._replace(old, new)

    def _go_on(self, lost: Listening, source: Source) -> Listening:
        """Listen to a device that is back, with all that was remembered."""
        lost.fill(time.monotonic())
        if lost.fits(source):
            lost.go_on_with(source)
            return lost
        self._telling.shape(self._due())
        new = lost.at_rate_of(source)
        self._replace(lost, new)
        return new

    def _replace(self, old: Listening, new: Listening) -> None:
        if self._controls is not None:
            self._controls.use_tracker(new.tracker)
        self._tally.drops += old.source.drops()
        old.left = True
        self._input = new
