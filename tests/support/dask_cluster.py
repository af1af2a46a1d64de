"""A Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from support.mosquitto import until
from support.program import free_port

LIMIT_S = 60.0


@dataclass
class DaskCluster:
    """What runs.

    Attributes:
        address: of the scheduler.
        scheduler: its process.
        workers: their processes.
    """

    address: str
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill_worker(self, number: int) -> None:
        """End one as a power cut does."""
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait(10)


@contextmanager
def dask_cluster(folder: Path, workers: int = 2) -> Iterator[DaskCluster]:
    """Run a cluster for the length of a ``with`` block.

    No nanny looks after the workers: one that is killed stays away.
    """
    port = free_port()
    cluster = DaskCluster(f"tcp://127.0.0.1:{port}")
    environment = {
        **os.environ,
        "DASK_DISTRIBUTED__DASHBOARD__LINK": "",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }

    def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        scheduler = start(
            "scheduler", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard",
            "--no-show",
        )  # fmt: skip
        stack.callback(_end, scheduler)
        cluster.scheduler = scheduler
        for number in range(workers):
            cluster.workers.append(
                start(
                    f"worker-{number}", "worker", cluster.address, "--nthreads", "1",
                    "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
                )
            )  # fmt: skip
            stack.callback(_end, cluster.workers[-1])
        for number in range(workers):
            log = folder / f"worker-{number}.log"
            until(lambda log=log: b"Registered to" in log.read_bytes(), log.read_text(), LIMIT_S)
        yield cluster


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    if process.poll() is None:
        process.kill()
        process.wait(10)
