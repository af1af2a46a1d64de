"""Measures the web sink with many clients: how late messages come, and what they cost.

``python -m benchmarks.web_fanout --seconds 60`` publishes an estimate twice a second, and a
status each second, to clients that live in a process of their own, and writes the time
from ``publish`` to each client's receipt and the server's share of a core into
``docs/reliability.md``; ``--dry`` prints them instead. Both processes share the machine, and
how busy it was besides is written down too: a busy one says little of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import time
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from benchmarks.latency import machine
from benchmarks.timing import milliseconds, table, write_between_markers
from realtime_mer.estimate import STEP_S, Estimate, Status
from realtime_mer.limits.descriptors import allow_descriptors
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.protocol import hello_fields

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
CONNECT_AT_ONCE = 50
"""One process that is a thousand clients is slower to ask than the server waits."""
QUIET_LOAD = 0.5
"""Processes that want to run, on average over a minute; above it the machine is not quiet."""

Arrivals = list[tuple[int, float]]


def estimate(sequence: int) -> Estimate:
    """One estimate; its values do not matter here."""
    return Estimate(
        sequence,
        (sequence + 1) * STEP_S,
        ("arousal", "valence"),
        (0.25, -0.5),
        (0.2, 0.2),
        -18,
        True,
    )


def status(sequence: int, clients: int) -> Status:
    """One status."""
    return Status(sequence, 0.0, 0, -18.0, "running", "none", 48_000, 2, "none", "cpu", clients)


async def listen(url: str, arrivals: Arrivals, door: asyncio.Semaphore) -> None:
    """Note when each estimate comes, until the server closes."""
    async with door:
        connection = await connect(url, compression=None, open_timeout=60)
    async with connection:
        async for message in connection:
            now = time.monotonic()
            content = json.loads(message)
            if content["type"] == "estimate":
                arrivals.append((content["sequence"], now))


def clients(url: str, count: int, results: Queue[Arrivals]) -> None:
    """Run many clients in this process and hand over what they noted."""
    arrivals: Arrivals = []
    allow_descriptors(count + 64)

    async def all_of_them() -> None:
        door = asyncio.Semaphore(CONNECT_AT_ONCE)
        await asyncio.gather(*(listen(url, arrivals, door) for _ in range(count)))

    asyncio.run(all_of_them())
    results.put(arrivals)


def measure(count: int, seconds: float, rate_hz: float) -> list[str]:
    """Return one row: clients, latency, share of a core, messages lost."""
    hello = hello_fields(
        model="none",
        provider="cpu",
        dimensions=("arousal", "valence"),
        device="none",
        rate_hz=48_000,
        channels=2,
        osc=[],
        version="0",
    )
    sink = WebSink("127.0.0.1", 0, hello=hello)
    context = multiprocessing.get_context("spawn")
    results: Queue[Arrivals] = context.Queue()
    url = sink.url.replace("http", "ws", 1) + "ws"
    listeners = context.Process(target=clients, args=(url, count, results))
    listeners.start()
    deadline = time.monotonic() + 60
    while sink.clients() < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {sink.clients()} of {count} clients connected")
        time.sleep(0.05)
    published: dict[int, float] = {}
    begin, cpu_begin = time.monotonic(), time.process_time()
    for sequence in range(round(seconds * rate_hz)):
        due = begin + (sequence + 1) / rate_hz
        time.sleep(max(0.0, due - time.monotonic()))
        published[sequence] = time.monotonic()
        sink.publish(estimate(sequence))
        if sequence % 2:
            sink.report(status(sequence, count))
    time.sleep(0.5)
    share = (time.process_time() - cpu_begin) / (time.monotonic() - begin)
    sink.close()
    arrivals = results.get(timeout=30)
    listeners.join()
    late_ms = [1e3 * (arrived - published[sequence]) for sequence, arrived in arrivals]
    spread = (milliseconds(float(ms)) for ms in np.quantile(late_ms, [0.5, 0.95, 0.99, 1.0]))
    lost = count * len(published) - len(arrivals)
    messages = f"{len(arrivals):,}"
    return [f"{count:,}", f"{rate_hz:g}", messages, *spread, f"{100 * share:.1f} %", str(lost)]


def how_busy(load: float) -> str:
    """Say in words how busy the machine was with other things before.

    >>> how_busy(0.1), how_busy(7.25)
    ('quiet before (load 0.10)', 'not quiet before (load 7.25): upper bounds')
    """
    quiet = load < QUIET_LOAD
    return f"{'quiet' if quiet else 'not quiet'} before (load {load:.2f})" + (
        "" if quiet else ": upper bounds"
    )


def main() -> None:
    """Print a table, a row for each number of clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 200, 1000])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=1 / STEP_S, help="estimates a second")
    parser.add_argument("--dry", action="store_true", help="print it instead")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    head = ["clients", "per s", "messages", "median ms", "95 % below", "99 % below", "longest",
            "of a core", "lost"]  # fmt: skip
    rows = [measure(count, arguments.seconds, arguments.rate) for count in arguments.clients]
    text = f"{table(head, rows)}\n\nMeasured on {machine()}; {how_busy(before)}."
    if arguments.dry:
        print(text)
    else:
        write_between_markers(PAGE, "fan-out", text)


if __name__ == "__main__":
    main()
