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
from realtime_mer.live.changing import Changing
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
        self._controls = controls
        self._telling = Telling(sinks, reach, self._tally, controls, delay_s, send_cue)
        self._wake = threading.Event()
        self._room = threading.Event()
        self._stopping = threading.Event()
        self._between = Between(self._wake.set)
        self._changing = Changing(
            Listening(source, tracker, self._tally, self._tape),
            self._tally,
            self._between,
            start=self._start,
            settle=self._settle,
            controls=controls,
        )
        self._care = Care(Rescue(self._changing.take_up, self._tally, self._stopping))
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
        self._changing.switch(source, tracker)

    def let_go(self) -> None:
        """Close the source and wait for :meth:`switch`, for a device that opens only once.

        Raises:
            UserError: where the sound is being recorded.
        """
        self._changing.let_go()

    def hold_on(self, why: UserError) -> None:
        """Have what was let go opened again as soon as it can be, since nothing else could."""
        self._input.left = False
        self._ended(self._input, self._input.source, why)

    def status(self) -> Status:
        """Return how the run is doing."""
        return self._telling.status(self._input)

    @property
    def _input(self) -> Listening:
        return self._changing.now

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
            self._settle()
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

    def _settle(self) -> None:
        """Hand on what is complete."""
        self._telling.shape(self._due())

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
