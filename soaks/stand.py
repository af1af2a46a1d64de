"""A tracker with honest clients, to be attacked, and how it fares meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.program import Program, free_port, running

HONEST = 20
TOKEN = "four random words here"
MEMORY_MIB = 100.0
"""By how much strangers may make the tracker grow: the limit that docs and tests hold it to."""


class Watcher:
    """An honest client: notes the number of each estimate, and when it came."""

    def __init__(self, port: int) -> None:
        self.came: list[tuple[int, float]] = []
        self.lost = False
        address = f"ws://127.0.0.1:{port}/ws"
        header = {"Authorization": f"Bearer {TOKEN}"}
        self._opened = ExitStack()
        self._stream = self._opened.enter_context(
            connect(address, compression=None, additional_headers=header)
        )
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        try:
            for text in self._stream:
                message = json.loads(text)
                if message["type"] == "estimate":
                    self.came.append((message["sequence"], time.monotonic()))
        except ConnectionClosed:
            pass
        self.lost = True

    def close(self) -> None:
        """Go."""
        self._opened.close()
        self._thread.join()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an attack did.

    Attributes:
        done: how often the attackers could do what they do.
        seconds: they took.
        late_p99_ms: how late the estimates of honest clients were, against their own rhythm.
        late_ms: the latest of them.
        missed: estimates that an honest client never got.
        lost: honest clients whose connection ended.
        busy: share of a core that the tracker needed.
        attackers_busy: share of a core that the attackers needed.
        grew_mib: by how much the tracker's memory was above what it was before, at most.
        metrics: counters of the server that moved.
    """

    done: int
    seconds: float
    late_p99_ms: float
    late_ms: float
    missed: int
    lost: int
    busy: float
    attackers_busy: float
    grew_mib: float
    metrics: dict[str, float]


class Stand:
    """A tracker with honest clients, to be attacked."""

    def __init__(self, program: Program, port: int) -> None:
        self.port = port
        self._status = Path(f"/proc/{program.process.pid}/status")
        self._watchers = [Watcher(port) for _ in range(HONEST)]

    def close(self) -> None:
        """Let the honest clients go."""
        for watcher in self._watchers:
            watcher.close()

    def memory_mib(self) -> float:
        """Return the memory the tracker holds."""
        lines = self._status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def processor_s(self) -> float:
        """Return the processor time the tracker has had."""
        fields = self._status.with_name("stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def metrics(self) -> dict[str, float]:
        """Return what the server counts, as a client with the token sees it."""
        address = f"http://127.0.0.1:{self.port}/metrics"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        pairs = (
            line.split(" ") for line in text.splitlines() if line.startswith("realtime_mer_web")
        )
        return {name.removeprefix("realtime_mer_web_"): float(value) for name, value in pairs}

    def suffer(self, seconds: float, *names: str, count: int = 0) -> Seen:
        """Have it attacked, in several ways at once; return what that did.

        Args:
            seconds: how long, where there is no count.
            names: of the attacks.
            count: how often each is to be done, however long that takes.
        """
        counted, before_mib, peak_mib = self.metrics(), self.memory_mib(), 0.0
        firsts = [len(watcher.came) for watcher in self._watchers]
        environment = {**os.environ, "MER_TOKEN": TOKEN}
        begin, begin_s, theirs_s = time.monotonic(), self.processor_s(), _processor_of_ended_s()
        asked = [str(self.port), str(seconds), str(count)]
        attackers = [
            subprocess.Popen(
                [sys.executable, "-m", "soaks.attackers", name, *asked],
                stdout=subprocess.PIPE, text=True, env=environment,
            )
            for name in names
        ]  # fmt: skip
        while any(attacker.poll() is None for attacker in attackers):
            peak_mib = max(peak_mib, self.memory_mib())
            time.sleep(0.02)
        done = sum(int(attacker.communicate()[0]) for attacker in attackers)
        took_s, needed_s = time.monotonic() - begin, self.processor_s() - begin_s
        time.sleep(1.2)  # what is on its way arrives
        late, missed = [], 0
        for watcher, first in zip(self._watchers, firsts, strict=True):
            came = watcher.came[first:]
            numbers = [number for number, _ in came]
            missed += numbers[-1] - numbers[0] + 1 - len(numbers)
            rhythm = np.array([moment - number / 2 for number, moment in came])
            late.extend(1e3 * (rhythm - np.median(rhythm)))
        moved = {k: v - counted.get(k, 0.0) for k, v in self._metrics_when_free().items()}
        return Seen(
            done=done, seconds=took_s,
            late_p99_ms=float(np.quantile(late, 0.99)), late_ms=float(max(late)),
            missed=missed, lost=sum(watcher.lost for watcher in self._watchers),
            busy=needed_s / took_s, attackers_busy=(_processor_of_ended_s() - theirs_s) / took_s,
            grew_mib=peak_mib - before_mib,
            metrics={k: v for k, v in moved.items() if v > 0.0 and k.endswith("_total")},
        )  # fmt: skip

    def _metrics_when_free(self) -> dict[str, float]:
        """The same once the door is free again and guesses are listened to."""
        deadline = time.monotonic() + 60.0
        while True:
            try:
                return self.metrics()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.25)


def _processor_of_ended_s() -> float:
    """The processor time of all processes that were started here and have ended."""
    import resource  # which Windows lacks, as it lacks all that is read here

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def stand() -> Iterator[Stand]:
    """A tracker that plays to itself, with twenty who watch."""
    port = free_port()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        arguments = ["--device", "demo", "--no-osc", "--no-announce", "--quiet", "--config", "none"]
        place = ["--web", f"127.0.0.1:{port}", "--token", TOKEN]
        program = opened.enter_context(running(folder, *arguments, *place))
        deadline = time.monotonic() + 60.0
        while True:
            try:
                attacked = Stand(program, port)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise RuntimeError(program.output()) from None
                time.sleep(0.2)
        opened.callback(attacked.close)
        time.sleep(3.0)
        attacked.suffer(2.0, "nothing")  # what is loaded at first use is loaded
        yield attacked
