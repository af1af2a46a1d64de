"""How far the gain of the input moves the estimates, and how long the level takes to settle.

Real recordings go through the live tracker as they are and with the gain changed, once
from the beginning and once by a jump in the middle of the stream, as when somebody
touches the fader. Writes the tables between the markers in ``docs/levels.md``:

    python -m benchmarks.levels [--recordings 30]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.timing import table, write_between_markers
from realtime_mer.tracker import Tracker

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("REALTIME_MER_DATA", ROOT.parent / "shared" / "data"))
GAINS_DB = (-24, -12, 12, 24)
JUMP_S = 60.0
AFTER_S = (0, 10, 30, 60)
SPAN_S = 10.0
SETTLED_S = 30.0


def values(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Return arousal and valence of every step, ``[steps, 2]``."""
    estimates = Tracker(rate_hz).feed(samples)
    return np.array([(estimate.arousal, estimate.valence) for estimate in estimates])


def from_the_beginning(recordings: list[tuple[np.ndarray, int]]) -> str:
    """Compare whole recordings at another gain with the recordings as they are."""
    rows = []
    plain = [values(samples, rate) for samples, rate in recordings]
    settled = round(2 * SETTLED_S)
    for gain_db in GAINS_DB:
        factor = np.float32(10.0 ** (gain_db / 20.0))
        moved = [
            np.abs(values(samples * factor, rate) - before)
            for (samples, rate), before in zip(recordings, plain, strict=True)
        ]
        for name, first in (("ever", 0), ("from 30 s on", settled)):
            largest = np.array([piece[first:].max(axis=0) for piece in moved])
            within = np.mean(largest.max(axis=1) <= 0.05)
            rows.append([f"{gain_db:+d} dB", name, *(f"{x:.3f}" for x in np.median(largest, 0))])
            rows[-1] += [*(f"{x:.3f}" for x in largest.max(axis=0)), f"{within:.0%}"]
    head = ["gain", "largest movement", "arousal, median", "valence, median"]
    return table([*head, "arousal, largest", "valence, largest", "recordings within 0.05"], rows)


def after_a_jump(recordings: list[tuple[np.ndarray, int]]) -> str:
    """Compare a stream whose gain jumps with the same stream without the jump."""
    rows = []
    moved: dict[tuple[int, int], list[np.ndarray]] = {}
    for samples, rate in recordings:
        jump = round(JUMP_S * rate)
        length = jump + round((AFTER_S[-1] + SPAN_S) * rate)
        stream = np.resize(samples, length)  # the recording again and again
        plain = values(stream, rate)
        for gain_db in GAINS_DB:
            changed = stream.copy()
            changed[jump:] *= np.float32(10.0 ** (gain_db / 20.0))
            difference = np.abs(values(changed, rate) - plain)
            for after in AFTER_S:
                first = round(2 * (JUMP_S + after))
                span = difference[first : first + round(2 * SPAN_S)]
                moved.setdefault((gain_db, after), []).append(span.mean(axis=0))
    for (gain_db, after), spans in moved.items():
        arousal, valence = np.median(spans, axis=0)
        rows.append([f"{gain_db:+d} dB", f"{after} to {after + SPAN_S:.0f} s"])
        rows[-1] += [f"{arousal:.3f}", f"{valence:.3f}"]
    return table(["jump", "time after it", "arousal, median", "valence, median"], rows)


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=30)
    count = parser.parse_args().recordings
    paths = sorted(DATA.glob("emotify/audio/*"))  # of a minute: the level settles in them
    paths = [paths[index] for index in np.linspace(0, len(paths) - 1, count).astype(int)]
    recordings = [soundfile.read(path, dtype="float32") for path in paths]
    page = ROOT / "docs" / "levels.md"
    note = f"\n\n{len(recordings)} recordings of emotify, a minute each."
    write_between_markers(page, "gain", from_the_beginning(recordings) + note)
    write_between_markers(page, "jump", after_a_jump(recordings) + note)


if __name__ == "__main__":
    main()
