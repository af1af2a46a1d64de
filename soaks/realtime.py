"""Listens to PulseAudio and to JACK at once for ten minutes and counts every sample.

``python -m soaks.realtime`` writes what it found into ``docs/reliability.md``; ``--minutes 1``
makes it shorter, ``--dry`` prints instead of writing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from soaks.show import Show, show
from soaks.stalls import counting_stalls
from tests.support import frame_counter
from tests.support.counting import Counted, count, write_counter
from tests.support.jack import jack_server
from tests.support.pulse import pulse_server

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
RATE_HZ = 44_100
TAIL_S = 3.0
SHORT_S = 2.0
"""A recording on a slow disk may lack so much at its end: it has a second to close."""
HEAD = ["over", "time", "samples heard", "lost", "numbers not seen", "estimates", "missing",
        "xruns told", "drift"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What a soak found: the sound that was recorded, and what the tracker said at its end."""

    seconds: float
    counted: Counted
    estimates: int
    gaps: int
    status: Mapping[str, object]

    def row(self, name: str) -> list[str]:
        """Return a row of the table, under :data:`HEAD`."""
        drift = self.status["drift_ppm"]
        return [
            name,
            f"{self.seconds / 60:.1f} min",
            f"{self.counted.samples:,}",
            f"{self.counted.lost:,}",
            f"{self.counted.unseen:,}",
            f"{self.estimates:,}",
            str(self.gaps),
            str(self.status["drops"]),
            "not known yet" if drift is None else f"{drift:+} ppm",
        ]


def over_pulse(seconds: float) -> Found:
    """Play the counter into PulseAudio's null sink and listen to its monitor."""
    with tempfile.TemporaryDirectory() as name, pulse_server(Path(name), RATE_HZ) as pulse:
        folder = Path(name)
        wav = write_counter(folder / "counter.wav", RATE_HZ, seconds)
        heard = folder / "heard.flac"
        arguments = ["--device", "pulse", "--no-osc", "--record-audio", heard]
        with show(folder, *arguments, environment=pulse.environment) as running:
            running.wait_for_estimates(2)
            pulse.play(wav).wait(seconds + 60)
            time.sleep(TAIL_S)
            return finish(running, heard, seconds)


def over_jack(seconds: float) -> Found:
    """Play the counter into the tracker's inputs and let it listen."""
    with tempfile.TemporaryDirectory() as name, listening_to_jack(Path(name)) as (running, heard):
        time.sleep(seconds)
        return finish(running, heard, seconds)


@contextmanager
def listening_to_jack(
    folder: Path, *arguments: str | Path, extra: Mapping[str, str] | None = None
) -> Iterator[tuple[Show, Path]]:
    """Run JACK at 512 frames, the tracker on it, and the counter playing into the tracker.

    Args:
        folder: for everything.
        arguments: further ones of the tracker.
        extra: added to its environment.

    Yields:
        The show, and the file of what it hears.
    """
    heard = folder / "heard.flac"
    with jack_server(folder, RATE_HZ, realtime=True) as jack:
        environment = {**jack.environment, **(extra or {})}
        sound = ["--device", "system", "--no-osc", "--record-audio", heard]
        with show(folder, *sound, *arguments, environment=environment) as running:
            running.wait_for_estimates(2)
            counter = subprocess.Popen(
                [sys.executable, frame_counter.__file__, "PortAudio"],
                env=jack.environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            try:
                if counter.stdout is None or "connected" not in counter.stdout.readline():
                    raise RuntimeError("the counter cannot play into the tracker")
                yield running, heard
            finally:
                counter.terminate()
                counter.wait(10)


def finish(running: Show, heard: Path, seconds: float) -> Found:
    """End the tracker and count what it recorded."""
    code, _ = running.program.interrupt()
    if code:
        raise RuntimeError(f"the tracker ended with {code}: {running.program.output()}")
    counted = count(heard)
    if counted.samples < (seconds - SHORT_S) * RATE_HZ:
        raise RuntimeError(f"the recording is too short: {counted} {running.program.errors()}")
    estimates = len(running.sequences)
    return Found(seconds, counted, estimates, running.gaps, running.statuses[-1])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    seconds = 60.0 * arguments.minutes
    with counting_stalls() as stalls, ThreadPoolExecutor() as both:
        pulse, jack = both.submit(over_pulse, seconds), both.submit(over_jack, seconds)
        rows = [pulse.result().row("PulseAudio"), jack.result().row("JACK, 512 frames")]
    still = f"{stalls.count} stalls of the machine, the longest {1e3 * stalls.longest_s:.0f} ms"
    text = f"Measured on {machine()}; meanwhile {still}.\n\n{table(HEAD, rows)}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "realtime", text)


if __name__ == "__main__":
    main()
