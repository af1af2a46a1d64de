"""Records an input device through :class:`Microphone`, as a process of its own.

PortAudio reads the environment when it is initialised, so a test that brings its own sound
server runs ``hear(...)``, which starts this file as a script in that server's environment.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

START_LIMIT_S = 30.0


@dataclass
class Recording:
    """A recorder at work; after :meth:`finish`, what it heard.

    Attributes:
        process: the recorder.
        path: where it puts the samples.
    """

    process: subprocess.Popen[str]
    path: Path

    def wait_for_sound(self) -> None:
        """Return when the first block has come."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line.strip() != "hearing":
            raise AssertionError(f"the recorder said {line!r}: {self.process.communicate()}")

    def finish(self, limit_s: float) -> tuple[dict[str, Any], NDArray[np.float32]]:
        """Return the recorder's report and the samples ``[samples, channels]``."""
        output, errors = self.process.communicate(timeout=limit_s)
        if self.process.returncode != 0:
            raise AssertionError(f"exit code {self.process.returncode}: {output} {errors}")
        report = json.loads(output.splitlines()[-1])
        report["stderr"] = errors
        return report, np.load(self.path)


def hear(
    folder: Path,
    environment: Mapping[str, str],
    device: str,
    seconds: float,
    channels: Sequence[int] | None = None,
) -> Recording:
    """Start to record a device.

    Args:
        folder: for the samples.
        environment: the sound server's.
        device: as a person names it.
        seconds: how long to record; it ends sooner when the device is gone.
        channels: 0-based, or None.
    """
    path = folder / "heard.npy"
    request = json.dumps([device, None if channels is None else list(channels), seconds, str(path)])
    process = subprocess.Popen(
        [sys.executable, __file__, request],
        env={**environment, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return Recording(process, path)


def main(request: str) -> None:
    """Record, store the samples, print a report."""
    from realtime_mer.sources.microphone import Microphone

    device, channels, seconds, path = json.loads(request)
    blocks: list[NDArray[np.float32]] = []
    endings: list[str] = []
    first, over = threading.Event(), threading.Event()

    def deliver(block: NDArray[np.float32]) -> None:
        blocks.append(block.copy())
        first.set()

    def ended(failure: Exception | None) -> None:
        endings.append(f"{type(failure).__name__}: {failure}")
        over.set()

    source = Microphone(device, None if channels is None else tuple(channels))
    source.start(deliver, ended)
    if not first.wait(START_LIMIT_S):
        raise SystemExit("no block came")
    print("hearing", flush=True)
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    over.wait(seconds)
    heard_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    count = len(blocks)
    closing_s = time.monotonic()
    source.close()
    closing_s = time.monotonic() - closing_s
    after_close = len(blocks)
    time.sleep(0.1)
    np.save(path, np.concatenate(blocks[:count]))
    report = {
        "name": source.name,
        "rate_hz": source.rate_hz,
        "channels": source.channels,
        "drops": source.drops(),
        "endings": endings,
        "blocks": count,
        "heard_s": heard_s,
        "cpu_s": cpu_s,
        "closing_s": closing_s,
        "blocks_after_close": len(blocks) - after_close,
    }
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
