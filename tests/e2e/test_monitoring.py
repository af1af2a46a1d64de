"""Health and metrics of a run, asked from outside."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.program import command, free_port

pytestmark = pytest.mark.e2e

LIMIT_S = 60.0
RATE_HZ = 16_000


class Monitored:
    """A run that hears what it is fed through a pipe."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def feed(self, seconds: float) -> None:
        """Give it so much noise."""
        noise = np.random.default_rng(0).integers(-3000, 3000, round(seconds * RATE_HZ), np.int16)
        pipe: BinaryIO | None = self.process.stdin  # type: ignore[assignment]
        assert pipe is not None
        pipe.write(noise.tobytes())
        pipe.flush()

    def health(self) -> tuple[int, str]:
        """What whoever watches the process sees: status code and reason."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)["reason"]
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["reason"]
        except urllib.error.URLError:
            return 0, "not there yet"

    def metrics(self) -> dict[str, float]:
        """What Prometheus scrapes, by name and labels."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = "".join(sample.labels.values())
                found[sample.name.removeprefix("realtime_mer_") + labels] = sample.value
        return found


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Monitored]:
    """A run on standard input."""
    port = free_port()
    flags = ["--device", "-", "--rate", str(RATE_HZ), "--channels", "1", "--no-osc", "--quiet"]
    process = subprocess.Popen(
        command(*flags, "--web", f"127.0.0.1:{port}", "--no-announce"),
        env={**os.environ, "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield Monitored(process, port)
    finally:
        process.kill()
        process.wait()


def until(right: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + LIMIT_S
    while not right():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_health_turns_red_when_no_estimate_comes_and_green_again(run: Monitored) -> None:
    """503 before the first sound and when it stops coming, each with its reason; else 200."""
    until(lambda: run.health()[0] == 503)
    assert run.health()[1] in ("no sound has arrived yet", "no estimate yet")
    run.feed(1.2)
    until(lambda: run.health() == (200, ""))
    assert run.metrics()["up"] == 1
    until(lambda: run.health()[0] == 503)
    assert "the last estimate came" in run.health()[1]
    assert run.metrics()["up"] == 0
    run.feed(1.0)
    until(lambda: run.health() == (200, ""))


def test_metrics_follow_the_run(run: Monitored) -> None:
    """Estimates are counted, and how long each took is in the histogram."""
    until(lambda: run.health()[0] == 503)
    run.feed(5.2)
    until(lambda: run.metrics()["estimates_total"] == 10)
    found = run.metrics()
    assert 1 <= found["latency_seconds_count"] <= 10  # several steps that wait are one
    assert found["latency_seconds_bucket+Inf"] == found["latency_seconds_count"]
    assert 0 < found["latency_seconds_sum"] < LIMIT_S
    until(lambda: run.metrics()["device_staterunning"] == 1)
    assert run.metrics()["device_statelost"] == 0
    assert found["drops_total"] == found["reconnects_total"] == 0
