"""A recorded set sent again, in time or faster."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from realtime_mer.estimate import SILENT_LEVEL_DB, Estimate, Status
from realtime_mer.feel.chain import Feel
from realtime_mer.feel.cues import Cue, CueFired
from realtime_mer.reach import STATUS_INTERVAL_S, Reach
from realtime_mer.recording import Recording
from realtime_mer.sinks.base import Sink

PROVIDER = "recording"
"""Where the model of a replay runs: nowhere, it ran."""

JOIN_LIMIT_S = 1.0
MOST_MARKS = 100
"""Marks that are told, as in a live run."""

NOTHING_SET: dict[str, object] = {
    "frozen": False,
    "calibration": None,
    "adapting": False,
    "calibrating": None,
    "gain_db": 0.0,
    "message": "",
}
"""What was set by hand is in the values; nothing is now."""


class ReplayRun:
    """Hands the estimates of a recording to sinks as they came.

    Sequence numbers, times and values are those of the recording: what a calibration or a
    smoothing did is in them and is not done again. Words and cues are not recorded; they
    follow from the values as they did. Estimate by estimate the schedule is that of the
    recording, so gaps stay gaps; it sums no sleeps and does not drift.

    Args:
        recording: what is sent.
        sinks: closed by :meth:`close`.
        reach: who can be told.
        speed: 1 for the set's own, ``math.inf`` for as fast as it goes.
        from_s: stream time to begin at, before the end of the recording.
        loop: begin again at ``from_s`` when the end is reached, until closed.
        cues: what is sent when.
        send_cue: sends a cue's message; does not block.
    """

    def __init__(
        self,
        recording: Recording,
        sinks: Sequence[Sink],
        reach: Reach | None = None,
        *,
        speed: float = 1.0,
        from_s: float = 0.0,
        loop: bool = False,
        cues: Sequence[Cue] = (),
        send_cue: Callable[[CueFired], None] | None = None,
    ) -> None:
        self._recording = recording
        self._sinks = tuple(sinks)
        self._reach = reach or Reach()
        self._speed = speed
        self._from_s = from_s
        self._loop = loop
        self._cues = tuple(cues)
        self._send_cue = send_cue
        self._stopping = threading.Event()
        self._last: Estimate | None = None
        self._ended = False
        self._marks: deque[dict[str, object]] = deque(maxlen=MOST_MARKS)
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
        self.finished = threading.Event()
        """Set when the last estimate is out."""

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self) -> None:
        """Stop, close the sinks."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_LIMIT_S)
        for sink in self._sinks:
            sink.close()

    def _run(self) -> None:
        begin_s = report_s = time.monotonic()
        while not self._stopping.is_set():
            report_s = self._play(begin_s, report_s)
            if not self._loop:
                break
            begin_s += (self._recording.duration_s - self._from_s) / self._speed
        self._ended = True
        if not self._stopping.is_set():
            self._report()
            self.finished.set()

    def _play(self, begin_s: float, report_s: float) -> float:
        """Play once from a moment of the monotonic clock; return when the next report is due."""
        recording = self._recording
        self._marks.clear()
        feel = Feel(recording.dimensions, recording.model, cues=self._cues)
        for estimate in recording.estimates:
            felt = feel.step(estimate)  # from the set's beginning: the word depends on the past
            if estimate.time_s <= self._from_s:
                continue
            due_s = begin_s
            if math.isfinite(self._speed):
                due_s += (estimate.time_s - self._from_s) / self._speed
            while not self._stopping.is_set():
                now_s = time.monotonic()
                if now_s >= report_s:
                    self._report()
                    report_s = max(report_s + STATUS_INTERVAL_S, now_s)
                if now_s >= due_s:
                    break
                self._stopping.wait(min(due_s, report_s) - now_s)
            if self._stopping.is_set():
                break
            self._last = felt.estimate
            for label in felt.estimate.marks:
                self._marks.append({"time_s": felt.estimate.time_s, "label": label})
            for sink in self._sinks:
                sink.publish(felt.estimate)
            if self._send_cue is not None:
                for cue in felt.cues:
                    self._send_cue(cue)
        return report_s

    def _report(self) -> None:
        status = self.status()
        for sink in self._sinks:
            sink.report(status)

    def status(self) -> Status:
        """Return how far it is."""
        last = self._last
        _, rate_hz, channels = self._recording.device
        return Status(
            sequence=last.sequence if last else -1,
            time_s=last.time_s if last else 0.0,
            drops=0,
            level_db=last.level_db if last else SILENT_LEVEL_DB,
            state=self._state(),
            device=replay_name(self._recording),
            rate_hz=rate_hz,
            channels=channels,
            model=self._recording.model,
            provider=PROVIDER,
            web_clients=self._reach.web_clients(),
            osc_targets=self._reach.osc_targets(),
            controls={**NOTHING_SET, "marks": list(self._marks)},
            refused=self._reach.refused(),
        )

    def _state(self) -> str:
        if self._ended:
            return "ended"
        if self._last is None:
            return "waiting"
        return "running" if self._last.active else "silent"


def replay_name(recording: Recording) -> str:
    """Return what a person sees in place of the device: a replay is not taken for the show."""
    return f"{recording.path.name} (replay)"
