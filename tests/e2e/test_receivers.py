"""Receivers that are not ours understand what is sent."""

from __future__ import annotations

import errno
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.program import OscReceiver, free_port, running

pytestmark = pytest.mark.e2e

PATCH = Path(__file__).resolve().parents[2] / "examples" / "puredata" / "mer.pd"
NAMES = ("arousal", "valence", "arousal_std", "valence_std", "active")
ESTIMATES = 8
PRINTED = 1e-5  # both receivers print six digits


@contextmanager
def receiver(command: list[str], port: int, output: Path) -> Iterator[None]:
    """Run a program that listens on a UDP port, from when it does."""
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: is_taken(port), 20)
        yield
    finally:
        process.terminate()
        process.wait(10)


def is_taken(port: int) -> bool:
    """Whether some program has the UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def wait_until(condition: Callable[[], bool], limit_s: float) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def compare(sent: OscReceiver, pattern: str, output: Path) -> None:
    """Assert that a receiver printed, in order, the values that were sent."""
    for name in NAMES:
        line = re.compile(pattern.format(name=name), re.MULTILINE)

        def printed(line: re.Pattern[str] = line) -> list[float]:
            return [float(text) for text in line.findall(output.read_text())]

        wait_until(lambda printed=printed: len(printed()) >= ESTIMATES, 20)
        expected = sent.wait_for(f"/mer/{name}", ESTIMATES, 20)
        assert printed()[:ESTIMATES] == pytest.approx(expected[:ESTIMATES], abs=PRINTED)
    assert len(set(sent.values("/mer/arousal"))) > 1, "the values must move to prove anything"


def test_oscdump_prints_what_was_sent(tmp_path: Path) -> None:
    """liblo's oscdump prints every value under its address and type."""
    port, output = free_port(socket.SOCK_DGRAM), tmp_path / "oscdump.txt"
    with OscReceiver() as ours, receiver(["stdbuf", "-oL", "oscdump", str(port)], port, output):
        targets = ["--osc", ours.target, "--osc", f"127.0.0.1:{port}"]
        with running(tmp_path, "--device", "demo", "--no-web", *targets):
            compare(ours, r"/mer/{name} [fi] (\S+)$", output)
        status = re.search(r"/mer/status ifif (\d+) (\S+) (\d+) (\S+)", output.read_text())
        assert status is not None
        assert float(status[2]) % 0.5 == 0


def test_pure_data_prints_what_was_sent(tmp_path: Path) -> None:
    """Pure Data prints every value, through the patch that is shipped as an example."""
    port, output, patch = free_port(socket.SOCK_DGRAM), tmp_path / "pd.txt", tmp_path / "mer.pd"
    text = PATCH.read_text()
    assert "netreceive -u -b 9000;" in text, "the patch listens where the tracker sends by default"
    patch.write_text(text.replace("-b 9000;", f"-b {port};"))
    command = ["pd", "-nogui", "-nosound", "-nomidi", "-noprefs", "-open", str(patch)]
    with OscReceiver() as ours, receiver(command, port, output):
        targets = ["--osc", ours.target, "--osc", f"127.0.0.1:{port}"]
        with running(tmp_path, "--device", "demo", "--no-web", *targets):
            compare(ours, r"^mer: {name} (\S+)$", output)
        assert "error" not in output.read_text()


def test_a_dead_target_costs_the_others_nothing(tmp_path: Path) -> None:
    """With a target that nobody listens to and one that has no address, the third gets it all."""
    dead = f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    with OscReceiver() as ours:
        targets = ["--osc", dead, "--osc", "no-such-host.invalid:9000", "--osc", ours.target]
        with running(tmp_path, "--device", "demo", "--no-web", *targets) as program:
            ours.wait_for("/mer/arousal", 6, limit_s=60)
            arrivals = [message.arrived_s for message in ours.messages("/mer/arousal")]
            assert (arrivals[5] - arrivals[0]) / 5 == pytest.approx(0.5, abs=0.2)
            code, _ = program.interrupt()
            assert code == 0
