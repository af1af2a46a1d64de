"""Measures the web sink with many clients: how late messages come, and what they cost.

``python -m benchmarks.web_fanout --clients 200 --seconds 20`` publishes an estimate twice a
second, and a status each second, to clients that live in a process of their own, and
prints the time from ``publish`` to each client's receipt and the server's share of a core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from multiprocessing.queues import Queue

from websockets.asyncio.client import connect

from benchmarks.timing import Spread, table
from realtime_mer.estimate import STEP_S, Estimate, Status
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.protocol import hello_fields

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


async def listen(url: str, arrivals: Arrivals) -> None:
    """Note when each estimate comes, until the server closes."""
    async with connect(url, compression=None, open_timeout=60) as connection:
        async for message in connection:
            now = time.monotonic()
            content = json.loads(message)
            if content["type"] == "estimate":
                arrivals.append((content["sequence"], now))


def clients(url: str, count: int, results: Queue[Arrivals]) -> None:
    """Run many clients in this process and hand over what they noted."""
    arrivals: Arrivals = []

    async def all_of_them() -> None:
        await asyncio.gather(*(listen(url, arrivals) for _ in range(count)))

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
    spread = Spread.of([arrived - published[sequence] for sequence, arrived in arrivals])
    lost = count * len(published) - len(arrivals)
    return [str(count), f"{rate_hz:g}", *spread.cells(), f"{100 * share:.1f} %", str(lost)]


def main() -> None:
    """Print a table, a row for each number of clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 200, 900])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=1 / STEP_S, help="estimates a second")
    arguments = parser.parse_args()
    head = ["clients", "per s", "median ms", "95 % below", "longest", "of a core", "lost"]
    rows = [measure(count, arguments.seconds, arguments.rate) for count in arguments.clients]
    print(table(head, rows))


if __name__ == "__main__":
    main()
