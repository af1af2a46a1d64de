"""How far the frames and the estimates of a recording depend on the sample rate.

Real recordings are rendered at 44.1 and 48 kHz by the best resampler at hand (soxr VHQ)
and go through the live tracker at both rates. To show what each decision of the front
end is worth, the frames are also computed with half the FFT and with filters sampled at
the bin centres. Writes the tables between the markers in ``docs/front-end.md``:

    python -m benchmarks.sample_rates [--recordings 40]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks.timing import table, write_between_markers
from realtime_mer.frontend import FRONT_END, log_mel, normalise_steps
from realtime_mer.frontend.mel import band_edges_hz, mel_weights
from realtime_mer.frontend.plan import frame_end, plan_frames
from realtime_mer.tracker import Tracker

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("REALTIME_MER_DATA", ROOT.parent / "shared" / "data"))
RATES_HZ = (44_100, 48_000)
SECONDS = 30


def frames_with(samples: np.ndarray, rate_hz: int, *, halve_fft: bool, sample: bool) -> np.ndarray:
    """Return log-mel frames as the front end makes them but for one decision."""
    plan = plan_frames(rate_hz)
    size = plan.fft_samples // (2 if halve_fft else 1)
    hann = np.hanning(plan.window_samples + 1)[:-1]
    if sample:
        edges = band_edges_hz(FRONT_END.bands, FRONT_END.low_hz, FRONT_END.high_hz)
        hz = np.arange(size // 2 + 1) * rate_hz / size
        weights = np.stack(
            [np.interp(hz, edges[band : band + 3], [0, 1, 0]) for band in range(FRONT_END.bands)]
        )
    else:
        weights = mel_weights(rate_hz, size, FRONT_END.bands, FRONT_END.low_hz, FRONT_END.high_hz)
    padded = np.concatenate([np.zeros(plan.window_samples), samples])
    count = len(samples) * FRONT_END.hops_per_s // rate_hz
    ends = [frame_end(index, rate_hz) for index in range(count)]
    windows = np.stack([padded[end : end + plan.window_samples] for end in ends])
    windows = (windows - (windows @ hann / hann.sum())[:, None]) * hann
    power = 2.0 * np.abs(np.fft.rfft(windows, size)) ** 2 / (size * np.sum(hann**2))
    power[:, 0] = 0.0
    floor = 10.0 ** (FRONT_END.floor_db / 10.0)
    return (10.0 * np.log10(np.maximum(power @ weights.T, floor))).astype(np.float32)


def rms(first: np.ndarray, second: np.ndarray) -> float:
    """Return the root mean square difference over what both have."""
    count = min(len(first), len(second))
    return float(np.sqrt(np.mean((first[:count] - second[:count]) ** 2)))


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=40)
    count = parser.parse_args().recordings
    paths = sorted(DATA.glob("*/audio/*"))
    paths = [paths[index] for index in np.linspace(0, len(paths) - 1, count).astype(int)]
    ways = {
        "bin integrals, FFT of twice the window or more (the front end)": None,
        "bin integrals, half that FFT": {"halve_fft": True, "sample": False},
        "filters sampled at the bins, half that FFT": {"halve_fft": True, "sample": True},
    }
    frames: dict[str, list[float]] = {name: [] for name in ways}
    estimates: dict[str, list[float]] = {"arousal": [], "valence": []}
    for path in paths:
        samples, rate_hz = soundfile.read(path, dtype="float32", frames=SECONDS * 48_000)
        rendered = {rate: soxr.resample(samples, rate_hz, rate, quality="VHQ") for rate in RATES_HZ}
        for name, way in ways.items():
            raw = [
                log_mel(rendered[rate], rate) if way is None
                else frames_with(rendered[rate], rate, **way)
                for rate in RATES_HZ
            ]  # fmt: skip
            frames[name].append(rms(*(normalise_steps(piece)[0] for piece in raw)))
        tracked = [Tracker(rate).feed(rendered[rate]) for rate in RATES_HZ]
        for dimension, differences in estimates.items():
            values = [
                np.array([getattr(estimate, dimension) for estimate in run]) for run in tracked
            ]
            differences.append(rms(*values))
        print(f"{path.name}: {frames[next(iter(ways))][-1]:.3f} dB", flush=True)
    text = table(
        ["frames", "median, dB RMS", "largest"],
        [[name, f"{np.median(d):.3f}", f"{np.max(d):.3f}"] for name, d in frames.items()],
    )
    text += "\n\n" + table(
        ["estimates", "median, RMS", "largest"],
        [[name, f"{np.median(d):.4f}", f"{np.max(d):.4f}"] for name, d in estimates.items()],
    )
    text += f"\n\n{len(paths)} recordings of up to {SECONDS} s, at 44.1 and at 48 kHz."
    write_between_markers(ROOT / "docs" / "front-end.md", "sample-rates", text)


if __name__ == "__main__":
    main()
