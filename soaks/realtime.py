"""Listens to PulseAudio and to JACK at once for ten minutes and counts every sample.

To JACK twice: as it starts by itself, and with ``--sync``. ``python -m soaks.realtime`` writes
what it found into ``docs/reliability.md``; ``--minutes 1`` makes it shorter, ``--dry`` prints
instead of writing.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.latency import machine
from benchmarks.timing import table, write_between_markers
from soaks.listening import MODES, RATE_HZ, SHORT_S, Heard, finish, over_jack
from soaks.show import show
from soaks.stalls import counting_stalls
from tests.support.counting import write_counter
from tests.support.pulse import pulse_server

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
TAIL_S = 3.0
HEAD = ["over", "time", "samples heard", "lost", "lost by jack_rec", "turns JACK gave nobody",
        "estimates", "missing", "xruns told", "drift"]  # fmt: skip


def over_pulse(seconds: float, folder: Path) -> Heard:
    """Play the counter into PulseAudio's null sink and listen to its monitor."""
    with pulse_server(folder, RATE_HZ) as pulse:
        wav = write_counter(folder / "counter.wav", RATE_HZ, seconds)
        recording = folder / "heard.flac"
        arguments: list[str | Path] = ["--device", "pulse", "--no-osc", "--record-audio", recording]
        with show(folder, *arguments, environment=pulse.environment) as running:
            running.wait_for_estimates(2)
            pulse.play(wav).wait(seconds + 60)
            time.sleep(TAIL_S)
            heard = finish(running, recording)
    if heard.counted.last < (seconds - SHORT_S) * RATE_HZ:
        raise RuntimeError(f"the recording is too short: {heard}")
    return heard


def row(name: str, seconds: float, heard: Heard) -> list[str]:
    """Return a row of the table, under :data:`HEAD`."""
    drift = heard.status["drift_ppm"]
    return [
        name,
        f"{seconds / 60:.1f} min",
        *heard.cells,
        str(heard.status["drops"]),
        "not known yet" if drift is None else f"{drift:+} ppm",
    ]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--dry", action="store_true")
    arguments = parser.parse_args()
    seconds = 60.0 * arguments.minutes
    with tempfile.TemporaryDirectory() as name, counting_stalls() as stalls:
        folders = [Path(name) / number for number in "012"]
        for folder in folders:
            folder.mkdir()
        with ThreadPoolExecutor() as all_at_once:
            tasks = {"PulseAudio": all_at_once.submit(over_pulse, seconds, folders[0])}
            for (mode, waits), folder in zip(MODES.items(), folders[1:], strict=True):
                tasks[mode] = all_at_once.submit(over_jack, seconds, waits, folder)
            rows = [row(over, seconds, task.result()) for over, task in tasks.items()]
    text = f"Measured on {machine()}; meanwhile {stalls.sentence()}.\n\n{table(HEAD, rows)}"
    print(text)
    if not arguments.dry:
        write_between_markers(PAGE, "realtime", text)


if __name__ == "__main__":
    main()
