"""How many clients ``realtime-mer serve`` hears in real time on this machine.

    python -m benchmarks.serve                 # writes docs/serve.md
    python -m benchmarks.serve --seconds 30

A server as a person starts it, and clients in a process of their own, each with a moment of its
own to begin: they send blocks of 100 ms when these are due, as a browser does, and note when the
last block of each half second left and when its estimate came. Both share the machine's cores,
so what the server alone could do is more; its own processor time is told beside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "serve.md"
BLOCK_S = 0.1
STEP_BLOCKS = 5
LATE_S = 0.25
"""Where estimates are later than that for one in a hundred, it is no longer real time."""


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        clients: how many there were.
        rate_hz: of their sound, mono, 16 bits.
        estimates: that came back.
        wanted: that there should have been.
        median_s: from the last sample sent to the estimate received.
        p99_s: the same, of the slowest hundredth.
        server_share: processor time of the server, in cores.
        late_s: how late the clients themselves sent, of the slowest hundredth.
        batch: streams in a call of the model.
        memory_mb: of the server.
    """

    clients: int
    rate_hz: int
    estimates: int
    wanted: int
    median_s: float
    p99_s: float
    server_share: float
    late_s: float
    batch: float
    memory_mb: float

    @property
    def in_time(self) -> bool:
        """Whether every estimate came, and nearly all of them soon."""
        return self.estimates >= 0.99 * self.wanted and self.p99_s < LATE_S


async def _client(
    url: str, rate_hz: int, seconds: float, begin_s: float, waits: list[float], lates: list[float]
) -> None:
    from websockets.asyncio.client import connect

    samples = round(rate_hz * BLOCK_S)
    noise = np.random.default_rng(rate_hz).normal(0, 3000, 8 * samples).astype("<i2")
    blocks = [noise[k * samples : (k + 1) * samples].tobytes() for k in range(8)]
    async with connect(url, compression=None, open_timeout=60, ping_interval=None) as stream:
        await stream.send(json.dumps({"type": "format", "rate_hz": rate_hz}))
        await stream.recv()
        sent_s: list[float] = []

        async def send() -> None:
            for k in range(round(seconds / BLOCK_S)):
                due_s = begin_s + k * BLOCK_S
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                now_s = time.monotonic()
                await stream.send(blocks[k % 8])
                if (k + 1) % STEP_BLOCKS == 0:
                    lates.append(now_s - due_s)
                    sent_s.append(now_s)

        sending = asyncio.create_task(send())
        for k in range(round(seconds / BLOCK_S) // STEP_BLOCKS):
            try:
                await asyncio.wait_for(stream.recv(), 5.0 + (seconds if k == 0 else 0.0))
            except TimeoutError:
                break
            waits.append(time.monotonic() - sent_s[k])
        await sending


def _clients(
    url: str, count: int, rate_hz: int, seconds: float, out: multiprocessing.Queue
) -> None:  # type: ignore[type-arg]
    """A process of clients."""

    async def all_of_them() -> tuple[list[float], list[float]]:
        waits: list[float] = []
        lates: list[float] = []
        ready_s = time.monotonic() + 2.0 + count / 100
        begins = ready_s + np.random.default_rng(0).uniform(0.0, 0.5, count)
        tasks = [_client(url, rate_hz, seconds, float(at), waits, lates) for at in begins]
        await asyncio.gather(*tasks, return_exceptions=True)
        return waits, lates

    out.put(asyncio.run(all_of_them()))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0


def _metric(port: int, name: str) -> float:
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).read().decode()
    found = re.search(rf"^realtime_mer_{name} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def measure(clients: int, rate_hz: int, seconds: float, port: int = 18_799) -> Row:
    """Start a server, send so many streams, and say what came of it."""
    command = [sys.executable, "-m", "realtime_mer", "serve", "--web", f"127.0.0.1:{port}"]
    command += ["--streams", str(clients), "--config", "none", "--quiet"]
    server = subprocess.Popen(command)
    try:
        deadline_s = time.monotonic() + 60
        while True:
            try:
                _metric(port, "up")
                break
            except OSError:
                assert time.monotonic() < deadline_s, "the server did not start"
                time.sleep(0.1)
        out: multiprocessing.Queue = multiprocessing.Queue()  # type: ignore[type-arg]
        url = f"ws://127.0.0.1:{port}/ingest"
        process = multiprocessing.Process(
            target=_clients, args=(url, clients, rate_hz, seconds, out)
        )
        process.start()
        time.sleep(3.5 + clients / 100)
        before_s, then_s = _cpu_s(server.pid), time.monotonic()
        time.sleep(max(1.0, seconds - 3.0))
        share = (_cpu_s(server.pid) - before_s) / (time.monotonic() - then_s)
        status = Path(f"/proc/{server.pid}/status").read_text()
        memory = re.search(r"VmRSS:\s+(\d+)", status)
        waits, lates = out.get(timeout=seconds + 120)
        process.join(20)
        calls = _metric(port, "ingest_calls_total")
        made = _metric(port, "ingest_estimates_total")
    finally:
        server.terminate()
        server.wait(10)
    settled = np.array(waits[min(len(waits) // 10, clients) :] or [float("inf")])
    return Row(
        clients=clients,
        rate_hz=rate_hz,
        estimates=len(waits),
        wanted=clients * (round(seconds / BLOCK_S) // STEP_BLOCKS),
        median_s=float(np.median(settled)),
        p99_s=float(np.percentile(settled, 99)),
        server_share=share,
        late_s=float(np.percentile(lates, 99)) if lates else float("nan"),
        batch=made / calls if calls else 0.0,
        memory_mb=int(memory[1]) / 1024 if memory else float("nan"),
    )


HEAD = (
    "streams", "sound", "estimates", "last sample sent → estimate: median", "99 % below",
    "cores of the server", "ms of a core for a second of sound", "streams in a call",
    "clients late", "memory",
)  # fmt: skip


def text_of(rows: list[Row], seconds: float, load: float) -> str:
    """What goes into the document."""
    said = (
        f"Measured on {machine()}; {seconds:g} s each, by `benchmarks/serve.py`; load average "
        f"before it began: {load:.1f}. Server and clients share the machine; *clients late* is "
        "how late these themselves sent their blocks, of the slowest hundredth."
    )
    cells = [
        [
            str(row.clients),
            f"{row.rate_hz / 1000:g} kHz",
            f"{row.estimates} of {row.wanted}",
            f"{1000 * row.median_s:.1f} ms",
            f"{1000 * row.p99_s:.1f} ms",
            f"{row.server_share:.2f}",
            f"{1000 * row.server_share / row.clients:.2f}",
            f"{row.batch:.1f}",
            f"{1000 * row.late_s:.0f} ms",
            f"{row.memory_mb:.0f} MB",
        ]
        for row in rows
    ]
    ends = []
    for rate_hz in dict.fromkeys(row.rate_hz for row in rows):
        best = max((r.clients for r in rows if r.rate_hz == rate_hz and r.in_time), default=0)
        ends.append(
            f"At {rate_hz / 1000:g} kHz, {best} streams were served in time beside their clients: "
            f"99 % of the estimates within {1000 * LATE_S:.0f} ms."
        )
    return "\n\n".join([said, table(HEAD, cells), " ".join(ends)])


def channels_text() -> str:
    """What ``--channels each`` costs, without a sound card."""
    from realtime_mer.model import load_model
    from realtime_mer.streams.channels import ChannelTracker

    model = load_model(None, "cpu")
    cells = []
    for count in (1, 2, 8, 16, 32, 64):
        tracker = ChannelTracker(48_000, model, range(1, count + 1))
        random = np.random.default_rng(0)
        blocks = random.normal(0, 0.1, (10, 2_400, count)).astype(np.float32)
        listens, models = [], []
        for k in range(240):
            begin_s = time.perf_counter()
            waiting = tracker.listen(blocks[k % 10])
            listens.append(time.perf_counter() - begin_s)
            if waiting:
                begin_s = time.perf_counter()
                tracker.estimates()
                models.append(time.perf_counter() - begin_s)
        listen_ms, model_ms = 1e3 * np.median(listens[20:]), 1e3 * np.median(models[2:])
        per_s = 20 * listen_ms + 2 * model_ms
        cells.append(
            [str(count), f"{listen_ms:.2f} ms", f"{model_ms:.2f} ms", f"{per_s / 10:.1f} %"]
        )
    head = ("channels", "front end, a block of 50 ms", "model, a half second", "of one core")
    return f"Measured on {machine()}, 48 kHz.\n\n{table(head, cells)}"


def main() -> None:
    """Measure more and more clients until it is no longer real time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measurement")
    parser.add_argument(
        "--clients", default="1,100,250,500,750,1000,1500", help="how many, one after another"
    )
    parser.add_argument("--rates", default="16000,44100", help="sample rates in hertz")
    parser.add_argument("--print-only", action="store_true", help="leave the document as it is")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    channels = channels_text()
    print(channels)
    rows = []
    for rate in options.rates.split(","):
        for clients in options.clients.split(","):
            row = measure(int(clients), int(rate), options.seconds)
            print(row, flush=True)
            rows.append(row)
            if not row.in_time:
                break
    text = text_of(rows, options.seconds, load)
    print(text)
    if not options.print_only:
        write_between_markers(DOCUMENT, "each", channels)
        write_between_markers(DOCUMENT, "serve", text)


if __name__ == "__main__":
    main()
