"""Jobs to workers and outcomes to a table, with bounded memory, until none is left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from realtime_mer.catalogue.job import Failed, Job, Outcome
from realtime_mer.catalogue.pool import Pool, WorkerLost
from realtime_mer.errors import UserError

MOST_ATTEMPTS = 3
RETRY_S = 0.5
"""Wait before a file is tried again, doubled each time: networks need a moment."""
TICK_S = 0.25
"""How often ``tick`` is called while nothing comes."""


@dataclass(slots=True)
class _Tried:
    """A job, how often it failed, how many workers were lost over it, and when to try again."""

    job: Job
    errors: int = 0
    lost: int = 0
    ready_s: float = 0.0


class Flow:
    """Keeps every worker busy, and no more in memory than that takes.

    A file that disk or network failed is tried three times. One that was under way when a
    worker was lost is tried again; after the second time by itself, so that a file that
    kills whoever touches it takes no other with it, and is found out.

    Args:
        jobs: what there is to do; taken as the work goes on.
        pool: who does it.
        take: is given what comes of each, once.
        tick: is called between two of them, and some times a second.
    """

    def __init__(
        self,
        jobs: Iterator[Job],
        pool: Pool,
        take: Callable[[Outcome], None],
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._jobs = jobs
        self._pool = pool
        self._take = take
        self._tick = tick
        self._under_way: dict[int, _Tried] = {}
        self._again: deque[_Tried] = deque()
        self._suspects: deque[_Tried] = deque()
        self._walked = False

    def run(self) -> None:
        """Do all there is to do.

        Raises:
            UserError: a worker cannot do this work at all, or a folder cannot be read.
            KeyboardInterrupt: somebody pressed Ctrl-C; what was taken by then is whole.
        """
        while True:
            self._hand_out()
            if not (self._under_way or self._again or self._suspects):
                return
            self._tick()
            done = self._pool.next(TICK_S)
            if done is None:
                continue
            job, outcome = done
            tried = self._under_way.pop(id(job))
            if isinstance(outcome, BaseException):
                self._failed(tried, outcome)
            else:
                self._take(outcome)

    def _hand_out(self) -> None:
        room = self._pool.room
        while len(self._under_way) < room:
            if self._alone():
                return
            tried = self._next()
            if tried is None:
                break
            self._submit(tried)
        if self._suspects and not self._under_way:
            self._submit(self._suspects.popleft())

    def _alone(self) -> bool:
        """Whether one that may kill its worker is under way, which then is the only one."""
        return any(tried.lost > 1 for tried in self._under_way.values())

    def _next(self) -> _Tried | None:
        if self._suspects:  # let what is under way come home first
            return None
        if self._again and self._again[0].ready_s <= time.monotonic():
            return self._again.popleft()
        job = None if self._walked else next(self._jobs, None)
        self._walked = job is None
        return _Tried(job) if job else None

    def _submit(self, tried: _Tried) -> None:
        self._under_way[id(tried.job)] = tried
        self._pool.submit(tried.job)

    def _failed(self, tried: _Tried, error: BaseException) -> None:
        if isinstance(error, UserError):
            raise error
        if isinstance(error, WorkerLost):
            tried.lost += 1
        else:
            tried.errors += 1
        if max(tried.errors, tried.lost) < MOST_ATTEMPTS:
            tried.ready_s = time.monotonic() + RETRY_S * 2**tried.errors
            (self._suspects if tried.lost > 1 else self._again).append(tried)
            return
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, WorkerLost):
            reason = (
                "Whoever worked on it died of it: it asks for more memory than there is, or "
                "the library that decodes it crashes."
            )
        job = tried.job
        self._take(Failed(job.name, job.size_bytes, reason, tried.errors + tried.lost))
