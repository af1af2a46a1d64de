"""The workers of a Dask cluster, wherever they are."""

from __future__ import annotations

import logging
import queue
import time
from typing import Any

from realtime_mer.catalogue.job import Job, Outcome
from realtime_mer.catalogue.pool import AHEAD, Task, WorkerLost
from realtime_mer.catalogue.work import analyze
from realtime_mer.errors import UserError

CONNECT_LIMIT_S = 5.0
CLOSE_LIMIT_S = 2.0
MOST_AT_ONCE = 256
"""Results fetched in one go: each is some kilobytes."""
FEWEST_UNDER_WAY = 8
LOOK_INTERVAL_S = 1.0
TALKATIVE = ("distributed", "distributed.client")
"""Dask's loggers that have a level of their own; all others follow the first."""


class ClusterPool:
    """Hands one task a file to a scheduler.

    What a worker had in its hands when it was lost, the scheduler gives to another by itself;
    where a file has taken three workers with it, it comes back as :class:`WorkerLost`.

    Args:
        address: of the scheduler, such as ``tcp://10.0.0.2:8786``.
        task: what the workers do.

    Raises:
        UserError: Dask is not installed here, or no scheduler answers there.
    """

    def __init__(self, address: str, task: Task = analyze) -> None:
        distributed = _library()
        self._address = address
        self._task = task
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._jobs: dict[str, tuple[Job, Any]] = {}
        self._ready: list[tuple[Job, Outcome | BaseException]] = []
        self._workers = 0
        self._look_at_s = 0.0
        self._killed = distributed.KilledWorker
        try:
            self._client = distributed.Client(
                address, timeout=CONNECT_LIMIT_S, set_as_default=False
            )
        except (OSError, ValueError, TypeError) as error:
            raise UserError(
                f"No Dask scheduler answers at {address} ({_first_line(error)}): start one with "
                "'dask scheduler', or check --scheduler."
            ) from error

    @property
    def workers(self) -> int:
        """Threads of all workers there are now, give or take a second; they come and go."""
        now = time.monotonic()
        if now >= self._look_at_s:
            try:
                self._workers = sum(self._client.nthreads().values())
            except Exception as error:
                raise self._gone() from error
            self._look_at_s = now + LOOK_INTERVAL_S
        return self._workers

    @property
    def room(self) -> int:
        """How many jobs to have under way."""
        return max(FEWEST_UNDER_WAY, AHEAD * self.workers)

    def submit(self, job: Job) -> None:
        """Have a job done."""
        try:
            future = self._client.submit(self._task, job, pure=False)
        except Exception as error:  # the client closes itself when it has lost the scheduler
            raise self._gone() from error
        self._jobs[future.key] = job, future
        future.add_done_callback(self._done.put)

    def next(self, timeout_s: float) -> tuple[Job, Outcome | BaseException] | None:
        """Return a job that is done with what came of it, or None if none is in time."""
        if not self._ready:
            self._fetch(timeout_s)
        return self._ready.pop() if self._ready else None

    def close(self) -> None:
        """Give up what is under way."""
        if self._client.status == "running":
            self._client.cancel([future for _, future in self._jobs.values()])
        self._client.close(timeout=CLOSE_LIMIT_S)

    def _fetch(self, timeout_s: float) -> None:
        """Wait for one that is done, and fetch it in one go with all others that are."""
        done: list[Any] = []
        try:
            done.append(self._done.get(timeout=timeout_s))
            while len(done) < MOST_AT_ONCE:
                done.append(self._done.get_nowait())
        except queue.Empty:
            pass
        finished = [future for future in done if future.status == "finished"]
        try:
            outcomes = dict(zip(finished, self._client.gather(finished), strict=True))
        except Exception as error:
            raise self._gone() from error
        for future in done:
            job, _ = self._jobs.pop(future.key)
            outcome = outcomes[future] if future in outcomes else self._error(future)
            self._ready.append((job, outcome))

    def _error(self, future: Any) -> BaseException:
        if future.status != "error":  # cancelled by the client
            return self._gone()
        error: BaseException = future.exception()
        return WorkerLost() if isinstance(error, self._killed) else error

    def _gone(self) -> UserError:
        return UserError(
            f"The Dask scheduler at {self._address} is gone; what is done is kept: start it and "
            "its workers again, and go on with --resume."
        )


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _library() -> Any:
    try:
        import distributed
    except ImportError:
        raise UserError(
            "--scheduler needs Dask, which is not installed: pip install 'realtime-mer[cluster]'."
        ) from None
    # What it says of a scheduler that is gone, with tracebacks, we say in a sentence.
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed
