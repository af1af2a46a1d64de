"""Measures the web sink with many clients: how late messages come, and what they cost.

``python -m benchmarks.web_fanout`` publishes an estimate of each stream twice a second, and a
status each second, and writes the time from ``publish`` to each client's receipt and the
server's share of a core into ``docs/reliability.md``; ``--dry`` prints them instead. A receipt
is the moment at which a client has read a message's last byte out of its socket.

All clients but one live in one process that does little else (``benchmarks/crowd.py``). The
last is a program as others write it, in a process of its own, and has a column: what it waits
for its turn on the machine and to read JSON is in there. All share the machine, and how busy it
was besides is written down too: a busy one says little of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import time
from collections.abc import Mapping
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from benchmarks.crowd import Arrivals, Crowd, Which, which
from benchmarks.latency import machine
from benchmarks.timing import milliseconds, table, write_between_markers
from realtime_mer.estimate import STEP_S, Estimate, Status
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.hello import hello_fields

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
MARK_MS = 50.0
QUIET_LOAD = 0.5
"""Processes that want to run, on average over a minute; above it the machine is not quiet."""

SIZES = [(1, 1), (200, 1), (1000, 1), (1000, 16)]
"""Clients, and streams that each of them is told of."""
HEAD = ["clients", "streams", "estimates received", "median ms", "95 % below", "99 % below",
        "longest", "the page: median / longest", "of a core", "lost"]  # fmt: skip


def estimate(sequence: int, stream: int = 0) -> Estimate:
    """One estimate; its values do not matter here."""
    time_s, names = (sequence + 1) * STEP_S, ("arousal", "valence")
    return Estimate(sequence, time_s, names, (0.25, -0.5), (0.2, 0.2), -18, True, stream=stream)


def status(sequence: int, clients: int) -> Status:
    """One status."""
    return Status(sequence, 0.0, 0, -18.0, "running", "none", 48_000, 2, "none", "cpu", clients)


def crowd(host: str, port: int, count: int, results: Queue[Arrivals]) -> None:
    """Be many clients, in this process, and hand over what they noted."""
    clients = Crowd(host, port, count)
    clients.listen()
    results.put(clients.arrivals)


def page(url: str, results: Queue[Arrivals]) -> None:
    """Be one client as programs are, in a process of its own, and hand over what it noted."""
    arrivals: Arrivals = []

    async def listen() -> None:
        async with connect(url, compression=None, open_timeout=60) as connection:
            async for message in connection:
                if json.loads(message)["type"] == "estimate":
                    arrivals.append((which(message), time.monotonic()))

    asyncio.run(listen())
    results.put(arrivals)


def measure(count: int, seconds: float, streams: int = 1) -> list[str]:
    """Return one row of the table, under :data:`HEAD`."""
    numbers = range(1, streams + 1) if streams > 1 else [0]
    hello = hello_fields(
        model="none",
        provider="cpu",
        dimensions=("arousal", "valence"),
        device="none",
        rate_hz=48_000,
        channels=2,
        osc=[],
        version="0",
        streams=[(number, str(number)) for number in numbers if number],
    )
    sink = WebSink("127.0.0.1", 0, hello=hello)
    context = multiprocessing.get_context("spawn")
    of_many: Queue[Arrivals] = context.Queue()
    of_page: Queue[Arrivals] = context.Queue()
    processes = [
        context.Process(
            target=crowd, args=("127.0.0.1", sink.port, count - 1, of_many), daemon=True
        ),
        context.Process(target=page, args=(sink.stream_url, of_page), daemon=True),
    ]
    for process in processes:
        process.start()
    deadline = time.monotonic() + 60
    while sink.clients() < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {sink.clients()} of {count} clients connected")
        time.sleep(0.05)
    time.sleep(0.5)  # their greetings are read
    published: dict[Which, float] = {}
    begin, cpu_begin = time.monotonic(), time.process_time()
    for sequence in range(round(seconds / STEP_S)):
        due = begin + (sequence + 1) * STEP_S
        time.sleep(max(0.0, due - time.monotonic()))
        for number in numbers:
            published[number, sequence] = time.monotonic()
            sink.publish(estimate(sequence, number))
        if sequence % 2:
            sink.report(status(sequence, count))
    time.sleep(0.5)
    share = (time.process_time() - cpu_begin) / (time.monotonic() - begin)
    sink.close()
    by_page = of_page.get(timeout=30)
    arrivals = by_page + of_many.get(timeout=30)
    for process in processes:
        process.join()
    lost = count * len(published) - len(arrivals)
    return [
        f"{count:,}", str(streams), f"{len(arrivals):,}",
        *late(arrivals, published, [0.5, 0.95, 0.99, 1.0]),
        " / ".join(late(by_page, published, [0.5, 1.0])),
        f"{100 * share:.1f} %", str(lost),
    ]  # fmt: skip


def late(arrivals: Arrivals, published: Mapping[Which, float], shares: list[float]) -> list[str]:
    """Write how late estimates came, in milliseconds, one quantile for each share."""
    late_ms = [1e3 * (arrived - published[each]) for each, arrived in arrivals]
    return [milliseconds(float(ms)) for ms in np.quantile(late_ms, shares)]


def how_busy(load: float) -> str:
    """Say in words how busy the machine was with other things before.

    >>> how_busy(0.1), how_busy(7.25)
    ('quiet before (load 0.10)', 'not quiet before (load 7.25): upper bounds')
    """
    quiet = load < QUIET_LOAD
    return f"{'quiet' if quiet else 'not quiet'} before (load {load:.2f})" + (
        "" if quiet else ": upper bounds"
    )


def verdict(rows: list[list[str]]) -> str:
    """Hold the row of a thousand clients of one stream to the mark; empty where there is none.

    >>> verdict([["1,000", "1", "40,000", "9.1", "17", "19.5", "30"]])
    ' The mark, 99 % for 1,000 clients within 50 ms, is met.'
    """
    late_ms = [float(row[HEAD.index("99 % below")]) for row in rows if row[:2] == ["1,000", "1"]]
    met = "met" if max(late_ms, default=0.0) < MARK_MS else "**missed**"
    return f" The mark, 99 % for 1,000 clients within {MARK_MS:g} ms, is {met}." if late_ms else ""


def main() -> None:
    """Write a table, a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each row")
    parser.add_argument("--dry", action="store_true", help="print it instead")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    rows = [measure(count, arguments.seconds, streams) for count, streams in SIZES]
    text = f"{table(HEAD, rows)}\n\nMeasured on {machine()}; {how_busy(before)}.{verdict(rows)}"
    if arguments.dry:
        print(text)
    else:
        write_between_markers(PAGE, "fan-out", text)


if __name__ == "__main__":
    main()
