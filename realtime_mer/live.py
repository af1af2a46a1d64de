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
from realtime_mer.estimate import SILENT_LEVEL_DB, Estimate, Status
from realtime_mer.feel.chain import Felt
from realtime_mer.feel.cues import CueFired
from realtime_mer.feel.delay import DelayLine
from realtime_mer.model import EmotionModel
from realtime_mer.reach import STATUS_INTERVAL_S, Reach
from realtime_mer.sinks.base import Sink, Tape
from realtime_mer.sources.base import Block, Source

_log = logging.getLogger(__name__)

MOST_WAITING_STEPS = 8
"""Steps that may wait for the worker: 4 s. A file is then held up, a sound card's are given up."""
FIRST_SOUND_S = 3.0
"""How long a device that is switched to may take to give its first block."""
TAKE_OVER_S = 3.0


class _Input:
    """A source and what listens to it."""

    def __init__(self, source: Source, tracker: Engine) -> None:
        self.source = source
        self.tracker = tracker
        self.heard = threading.Event()
        self.ended = threading.Event()
        self.left = False
        self.failure: Exception | None = None


class LiveRun:
    """Carries samples from the source through the tracker to the sinks.

    Three threads meet here. The source's (for a sound card, its audio callback) computes
    frames and wakes the worker. The worker runs the model twice a second, does between two
    steps what somebody asked of the controls, and hands estimates to the sinks, none of
    which blocks. The caller's thread waits.

    The source can be switched while it runs (:meth:`switch`).

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
        self._input = _Input(source, tracker)
        self._next: tuple[_Input, threading.Event] | None = None
        self._switching = threading.Lock()
        self._handing_over = threading.Lock()
        self._earlier_drops = 0
        self._sinks = tuple(sinks)
        self._reach = reach or Reach()
        self._controls = controls
        self._send_cue = send_cue
        self._tape = tape
        self._delayed: DelayLine[Felt] = DelayLine(delay_s)
        self._wake = threading.Event()
        self._room = threading.Event()
        self._stopping = threading.Event()
        self._skipped_steps = 0
        self._latest: dict[int, Estimate] = {}  # of each stream
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
        for sink in self._sinks:
            sink.close()

    @property
    def failure(self) -> Exception | None:
        """Why the source ended before its time, or None."""
        return self._input.failure

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
            old, new = self._input, _Input(source, tracker)
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

    def _check_tape(self) -> None:
        if self._tape is not None:
            raise UserError(
                "The sound is being recorded, in time with the values: switch after the set, "
                "or start without --record-audio."
            )

    def _start(self, heard: _Input) -> None:
        heard.source.start(partial(self._deliver, heard), partial(self._ended, heard))

    def _take_over(self, new: _Input) -> None:
        if not new.heard.wait(FIRST_SOUND_S) or new.ended.is_set():
            raise new.failure or UserError(
                f"“{new.source.name}” gives no sound: check that it is plugged in, or choose "
                "another."
            )
        done = threading.Event()
        self._next = new, done
        self._wake.set()
        done.wait(TAKE_OVER_S)
        with self._handing_over:
            self._next = None
            if not done.is_set():
                raise UserError("The run is over: start it again to choose a device.")

    def _deliver(self, heard: _Input, block: Block) -> None:
        """Take a block: the audio callback."""
        waiting = heard.tracker.listen(block)
        if not heard.heard.is_set():
            heard.heard.set()
        if self._tape is not None:
            self._tape.take(block)
        if waiting:
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

    def _ended(self, heard: _Input, failure: Exception | None) -> None:
        if heard.left:  # it was closed to open another
            return
        heard.failure = failure
        heard.ended.set()
        self._wake.set()

    def _work(self) -> None:
        report_at = time.monotonic()
        flushed = False
        while not self._stopping.is_set():
            if self._adopt():
                report_at = time.monotonic()
            ended = self._input.ended.is_set()
            if self._controls is not None and self._controls.work():
                report_at = time.monotonic()  # whoever asked sees that it is done
            self._shape(self._due())
            if ended and not flushed:
                flushed = True
                if self._input.failure is None:
                    self._shape(self._input.tracker.flush())
            self._hand_out()
            if ended and not self._delayed:
                self._report()
                self.finished.set()
                return
            now = time.monotonic()
            if now >= report_at:
                self._report()
                report_at = max(report_at + STATUS_INTERVAL_S, now)
            self._wake.wait(timeout=max(0.0, min(report_at, self._delayed.next_s or now + 1) - now))
            self._wake.clear()

    def _adopt(self) -> bool:
        """Between two steps: go on with another input, if one waits."""
        with self._handing_over:
            if self._next is None:
                return False
            (new, done), self._next = self._next, None
            old = self._input
            self._shape(self._due())  # what is complete of the old one
            new.tracker.begin_at(old.tracker.next_sequence)
            new.tracker.gain_db = old.tracker.gain_db
            if self._controls is not None:
                self._controls.use_tracker(new.tracker)
            self._earlier_drops += old.source.drops()
            old.left = True
            self._input = new
            done.set()
            return True

    def _due(self) -> list[Estimate]:
        tracker = self._input.tracker
        if self._input.source.live and tracker.waiting_steps > MOST_WAITING_STEPS:
            skipped = tracker.skip_to_now()
            self._skipped_steps += skipped
            _log.warning("This machine was too slow: %.1f s of sound were skipped.", skipped / 2)
        estimates = tracker.estimates()
        self._room.set()
        return estimates

    def _shape(self, estimates: list[Estimate]) -> None:
        for estimate in estimates:
            felt = self._controls.step(estimate) if self._controls else Felt(estimate)
            self._delayed.put(felt, time.monotonic())

    def _hand_out(self) -> None:
        for felt in self._delayed.take(time.monotonic()):
            self._latest[felt.estimate.stream] = felt.estimate
            for sink in self._sinks:
                sink.publish(felt.estimate)
            if self._send_cue is not None:
                for cue in felt.cues:
                    self._send_cue(cue)

    def _report(self) -> None:
        status = self.status()
        for sink in self._sinks:
            sink.report(status)

    def status(self) -> Status:
        """Return how the run is doing."""
        latest, heard = list(self._latest.values()), self._input
        last = latest[-1] if latest else None
        return Status(
            sequence=last.sequence if last else -1,
            time_s=last.time_s if last else 0.0,
            drops=heard.source.drops() + self._earlier_drops + self._skipped_steps,
            level_db=max((each.level_db for each in latest), default=SILENT_LEVEL_DB),
            state=self._state(),
            device=heard.source.name,
            rate_hz=heard.source.rate_hz,
            channels=heard.source.channels,
            model=heard.tracker.model.name,
            provider=heard.tracker.model.provider,
            web_clients=self._reach.web_clients(),
            osc_targets=self._reach.osc_targets(),
            message=str(heard.failure) if heard.failure else "",
            controls=self._controls.state() if self._controls else {},
        )

    def _state(self) -> str:
        if self._input.ended.is_set():
            return "lost" if self._input.failure else "ended"
        if not self._latest:
            return "waiting"
        return "running" if any(each.active for each in self._latest.values()) else "silent"
