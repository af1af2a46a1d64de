"""Attacks a running tracker over its page's port: ``python -m soaks.attack``.

Twenty honest clients watch meanwhile. For each attack it is noted how late their estimates
came, how many they missed, and by how much the tracker's memory grew. Everything goes over
loopback; attackers and tracker share the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from benchmarks.latency import machine
from benchmarks.timing import milliseconds, table, write_between_markers
from benchmarks.web_fanout import how_busy
from soaks.attackers import ATTACKS
from tests.support.program import Program, free_port, running

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
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
        import urllib.request

        address = f"http://127.0.0.1:{self.port}/metrics"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        pairs = (
            line.split(" ") for line in text.splitlines() if line.startswith("realtime_mer_web")
        )
        return {name.removeprefix("realtime_mer_web_"): float(value) for name, value in pairs}

    def suffer(self, seconds: float, *names: str) -> Seen:
        """Have it attacked for so long, in several ways at once; return what that did."""
        counted, before_mib, peak_mib = self.metrics(), self.memory_mib(), 0.0
        firsts = [len(watcher.came) for watcher in self._watchers]
        environment = {**os.environ, "MER_TOKEN": TOKEN}
        begin, begin_s = time.monotonic(), self.processor_s()
        attackers = [
            subprocess.Popen(
                [sys.executable, "-m", "soaks.attackers", name, str(self.port), str(seconds)],
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
            busy=needed_s / took_s, grew_mib=peak_mib - before_mib,
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


def report(seen: dict[str, Seen]) -> str:
    """Write what was seen as a table."""
    head = ["attack", "how often", "honest clients: p99 late", "latest", "missed",
            "of a core", "memory grew by", "counted"]  # fmt: skip
    rows = [
        [
            name, f"{each.done:,} in {each.seconds:.0f} s", f"{milliseconds(each.late_p99_ms)} ms",
            f"{milliseconds(each.late_ms)} ms", str(each.missed), f"{100 * each.busy:.0f} %",
            f"{each.grew_mib:.1f} MiB",
            ", ".join(f"{k.removesuffix('_total')} {v:.0f}" for k, v in each.metrics.items()
                      if k in ("turned_away_total", "flooded_total", "cut_off_total",
                               "refused_total", "misunderstood_total")),
        ]
        for name, each in seen.items()
    ]  # fmt: skip
    return table(head, rows)


def main() -> None:
    """Try every attack and write down what it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each attack")
    parser.add_argument("--only", nargs="+", choices=ATTACKS, default=list(ATTACKS))
    parser.add_argument("--dry", action="store_true", help="print it instead")
    arguments = parser.parse_args()
    seen: dict[str, Seen] = {}
    before = os.getloadavg()[0]
    with stand() as attacked:
        for name in arguments.only:
            seen[name] = attacked.suffer(arguments.seconds, name)
            print(name, json.dumps(asdict(seen[name])), file=sys.stderr, flush=True)
    text = f"{report(seen)}\n\nMeasured on {machine()}; {how_busy(before)}."
    if arguments.dry:
        print(text)
    else:
        write_between_markers(PAGE, "attacks", text)


if __name__ == "__main__":
    main()
