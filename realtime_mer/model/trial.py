"""One step of a model before the show: whether it does what its file says of it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model.metadata import ModelMetadata

TIME_LIMIT_S = 5.0
"""A step takes a few hundred microseconds; what takes this long never ends."""
STREAMS = 2


def try_model(session: Any, metadata: ModelMetadata, path: Path) -> None:
    """Run one step of any sound in two streams, which also plans the memory of those to come.

    Raises:
        UserError: where it fails, takes too long, or gives what no estimate can be.
    """
    import onnxruntime

    shape = (STREAMS, FRONT_END.frames_per_step, FRONT_END.bands)
    frames = (20.0 * np.sin(np.arange(np.prod(shape)))).astype(np.float32).reshape(shape)
    state_shape: tuple[int, ...] = (metadata.state_layers, STREAMS, metadata.state_size)
    options = onnxruntime.RunOptions()
    options.log_severity_level = 4
    timer = threading.Timer(TIME_LIMIT_S, lambda: setattr(options, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        mean, std, state = session.run(
            ("mean", "std", "next_state"),
            {"frames": frames, "state": np.zeros(state_shape, np.float32)},
            options,
        )
    except Exception as error:  # ONNX Runtime has a dozen exception classes of its own
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path} fails at its first step ({reason}): give another model with --model."
        ) from error
    finally:
        timer.cancel()
    per_stream: tuple[int, ...] = (STREAMS, len(metadata.dimensions))
    shapes = {"mean": (mean, per_stream), "std": (std, per_stream), "state": (state, state_shape)}
    for name, (values, wanted) in shapes.items():
        if values.dtype != np.float32 or values.shape != wanted:
            raise UserError(
                f"{path} gives a {name} of {values.dtype} {list(values.shape)}, not of float32 "
                f"{list(wanted)} as it says: export the model again."
            )
    if not (np.isfinite(state).all() and (np.abs(mean) <= 1.0).all() and (std > 0.0).all()):
        raise UserError(
            f"{path} gives means beyond -1 to 1, or no numbers: give another model with --model."
        )
