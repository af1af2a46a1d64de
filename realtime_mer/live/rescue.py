"""Opening a lost device again, for as long as it takes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from realtime_mer.errors import UserError
from realtime_mer.live.listening import Listening
from realtime_mer.live.pauses import pauses
from realtime_mer.live.tally import Tally
from realtime_mer.sources.base import Device, Source

_log = logging.getLogger(__name__)

LOOK_S = 0.02

TakeUp = Callable[[Listening, Source], Listening | None]
"""Goes on with another source in the place of a lost one and starts it; None where the lost
one is not wanted any more, or the run is over."""


class Rescue:
    """Closes a device that was lost, and opens it again by its name when it is back.

    Either may hang for seconds, which is why a thread does it: one for each loss.

    Args:
        take_up: goes on with what was opened.
        tally: counts for the whole run.
        stopping: set when the run is over.
    """

    def __init__(self, take_up: TakeUp, tally: Tally, stopping: threading.Event) -> None:
        self._take_up = take_up
        self._tally = tally
        self._stopping = stopping
        self._thread: threading.Thread | None = None

    def begin(self, lost: Listening) -> None:
        """Rescue a device, unless that is being done."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._run, args=(lost,), name="rescue", daemon=True
            )
            self._thread.start()

    def _run(self, lost: Listening) -> None:
        began_s = time.monotonic()
        with suppress(UserError):
            lost.source.close()
        for pause_s in pauses():
            if self._stopping.wait(pause_s) or lost.left:
                return
            source = self._open(lost)
            if source is None:
                continue
            taken_up = self._take_up(lost, source)
            if taken_up is None:
                with suppress(UserError):
                    source.close()
                return
            lost = taken_up
            if self._is_heard(lost):
                self._tally.reconnects += 1
                _log.info(
                    "“%s” is heard again after %.1f s.",
                    lost.source.name,
                    time.monotonic() - began_s,
                )
                return
            with suppress(UserError):
                source.close()

    def _open(self, lost: Listening) -> Source | None:
        device = lost.source
        if not isinstance(device, Device):
            return None
        try:
            if lost.tape is not None:  # which cannot change its rate
                with suppress(UserError):
                    return device.reopen(lost.clock.rate_hz)
            return device.reopen()
        except UserError as error:
            lost.failure = error
        return None

    def _is_heard(self, lost: Listening) -> bool:
        """Wait for the first block; False where the device is lost before it."""
        while not (self._stopping.is_set() or lost.left):
            if lost.heard.wait(LOOK_S):
                return True
            if lost.ended.is_set():
                return False
        return False
