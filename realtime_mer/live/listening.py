"""One source and what listens to it, in time with the wall whatever the device does."""

from __future__ import annotations

import logging
import threading
import time

import numpy as np

from realtime_mer.engine import Engine
from realtime_mer.estimate import STEP_S
from realtime_mer.live.sample_clock import SampleClock
from realtime_mer.live.steady_tape import SteadyTape
from realtime_mer.live.tally import Tally
from realtime_mer.live.watch import Watch
from realtime_mer.sources.base import Block, Device, Source

_log = logging.getLogger(__name__)

BY_ITSELF = "It is opened again by itself as soon as it is back."

PIECE_S = 1.0
"""Silence is put in by so much at a time."""


class Listening:
    """Takes blocks from a source's thread; everything else belongs to the model's thread.

    Of a live source the clock is watched: silence takes the place of what is lost, and what
    comes too late after that is skipped, so that stream time stays the time on the wall.

    Args:
        source: what is listened to; another one may take its place after a loss.
        tracker: made for its rate and channels.
        tally: counts for the whole run.
        tape: keeps what the tracker hears, or None.

    Attributes:
        heard: set with the first block of the source.
        ended: set when it will give no more.
        left: True once it is not listened to any more.
        failure: why the source ended before its time.
        lost: why nothing comes at the moment, as a sentence; empty while all is well.
        returns: whether the source may come back after its end, as a device does.
    """

    def __init__(
        self, source: Source, tracker: Engine, tally: Tally, tape: SteadyTape | None = None
    ) -> None:
        self.source = source
        self.tracker = tracker
        self.tape = tape
        self.heard = threading.Event()
        self.ended = threading.Event()
        self.left = False
        self.failure: Exception | None = None
        self.lost = ""
        self.clock = SampleClock(source.rate_hz)
        self.returns = isinstance(source, Device)
        self._channels = source.channels
        self._tally = tally
        self._watch = Watch()
        self._blocks = 0
        self._lock = threading.Lock()

    @property
    def over(self) -> bool:
        """Whether nothing will come any more."""
        return self.ended.is_set() and not self.returns

    def fits(self, source: Source) -> bool:
        """Whether a source has the rate and the channels this was made for."""
        return (source.rate_hz, source.channels) == (self.clock.rate_hz, self._channels)

    def take(self, block: Block) -> int:
        """Take a block; return how many steps wait for the model."""
        with self._lock:
            if self.source.live:
                block = self._in_time(block)
            waiting = self._pass_on(block)
            self._blocks += 1
        if not self.heard.is_set():
            self.heard.set()
        return waiting

    def say_lost(self, why: Exception | None) -> None:
        """Say that nothing comes, and why as far as that is known."""
        said = str(why) if why else f"“{self.source.name}” gives no sound any more."
        self.lost = f"{said} {BY_ITSELF}" if self.returns else said

    def go_on_with(self, source: Source) -> None:
        """Listen to another source of the same rate and channels from now on."""
        self._tally.drops += self.source.drops()
        self.heard.clear()
        self.failure = None
        self.source = source
        self.ended.clear()

    def at_rate_of(self, source: Source) -> Listening:
        """Return what goes on with a source of another rate; this is done with then.

        All that was remembered of the music goes on. The step that was begun is begun again,
        with silence for what is past of it.
        """
        rate_hz = source.rate_hz
        begun_s = self.clock.position / self.clock.rate_hz % STEP_S
        begun = round(begun_s * rate_hz)
        tracker = self.tracker.at_rate(rate_hz)
        tracker.begin_at(self.tracker.next_sequence)
        tracker.listen(np.zeros((begun, self._channels), np.float32))
        new = Listening(source, tracker, self._tally, self.tape)
        new.clock = self.clock.go_on(rate_hz, begun)
        new.lost = self.lost
        return new

    def still_s(self, now_s: float) -> float:
        """Return for how long no block has come."""
        return self._watch.look(self._blocks, now_s)

    def fill(self, now_s: float) -> None:
        """Put silence where sound should have come by now."""
        with self._lock:
            self._silence(self.clock.fill(now_s))

    def _in_time(self, block: Block) -> Block:
        now_s = time.monotonic()
        if skipped := self.clock.surplus(now_s, len(block)):
            self._tally.skipped_s += skipped / self.clock.rate_hz
            block = block[skipped:]
        missing = self.clock.take(now_s, len(block))
        if missing:
            _log.warning(
                "%.2f s of sound from “%s” are lost; silence stands in for them.",
                missing / self.clock.rate_hz,
                self.source.name,
            )
            self._silence(missing)
        return block

    def _silence(self, samples: int) -> None:
        self._tally.filled_s += samples / self.clock.rate_hz
        piece = np.zeros((round(PIECE_S * self.clock.rate_hz), self._channels), np.float32)
        while samples > 0:
            self._pass_on(piece[:samples])
            samples -= len(piece)

    def _pass_on(self, block: Block) -> int:
        waiting = self.tracker.listen(block)
        if self.tape is not None:
            self.tape.take(block, self.clock.rate_hz)
        return waiting
