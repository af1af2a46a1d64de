"""When to send: with each estimate, or more often on the way from one to the next."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.routes.glide import DELAY_S, HALF_WAY_S, Glide
from realtime_mer.routes.moment import Moment, moment_of

ESTIMATE_RATE_HZ = 1.0 / STEP_S

CLOSE_LIMIT_S = 0.5

log = logging.getLogger(__name__)

Send = Callable[[Moment, float], None]


class Pace:
    """Calls a function with the values of each moment at a rate.

    At the estimates' own rate it is called by whoever hands in the estimate, at stream time.
    Above, a thread of its own calls it with values that glide, on a schedule that does not
    drift: a call that comes late moves none after it, and where several are due at once
    the last is made alone, with the values of now. Each stream glides by itself.

    Args:
        send: takes a moment and its time in seconds; must not block.
        rate_hz: :data:`ESTIMATE_RATE_HZ` to 240.
        name: of the thread.
    """

    def __init__(self, send: Send, rate_hz: float, name: str) -> None:
        self._send = send
        self._interval_s = 1.0 / rate_hz
        self._glides: dict[int, Glide] = {}
        self._arrived: deque[tuple[Estimate, float]] = deque()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        if rate_hz > ESTIMATE_RATE_HZ:
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()

    def publish(self, estimate: Estimate) -> None:
        """Take an estimate."""
        if self._stopping.is_set():
            return
        if self._thread is None:
            self._send(moment_of(estimate), estimate.time_s)
        else:
            self._arrived.append((estimate, time.monotonic()))

    def close(self) -> None:
        """Stop calling."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(CLOSE_LIMIT_S)

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stopping.is_set():
            # Not Event.wait, which on Windows comes back up to 16 ms late.
            time.sleep(max(due_s - time.monotonic(), 0.0))
            now_s = time.monotonic()
            while self._arrived:
                estimate, arrived_s = self._arrived.popleft()
                self._glides.setdefault(estimate.stream, Glide()).aim(estimate, arrived_s)
            for glide in self._glides.values():
                self._send_from(glide, now_s)
            due_s += self._interval_s
            if due_s < now_s:
                due_s += self._interval_s * ((now_s - due_s) // self._interval_s + 1)

    def _send_from(self, glide: Glide, now_s: float) -> None:
        moment = glide.at(now_s)
        if moment is None:
            return
        try:
            self._send(moment, now_s)
        except Exception:  # the next one may well succeed
            log.exception("Sending failed unexpectedly.")


def describe_pace(rate_hz: float) -> str:
    """Return a sentence on what gliding costs, or "" where nothing glides."""
    if rate_hz <= ESTIMATE_RATE_HZ:
        return ""
    return (
        f"Sending {rate_hz:g} times a second, gliding: a steady change comes "
        f"{1000 * DELAY_S:.0f} ms later, half of a jump {1000 * HALF_WAY_S:.0f} ms."
    )
