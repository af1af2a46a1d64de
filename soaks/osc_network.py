"""What OSC does when the network goes and comes back: ``python -m soaks.osc_network``.

In a network of its own: a cable (a pair of virtual interfaces) to another machine, which
is pulled out and put in again, a name that is known only later, and receivers that never were.
Meanwhile a receiver on this machine must get every message in time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.timing import milliseconds, table, write_between_markers
from realtime_mer.addresses import format_target
from realtime_mer.estimate import Estimate
from realtime_mer.sinks.osc import OscSink
from soaks.namespace import can_enter, names, other_machine, run_inside, sh

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
EVERY_S = 0.02
LIMIT_S = 30.0
FAR, NEAR, LATER = 9000, 9001, 9002
DEAD = {
    "refused": ("127.0.0.1", 9),
    "unreachable": ("240.0.0.1", FAR),
    "no such host": ("10.66.0.99", FAR),
    "unknown": ("never.test", FAR),
}


@dataclass
class Ear:
    """A process that hears, perhaps on another machine."""

    port: int
    machine: int | None = None
    heard: list[tuple[str, float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        inside = ["nsenter", "-t", str(self.machine), "-n"] if self.machine else []
        command = [*inside, sys.executable, "-m", "soaks.hear_osc", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            kind, seconds, address = line.split()
            self.heard.append((kind, float(seconds), address))

    def since(self, begin_s: float, kind: str) -> float | None:
        """Return how long after a moment something came that way, or None."""
        return next(
            (s - begin_s for k, s, _ in list(self.heard) if k == kind and s > begin_s), None
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


class Talker:
    """Sends estimates for as long as it takes, and notes how long each call took."""

    def __init__(self, sink: OscSink) -> None:
        self.longest_s = 0.0
        self.sent = 0
        self._sink = sink
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self) -> None:
        while not self._over.wait(EVERY_S):
            values = ("arousal", "valence"), (0.1, 0.2), (0.3, 0.3), -20.0, True
            begin = time.perf_counter()
            self._sink.publish(Estimate(self.sent, self.sent / 2, *values))
            self.longest_s = max(self.longest_s, time.perf_counter() - begin)
            self.sent += 1

    def close(self) -> None:
        """Stop."""
        self._over.set()
        self._thread.join()
        self._sink.close()


def plug(machine: int) -> None:
    """Lay the cable and give both ends their addresses, as at the start of the evening."""
    sh("ip link add stage type veth peer name desk")
    sh("ip link set stage address 02:00:00:00:66:01")
    sh("ip link set desk address 02:00:00:00:66:02")
    sh(f"ip link set desk netns {machine}")
    for prefix, end, number in (("", "stage", 1), (f"nsenter -t {machine} -n ", "desk", 2)):
        sh(f"{prefix}ip addr add 10.66.0.{number}/24 dev {end}")
        sh(f"{prefix}ip addr add fd66::{number}/64 dev {end} nodad")
        sh(f"{prefix}ip link set {end} up")


def wait(holds: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError("it never came")
        time.sleep(0.01)


def inside() -> dict[str, object]:
    """Do it all; return what was seen."""
    with ExitStack() as opened:
        sh("ip link set lo up")
        hosts = opened.enter_context(names())
        machine = opened.enter_context(other_machine())
        plug(machine)
        ears = {"far": Ear(FAR, machine), "near": Ear(NEAR), "later": Ear(LATER)}
        for ear in ears.values():
            opened.callback(ear.close)
        link = ("fe80::ff:fe00:6602%stage", FAR)
        far = {"4": ("10.66.0.2", FAR), "6": ("fd66::2", FAR), "link": link}
        later = ("later.test", LATER)
        targets = [*DEAD.values(), *far.values(), later, ("127.0.0.1", NEAR)]
        sink = OscSink(targets)
        talker = Talker(sink)
        opened.callback(talker.close)

        def said() -> dict[str, str]:
            return {
                name.partition(" (")[0]: name.partition(" (")[2][:-1] for name in sink.describe()
            }

        def problem(of: tuple[str, int]) -> str:
            return said()[format_target(*of)]

        begin = time.monotonic()
        for kind in far:
            wait(lambda kind=kind: ears["far"].since(begin, kind) is not None)
        for of in (*DEAD.values(), later):
            wait(lambda of=of: problem(of) not in ("", "looking up the name"))
        dead = {name: problem(of) for name, of in DEAD.items()}
        sh("ip link del stage")
        pulled = time.monotonic()
        for of in far.values():
            wait(lambda of=of: problem(of))
        gone = {kind: problem(of) for kind, of in far.items()}
        told_s = time.monotonic() - pulled
        time.sleep(1.0)
        plug(machine)
        back = time.monotonic()
        for kind in far:
            wait(lambda kind=kind: ears["far"].since(back, kind) is not None)
        again = {kind: ears["far"].since(back, kind) for kind in far}
        for of in far.values():
            wait(lambda of=of: not problem(of))
        hosts.write_text(hosts.read_text() + "127.0.0.1 later.test\n")
        known = time.monotonic()
        wait(lambda: ears["later"].since(known, "4") is not None)
        found_s = ears["later"].since(known, "4")
        talker.close()
        time.sleep(0.2)
        came = [s for _, s, address in ears["near"].heard if address == "/mer/active"]
        gaps = [after - before for before, after in itertools.pairwise(came)]
        return {
            "dead": dead, "gone": gone, "told_s": told_s, "again_s": again, "found_s": found_s,
            "sent": talker.sent, "near": len(came), "longest_gap_s": max(gaps),
            "longest_publish_s": talker.longest_s,
        }  # fmt: skip


def report(seen: dict) -> str:
    """Write what was seen as a table."""
    ways = {"4": "IPv4 behind the cable", "6": "IPv6 behind it", "link": "IPv6 of that link alone"}
    rows = [[ways[kind] + ", cable pulled", seen["gone"][kind],
             f"{seen['again_s'][kind]:.2f} s after it is back"] for kind in ways]  # fmt: skip
    rows.append(["name that is known only later", "name not found",
                 f"{seen['found_s']:.1f} s after it is known"])  # fmt: skip
    rows += [[name, problem, "never was"] for name, problem in seen["dead"].items()]
    head = ["receiver", "what the status says", "values flow"]
    near = (
        f"Meanwhile a receiver on this machine got {seen['near']} of {seen['sent']} messages, sent "
        f"every {EVERY_S * 1e3:.0f} ms; the longest time between two was "
        f"{milliseconds(1e3 * seen['longest_gap_s'])} ms, the longest call of `publish` for all "
        f"{len(ways) + len(DEAD) + 2} receivers {milliseconds(1e3 * seen['longest_publish_s'])} ms."
    )
    return f"{table(head, rows)}\n\n{near}"


def main() -> None:
    """Run it in a network of its own, and write down what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--dry", action="store_true", help="print it instead")
    arguments = parser.parse_args()
    if arguments.inside:
        print(json.dumps(inside()))
        return
    if not can_enter():
        raise SystemExit("This system lends nobody a network of their own: not measured.")
    text = report(run_inside("soaks.osc_network", "--inside"))
    if arguments.dry:
        print(text)
    else:
        write_between_markers(PAGE, "osc network", text)


if __name__ == "__main__":
    main()
