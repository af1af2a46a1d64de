"""From the tracker's estimates to what the sinks are told, and when."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from realtime_mer.controls import Controls
from realtime_mer.estimate import SILENT_LEVEL_DB, Estimate, Status
from realtime_mer.feel.chain import Felt
from realtime_mer.feel.cues import CueFired
from realtime_mer.feel.delay import DelayLine
from realtime_mer.live.listening import Listening
from realtime_mer.live.tally import Tally
from realtime_mer.reach import Reach
from realtime_mer.sinks.base import Sink


class Telling:
    """Shapes estimates, keeps them for the delay, and hands them out.

    Args:
        sinks: who is told.
        reach: who can be told.
        tally: counts for the whole run.
        controls: shape the estimates; None leaves them as the tracker makes them.
        delay_s: how much later than it could everything is handed out.
        send_cue: sends a cue's message; does not block.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        reach: Reach,
        tally: Tally,
        controls: Controls | None,
        delay_s: float,
        send_cue: Callable[[CueFired], None] | None,
    ) -> None:
        self._sinks = tuple(sinks)
        self._reach = reach
        self._tally = tally
        self._controls = controls
        self._send_cue = send_cue
        self._delayed: DelayLine[Felt] = DelayLine(delay_s)
        self._latest: dict[int, Estimate] = {}  # of each stream

    @property
    def waits(self) -> bool:
        """Whether something is still to be handed out."""
        return bool(self._delayed)

    @property
    def next_s(self) -> float | None:
        """When the next estimate is to be handed out, by ``time.monotonic``; None for none."""
        return self._delayed.next_s

    def shape(self, estimates: Sequence[Estimate]) -> None:
        """Take estimates as the tracker makes them."""
        for estimate in estimates:
            felt = self._controls.step(estimate) if self._controls else Felt(estimate)
            self._delayed.put(felt, time.monotonic())

    def hand_out(self) -> None:
        """Tell every sink what is due."""
        for felt in self._delayed.take(time.monotonic()):
            self._latest[felt.estimate.stream] = felt.estimate
            for sink in self._sinks:
                sink.publish(felt.estimate)
            if self._send_cue is not None:
                for cue in felt.cues:
                    self._send_cue(cue)

    def report(self, heard: Listening) -> None:
        """Tell every sink how the run is doing."""
        status = self.status(heard)
        for sink in self._sinks:
            sink.report(status)

    def status(self, heard: Listening) -> Status:
        """Return how the run is doing."""
        latest, tally = list(self._latest.values()), self._tally
        last = latest[-1] if latest else None
        drift_ppm = heard.clock.drift_ppm if heard.source.live else None
        return Status(
            sequence=last.sequence if last else -1,
            time_s=last.time_s if last else 0.0,
            drops=heard.source.drops() + tally.drops + tally.skipped_steps,
            level_db=max((each.level_db for each in latest), default=SILENT_LEVEL_DB),
            state=self._state(heard),
            device=heard.source.name,
            rate_hz=heard.source.rate_hz,
            channels=heard.source.channels,
            model=heard.tracker.model.name,
            provider=heard.tracker.model.provider,
            web_clients=self._reach.web_clients(),
            osc_targets=self._reach.osc_targets(),
            message=self._message(heard),
            controls=self._controls.state() if self._controls else {},
            reconnects=tally.reconnects,
            filled_s=round(tally.filled_s, 3),
            skipped_s=round(tally.skipped_s, 3),
            drift_ppm=None if drift_ppm is None else round(drift_ppm, 1),
            refused=self._reach.refused(),
        )

    def close(self) -> None:
        """Close every sink."""
        for sink in self._sinks:
            sink.close()

    def _message(self, heard: Listening) -> str:
        device = heard.lost or (str(heard.failure) if heard.failure else "")
        return " ".join(filter(None, (device, self._reach.trouble())))

    def _state(self, heard: Listening) -> str:
        if heard.lost:
            return "lost"
        if heard.ended.is_set():
            return "lost" if heard.failure else "ended"
        if not self._latest:
            return "waiting"
        return "running" if any(each.active for each in self._latest.values()) else "silent"
