"""How regularly a sound server hands over its blocks, through the program's own microphone.

PortAudio reads its environment once, so this is a program to be started inside that of a
sound server: ``python -m benchmarks.input_block DEVICE SECONDS`` prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from realtime_mer.sources.base import Block
from realtime_mer.sources.microphone import Microphone

SETTLING_S = 4.0
"""PulseAudio keeps the first blocks back for up to 2 s and then delivers them all at once."""


def measure(device: str, seconds: float) -> dict[str, float]:
    """Listen for some seconds after all has settled.

    Returns:
        Rate, median and largest block in samples, the seconds to the first block, and
        between blocks the median, the 95th percentile and the longest.
    """
    opened_s = time.perf_counter()
    microphone = Microphone(device)
    arrivals: list[tuple[float, int]] = []

    def deliver(block: Block) -> None:
        arrivals.append((time.perf_counter(), len(block)))

    microphone.start(deliver, lambda error: None)
    while not arrivals:
        time.sleep(0.01)
    time.sleep(SETTLING_S + seconds)
    microphone.close()
    times, sizes = np.array(arrivals).T
    settled = times > times[0] + SETTLING_S
    gaps = np.diff(times[settled])
    median, p95, longest = np.quantile(gaps, [0.5, 0.95, 1.0])
    return {
        "rate_hz": microphone.rate_hz,
        "block_samples": float(np.median(sizes[settled])),
        "largest_block_samples": float(sizes[settled].max()),
        "first_block_s": times[0] - opened_s,
        "median_s": median,
        "p95_s": p95,
        "longest_s": longest,
        "blocks": len(gaps),
        "drops": microphone.drops(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], float(sys.argv[2]))))
