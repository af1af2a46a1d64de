"""What one would take instead, beside ours: each fed with the same sound, on one thread.

All of them turn sound into frames of some kind, most also into descriptors; none estimates
emotion. They say what a second of sound costs in Python by other well-known means.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from realtime_mer.bench.compute import noise
from realtime_mer.estimate import STEP_S
from realtime_mer.frontend import LogMel
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import load_model
from realtime_mer.tracker import Tracker

RATE_HZ = 44_100
HOP = RATE_HZ // FRONT_END.hops_per_s
WINDOW = 2 * HOP
FFT = 4096
SILERO_RATE_HZ = 16_000
SILERO_WINDOW = 512
SILERO_CONTEXT = 64


@dataclass(frozen=True, slots=True)
class Peer:
    """Something to measure.

    Attributes:
        key: for programs.
        name: for people.
        package: whose version counts.
        seconds: of sound that a run takes.
        run: does it once.
    """

    key: str
    name: str
    package: str
    seconds: float
    run: Callable[[], object]

    @property
    def version(self) -> str:
        """The package's version."""
        return importlib.metadata.version(self.package)


Maker = Callable[[], Iterator[Peer]]


def ours() -> Iterator[Peer]:
    """Front end, and front end with model, in steps of 500 ms as live."""
    step = noise(round(RATE_HZ * STEP_S))
    front_end, tracker = LogMel(RATE_HZ), Tracker(RATE_HZ, load_model(provider="cpu"))

    def frames() -> None:
        for _ in range(10):
            front_end.push(step)
            front_end.take(FRONT_END.frames_per_step)

    def estimates() -> None:
        for _ in range(10):
            tracker.feed(step)

    seconds = 10 * STEP_S
    yield Peer("ours", "realtime-mer: arousal and valence", "realtime-mer", seconds, estimates)
    yield Peer("frames", "realtime-mer: front end alone", "realtime-mer", seconds, frames)


def silero() -> Iterator[Peer]:
    """silero-vad's recurrent network on windows of 32 ms, each with its context and state."""
    import onnxruntime

    files = importlib.metadata.files("silero-vad") or []
    (path,) = [file for file in files if file.name == "silero_vad.onnx"]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        str(Path(str(path.locate()))), options, providers=["CPUExecutionProvider"]
    )
    windows = noise(SILERO_RATE_HZ * 2)[: 62 * SILERO_WINDOW].reshape(62, 1, SILERO_WINDOW)
    rate = np.array(SILERO_RATE_HZ, np.int64)

    def run() -> None:
        state = np.zeros((2, 1, 128), np.float32)
        context = np.zeros((1, SILERO_CONTEXT), np.float32)
        for window in windows:
            heard = np.concatenate([context, window], axis=1)
            _, state = session.run(None, {"input": heard, "state": state, "sr": rate})
            context = window[:, -SILERO_CONTEXT:]

    yield Peer("silero", "silero-vad: speech or not", "silero-vad", 62 * 0.032, run)


def opensmile_compare() -> Iterator[Peer]:
    """openSMILE's ComParE 2016 descriptors, 65 every 10 ms."""
    import opensmile

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.ComParE_2016,
        feature_level=opensmile.FeatureLevel.LowLevelDescriptors,
    )
    run = partial(smile.process_signal, noise(5 * RATE_HZ), RATE_HZ)
    yield Peer("opensmile", "openSMILE: ComParE 2016 descriptors", "opensmile", 5.0, run)


def librosa_both() -> Iterator[Peer]:
    """librosa's log-mel: frame after frame as a stream asks for it, and ten seconds at once."""
    import librosa

    basis = librosa.filters.mel(sr=RATE_HZ, n_fft=FFT, n_mels=FRONT_END.bands, fmin=30, fmax=8000)
    settings: dict[str, Any] = {"n_fft": FFT, "win_length": WINDOW, "hop_length": HOP}

    def log_mel(samples: np.ndarray) -> np.ndarray:
        power = np.abs(librosa.stft(samples, **settings, center=False)) ** 2
        return np.asarray(librosa.power_to_db(basis @ power))

    frames = noise(25 * FFT).reshape(25, FFT)

    def streaming() -> None:
        for frame in frames:
            log_mel(frame)

    yield Peer("librosa_stream", "librosa: log-mel, frame by frame", "librosa", 0.5, streaming)
    whole = partial(log_mel, noise(10 * RATE_HZ))
    yield Peer("librosa_batch", "librosa: log-mel, 10 s at once", "librosa", 10.0, whole)


def torch_stft() -> Iterator[Peer]:
    """The same in torch, which takes whole recordings at once."""
    import torch

    torch.set_num_threads(1)
    window = torch.hann_window(WINDOW)
    basis = torch.rand(FRONT_END.bands, FFT // 2 + 1)

    def log_mel(samples: torch.Tensor) -> torch.Tensor:
        spectrum = torch.stft(
            samples, FFT, HOP, WINDOW, window, center=False, return_complex=True
        )  # fmt: skip
        power = spectrum.real.square() + spectrum.imag.square()
        return 10.0 * torch.log10(torch.clamp(basis @ power, min=1e-12))

    frames = torch.from_numpy(noise(25 * FFT).reshape(25, FFT))

    def streaming() -> None:
        with torch.inference_mode():
            for frame in frames:
                log_mel(frame)

    yield Peer("torch_stream", "torch: log-mel, frame by frame", "torch", 0.5, streaming)
    samples = torch.from_numpy(noise(10 * RATE_HZ))

    def batch() -> None:
        with torch.inference_mode():
            log_mel(samples)

    yield Peer("torch_batch", "torch: log-mel, 10 s at once", "torch", 10.0, batch)


def essentia_mel() -> Iterator[Peer]:
    """essentia's algorithms, written in C++ for streams, one frame a call."""
    import essentia

    essentia.log.infoActive = False
    from essentia.standard import MelBands, Spectrum, Windowing

    window = Windowing(type="hann", size=WINDOW, zeroPadding=FFT - WINDOW)
    spectrum = Spectrum(size=FFT)
    bands = MelBands(
        numberBands=FRONT_END.bands, inputSize=FFT // 2 + 1, sampleRate=RATE_HZ,
        lowFrequencyBound=30, highFrequencyBound=8000,
    )  # fmt: skip
    frames = noise(25 * WINDOW).reshape(25, WINDOW)

    def streaming() -> None:
        for frame in frames:
            10.0 * np.log10(np.maximum(bands(spectrum(window(frame))), 1e-12))

    yield Peer("essentia", "essentia: log-mel, frame by frame", "essentia", 0.5, streaming)


MAKERS: dict[str, Maker] = {
    "realtime-mer": ours,
    "silero-vad": silero,
    "opensmile": opensmile_compare,
    "librosa": librosa_both,
    "torch": torch_stft,
    "essentia": essentia_mel,
}


def all_peers() -> tuple[list[Peer], dict[str, str]]:
    """Return what can be measured here, and why each of the others cannot."""
    found: list[Peer] = []
    missing: dict[str, str] = {}
    for package, make in MAKERS.items():
        try:
            found += make()
        except (ImportError, importlib.metadata.PackageNotFoundError) as error:
            missing[package] = str(error).splitlines()[0]
    return found, missing
