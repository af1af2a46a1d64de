"""A live run: one source, one tracker, many sinks, and the threads between them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from realtime_mer.controls import Controls
from realtime_mer.errors import UserError
from realtime_mer.estimate import SILENT_LEVEL_DB, Estimate, Status
from realtime_mer.feel.chain import Felt
from realtime_mer.feel.cues import CueFired
from realtime_mer.feel.delay import DelayLine
from realtime_mer.reach import STATUS_INTERVAL_S, Reach
from realtime_mer.sinks.base import Sink, Tape
from realtime_mer.sources.base import Block, Source
from realtime_mer.tracker import Tracker

_log = logging.getLogger(__name__)

MOST_WAITING_STEPS = 8
"""Steps that may wait for the worker: 4 s. A file is then held up, a sound card's are given up."""


class LiveRun:
    """Carries samples from the source through the tracker to the sinks.

    Three threads meet here. The source's (for a sound card, its audio callback) computes
    frames and wakes the worker. The worker runs the model twice a second, does between two
    steps what somebody asked of the controls, and hands estimates to the sinks, none of
    which blocks. The caller's thread waits.

    Args:
        source: opened, not started; closed by :meth:`close`.
        tracker: made for the source's rate.
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
        tracker: Tracker,
        sinks: Sequence[Sink],
        reach: Reach | None = None,
        *,
        controls: Controls | None = None,
        delay_s: float = 0.0,
        send_cue: Callable[[CueFired], None] | None = None,
        tape: Tape | None = None,
    ) -> None:
        self._source = source
        self._tracker = tracker
        self._sinks = tuple(sinks)
        self._reach = reach or Reach()
        self._controls = controls
        self._send_cue = send_cue
        self._tape = tape
        self._delayed: DelayLine[Felt] = DelayLine(delay_s)
        self._wake = threading.Event()
        self._room = threading.Event()
        self._stopping = threading.Event()
        self._source_ended = threading.Event()
        self._failure: Exception | None = None
        self._skipped_steps = 0
        self._last: Estimate | None = None
        self._worker = threading.Thread(target=self._work, name="estimates", daemon=True)
        self.finished = threading.Event()
        """Set when the source has ended and its last estimate is out."""
        if controls is not None:
            controls.wake = self._wake.set

    def start(self) -> None:
        """Begin to listen."""
        self._worker.start()
        self._source.start(self._deliver, self._ended)

    def close(self) -> None:
        """Stop listening, hand out what is due, close source and sinks."""
        self._stopping.set()
        self._room.set()
        with suppress(UserError):
            self._source.close()
        self._wake.set()
        self._worker.join(timeout=1.0)
        if self._tape is not None:
            self._tape.close()
        for sink in self._sinks:
            sink.close()

    @property
    def failure(self) -> Exception | None:
        """Why the source ended before its time, or None."""
        return self._failure

    def _deliver(self, block: Block) -> None:
        """Take a block: the audio callback."""
        waiting = self._tracker.listen(block)
        if self._tape is not None:
            self._tape.take(block)
        if waiting:
            self._wake.set()
        while not self._source.live and (waiting > MOST_WAITING_STEPS or self._tape_hurried()):
            if self._stopping.is_set():
                return
            self._room.clear()
            self._wake.set()
            self._room.wait(timeout=0.1)
            waiting = self._tracker.waiting_steps

    def _tape_hurried(self) -> bool:
        return self._tape is not None and self._tape.hurried

    def _ended(self, failure: Exception | None) -> None:
        self._failure = failure
        self._source_ended.set()
        self._wake.set()

    def _work(self) -> None:
        report_at = time.monotonic()
        flushed = False
        while not self._stopping.is_set():
            ended = self._source_ended.is_set()
            if self._controls is not None and self._controls.work():
                report_at = time.monotonic()  # whoever asked sees that it is done
            self._shape(self._due())
            if ended and not flushed:
                flushed = True
                if self._failure is None:
                    self._shape(self._tracker.flush())
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

    def _due(self) -> list[Estimate]:
        if self._source.live and self._tracker.waiting_steps > MOST_WAITING_STEPS:
            skipped = self._tracker.skip_to_now()
            self._skipped_steps += skipped
            _log.warning("This machine was too slow: %.1f s of sound were skipped.", skipped / 2)
        estimates = self._tracker.estimates()
        self._room.set()
        return estimates

    def _shape(self, estimates: list[Estimate]) -> None:
        for estimate in estimates:
            felt = self._controls.step(estimate) if self._controls else Felt(estimate)
            self._delayed.put(felt, time.monotonic())

    def _hand_out(self) -> None:
        for felt in self._delayed.take(time.monotonic()):
            self._last = felt.estimate
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
        last = self._last
        return Status(
            sequence=last.sequence if last else -1,
            time_s=last.time_s if last else 0.0,
            drops=self._source.drops() + self._skipped_steps,
            level_db=last.level_db if last else SILENT_LEVEL_DB,
            state=self._state(),
            device=self._source.name,
            rate_hz=self._source.rate_hz,
            channels=self._source.channels,
            model=self._tracker.model.name,
            provider=self._tracker.model.provider,
            web_clients=self._reach.web_clients(),
            osc_targets=self._reach.osc_targets(),
            message=str(self._failure) if self._failure else "",
            controls=self._controls.state() if self._controls else {},
        )

    def _state(self) -> str:
        if self._source_ended.is_set():
            return "lost" if self._failure else "ended"
        if self._last is None:
            return "waiting"
        return "running" if self._last.active else "silent"
