"""How long an estimate takes from its last sample to the receiver and to the screen.

The program itself runs, fed with noise on standard input as a sound card would: a block of
512 samples whenever its last sample is due. Timed is from the moment the block that completes
a step is written, to the datagram's arrival at a UDP port, to the WebSocket message's arrival
in Chromium, and to the end of the frame that Chromium paints next.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from pythonosc.osc_message import OscMessage

from benchmarks.timing import Spread
from realtime_mer.estimate import STEP_S

RATE_HZ = 48_000
BLOCK_SAMPLES = 512
STEP_SAMPLES = round(RATE_HZ * STEP_S)
WARM_UP_STEPS = 4
CHROMIUM = Path("/usr/bin/chromium")  # Debian's; elsewhere the one playwright brings
QUIET_BROWSER = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

# Every frame is followed by a task that was queued in it: then it has been handed on.
CLOCK_IN_THE_PAGE = """
window.measured = [];
const now = () => performance.timeOrigin + performance.now();
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...words) {
    super(...words);
    this.addEventListener("message", (event) => {
      const message = JSON.parse(event.data);
      if (message.type !== "estimate") return;
      const arrived = now();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () =>
          window.measured.push([message.sequence, arrived, now()]);
        channel.port2.postMessage(0);
      });
    });
  }
};
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Times from an estimate's last sample to three places."""

    osc: Spread
    websocket: Spread
    paint: Spread


class Receiver:
    """Notes when ``/mer/arousal`` arrives."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.arrivals: list[float] = []
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        while True:
            datagram = self._socket.recv(65_536)
            now_s = time.time()
            if OscMessage(datagram).address == "/mer/arousal":
                self.arrivals.append(now_s)


@contextmanager
def program(osc: str, web_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the tracker on standard input, from when its page answers."""
    sound = ["--device", "-", "--rate", str(RATE_HZ), "--channels", "1", "--format", "f32le"]
    places = ["--osc", osc, "--web", f"127.0.0.1:{web_port}", "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-m", "realtime_mer", *sound, *places], stdin=subprocess.PIPE
    )
    try:
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{web_port}/healthz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def play(process: subprocess.Popen[bytes], seconds: float) -> list[float]:
    """Write noise in real time; return when each step's last block was written."""
    stream = process.stdin
    assert stream is not None
    generator = np.random.default_rng(0)
    begin_s, written, ends = time.time(), 0, []
    while written < seconds * RATE_HZ:
        block = generator.normal(0.0, 0.1, BLOCK_SAMPLES).astype("<f4").tobytes()
        due_s = begin_s + (written + BLOCK_SAMPLES) / RATE_HZ
        time.sleep(max(0.0, due_s - time.time()))
        now_s = time.time()
        os.write(stream.fileno(), block)
        before, written = written, written + BLOCK_SAMPLES
        if written // STEP_SAMPLES > before // STEP_SAMPLES:
            ends.append(now_s)
    return ends


def measure(seconds: float = 120.0) -> Delivery:
    """Play for so long with a browser watching, and sum up."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        web_port = probe.getsockname()[1]
    receiver = Receiver()
    with program(receiver.target, web_port) as process, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM if CHROMIUM.exists() else None,
            args=QUIET_BROWSER.split(),
        )
        page = browser.new_page()
        page.add_init_script(CLOCK_IN_THE_PAGE)
        page.goto(f"http://127.0.0.1:{web_port}/")
        ends = play(process, seconds)
        page.wait_for_timeout(1000)
        measured = page.evaluate("window.measured")
        browser.close()
    if len(receiver.arrivals) != len(ends):
        raise RuntimeError(f"{len(ends)} steps were played, {len(receiver.arrivals)} arrived")
    osc = [there - end for end, there in zip(ends, receiver.arrivals, strict=True)]
    seen = {
        int(sequence): (arrived_ms / 1e3, painted_ms / 1e3)
        for sequence, arrived_ms, painted_ms in measured
        if sequence >= WARM_UP_STEPS
    }
    return Delivery(
        osc=Spread.of(osc[WARM_UP_STEPS:]),
        websocket=Spread.of([arrived - ends[k] for k, (arrived, _) in seen.items()]),
        paint=Spread.of([painted - ends[k] for k, (_, painted) in seen.items()]),
    )
