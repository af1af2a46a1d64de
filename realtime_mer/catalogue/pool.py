"""Workers: processes of this machine, or those of a Dask cluster; the same task for both."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Protocol

from realtime_mer.catalogue.job import Job, Outcome
from realtime_mer.catalogue.work import analyze

Task = Callable[[Job], Outcome]

MOST_ON_WINDOWS = 61
"""Processes that Python can wait for at once there."""
AHEAD = 2
"""Tasks for each worker: one in its hands and one waiting, so that none ever waits for us."""


class WorkerLost(Exception):
    """The process that worked on a file is gone: killed, or crashed with it."""


class Pool(Protocol):
    """Takes jobs and gives back what comes of them, in any order."""

    @property
    def workers(self) -> int:
        """How many work at once."""

    @property
    def room(self) -> int:
        """How many jobs to have under way, so that no worker waits."""

    def submit(self, job: Job) -> None:
        """Have a job done."""

    def next(self, timeout_s: float) -> tuple[Job, Outcome | BaseException] | None:
        """Return a job that is done with what came of it, or None if none is in time."""

    def close(self) -> None:
        """Give up what is under way and let the workers go."""


class LocalPool:
    """Processes of this machine.

    They are started anew where one of them is lost; whatever was under way then comes back
    as :class:`WorkerLost`, since nobody can say whose fault it was.

    Args:
        workers: how many.
        task: what they do.
    """

    def __init__(self, workers: int, task: Task = analyze) -> None:
        self._workers = min(workers, MOST_ON_WINDOWS) if sys.platform == "win32" else workers
        self._task = task
        self._done: queue.SimpleQueue[tuple[Job, Future[Outcome]]] = queue.SimpleQueue()
        self._executor = self._start()

    @property
    def workers(self) -> int:
        """How many work at once."""
        return self._workers

    @property
    def room(self) -> int:
        """How many jobs to have under way."""
        return AHEAD * self._workers

    def submit(self, job: Job) -> None:
        """Have a job done."""
        try:
            future = self._executor.submit(self._task, job)
        except BrokenProcessPool:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._start()
            future = self._executor.submit(self._task, job)
        future.add_done_callback(lambda done: self._done.put((job, done)))

    def next(self, timeout_s: float) -> tuple[Job, Outcome | BaseException] | None:
        """Return a job that is done with what came of it, or None if none is in time."""
        try:
            job, future = self._done.get(timeout=timeout_s)
        except queue.Empty:
            return None
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            return job, WorkerLost()
        return job, error or future.result()

    def close(self) -> None:
        """Give up what is under way and end the processes."""
        processes = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def _start(self) -> ProcessPoolExecutor:
        # Forked processes would inherit the locks of threads that they do not have.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, mp_context=context, initializer=prepare_worker)


def prepare_worker() -> None:
    """Leave Ctrl-C to the process that hands out the work, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on Windows, nor on a Mac
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
