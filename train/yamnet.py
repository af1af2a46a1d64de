"""YAMNet's embeddings and class scores at the end of every 500 ms step.

Plakal, Ellis, "YAMNet", github.com/tensorflow/models (2020), Apache-2.0. It hears the
0.975 s that end where the step ends, so what it says is aligned with an estimate and
depends on nothing later.
"""

from __future__ import annotations

import functools
from dataclasses import asdict
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S
from train import cache
from train.audio import INSTRUMENTS, Instrument, load_audio
from train.datasets import data_root
from train.datasets.base import Recording

RATE_HZ = 16_000
PATCH_SAMPLES = 15_600
EMBEDDING_TENSOR = "global_average_pooling2d/Mean"


@functools.cache
def _interpreter() -> tuple[Any, int, int, int]:
    """Return the interpreter and the numbers of input, embedding and score tensors."""
    path = data_root() / "models" / "yamnet.tflite"
    if not path.is_file():
        raise UserError(f"{path} is missing; YAMNet is needed for this system.")
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        raise UserError("YAMNet needs the package `ai-edge-litert`; install it with pip.") from None

    # The embedding is no output of this file; keeping all tensors makes it readable.
    interpreter = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    embedding = next(
        tensor["index"]
        for tensor in interpreter.get_tensor_details()
        if tensor["name"].endswith(EMBEDDING_TENSOR)
    )
    return (
        interpreter,
        interpreter.get_input_details()[0]["index"],
        embedding,
        interpreter.get_output_details()[0]["index"],
    )


def listen(samples: NDArray[np.float32], rate_hz: int) -> dict[str, NDArray[np.float16]]:
    """Return embeddings and scores of every complete step.

    Args:
        samples: mono, ``[n]``.
        rate_hz: samples per second.

    Returns:
        ``embedding`` float16 ``[steps, 1024]`` and ``scores`` float16 ``[steps, 521]``.
    """
    from scipy.signal import resample_poly

    divisor = gcd(rate_hz, RATE_HZ)
    sound = resample_poly(samples, RATE_HZ // divisor, rate_hz // divisor).astype(np.float32)
    step = round(STEP_S * RATE_HZ)
    steps = len(sound) // step
    padded = np.concatenate([np.zeros(PATCH_SAMPLES, np.float32), sound])
    interpreter, wave, embedding, scores = _interpreter()
    embeddings = np.empty((steps, 1024), np.float16)
    classes = np.empty((steps, 521), np.float16)
    for k in range(steps):
        interpreter.set_tensor(wave, padded[(k + 1) * step : (k + 1) * step + PATCH_SAMPLES][None])
        interpreter.invoke()
        embeddings[k] = interpreter.get_tensor(embedding)[0]
        classes[k] = interpreter.get_tensor(scores)[0]
    return {"embedding": embeddings, "scores": classes}


def steps_path(recording: Recording, instrument: Instrument = INSTRUMENTS[0]) -> Path:
    """Return where the embeddings of a recording lie, whether or not they are there yet."""
    if recording.path is None:
        raise ValueError(f"{recording.key} has no audio")
    key = cache.fingerprint(
        yamnet=[RATE_HZ, PATCH_SAMPLES, STEP_S, EMBEDDING_TENSOR],
        content=cache.file_digest(recording.path),
        rendering=asdict(instrument) if recording.is_midi else None,
        cut=[recording.skip_s, recording.cut_s],
    )
    return cache.CACHE / "yamnet" / recording.dataset / f"{key}.npz"


def steps(
    recording: Recording, instrument: Instrument = INSTRUMENTS[0]
) -> dict[str, NDArray[np.float16]]:
    """Return what YAMNet hears in a recording, from the cache where it is in it."""
    return cache.cached(
        steps_path(recording, instrument), lambda: listen(*load_audio(recording, instrument))
    )
