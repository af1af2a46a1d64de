"""The model: 500 ms of frames and a state in, arousal and valence and a new state out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime_mer.errors import UserError
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model.batches import Pieces, cores
from realtime_mer.model.contest import LEAST_BATCH_FOR_GPU, duration_s, first_win
from realtime_mer.model.inspection import read_model
from realtime_mer.model.metadata import ModelMetadata, parse_metadata
from realtime_mer.model.provider import create_session
from realtime_mer.model.resident import ResidentBatch
from realtime_mer.model.trial import try_model

Float32 = NDArray[np.float32]

PACKAGE_MODEL = Path(__file__).parent / "shipped" / "mer.onnx"
CHECKOUT_MODEL = Path(__file__).parents[2] / "models" / "mer.onnx"

INPUTS = {"frames": (FRONT_END.frames_per_step, FRONT_END.bands), "state": None}
OUTPUTS = ("mean", "std", "next_state")


def shipped_model() -> Path:
    """Return the path of the model that comes with the package (or stands in the checkout)."""
    return PACKAGE_MODEL if PACKAGE_MODEL.is_file() else CHECKOUT_MODEL


class EmotionModel:
    """A stateful network in ONNX Runtime; many streams in one call.

    The instance itself holds no state: a stream keeps its own, so one model serves all.

    Attributes:
        metadata: what the file says about itself.
        provider: where it runs, ``"cpu"`` or ``"cuda"``.

    Args:
        workers: threads for batches that are large enough to share; None takes a thread a
            core. Up to 32 streams are computed in the caller's.
    """

    def __init__(
        self, session: Any, metadata: ModelMetadata, provider: str, workers: int | None = None
    ) -> None:
        self._session = session
        self.metadata = metadata
        self.provider = provider
        # A GPU is not helped by pieces: it wants all at once.
        self._pieces = Pieces(self._run, workers or cores()) if provider == "cpu" else None

    @property
    def name(self) -> str:
        """What people call the model."""
        return self.metadata.name

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of what it estimates, in the order of its outputs."""
        return self.metadata.dimensions

    def initial_state(self, batch: int = 1) -> Float32:
        """Return the state before anything was heard, float32 ``[L, batch, H]``."""
        shape = (self.metadata.state_layers, batch, self.metadata.state_size)
        return np.zeros(shape, np.float32)

    def step(self, frames: Float32, state: Float32) -> tuple[Float32, Float32, Float32]:
        """Advance ``B`` streams by 500 ms.

        Args:
            frames: float32 ``[B, 25, 64]``, level-normalised, in dB.
            state: float32 ``[L, B, H]`` from the step before.

        Returns:
            Mean ``[B, D]`` from -1 to 1, standard deviation ``[B, D]`` above 0, and the
            state ``[L, B, H]`` for the step after.
        """
        return (self._pieces.step if self._pieces else self._run)(frames, state)

    def resident(self, state: Float32) -> ResidentBatch:
        """Return a batch whose state stays on the device, from ``[L, B, H]`` on."""
        return ResidentBatch(self._session, self.provider, state)

    def _run(self, frames: Float32, state: Float32) -> tuple[Float32, Float32, Float32]:
        mean, std, next_state = self._session.run(OUTPUTS, {"frames": frames, "state": state})
        return mean, std, next_state


def _check_shapes(session: Any, metadata: ModelMetadata, path: Path) -> None:
    inputs = {entry.name: entry for entry in session.get_inputs()}
    outputs = {entry.name for entry in session.get_outputs()}
    if set(inputs) != set(INPUTS) or not set(OUTPUTS) <= outputs:
        raise UserError(
            f"{path} takes {', '.join(sorted(inputs))} and gives {', '.join(sorted(outputs))}, "
            f"not {', '.join(INPUTS)} and {', '.join(OUTPUTS)}: export it with "
            "'python -m train export'."
        )
    expected = {
        "frames": [FRONT_END.frames_per_step, FRONT_END.bands],
        "state": [metadata.state_layers, metadata.state_size],
    }
    found = {
        "frames": list(inputs["frames"].shape)[1:],
        "state": [inputs["state"].shape[0], inputs["state"].shape[-1]],
    }
    for name, shape in expected.items():
        if inputs[name].type != "tensor(float)" or found[name] != shape:
            raise UserError(
                f"{path} takes {name} of {inputs[name].type} {inputs[name].shape}, which does not "
                "match the front end: use a model made for this version."
            )


def load_model(
    path: Path | None = None,
    provider: str = "auto",
    *,
    batch: int = 1,
    workers: int | None = None,
) -> EmotionModel:
    """Load a model file.

    Args:
        path: of the ``.onnx`` file; None takes the one that comes with the package.
        provider: ``"auto"`` (CUDA where it works and is quicker for such a batch), ``"cuda"``
            or ``"cpu"``.
        batch: how many streams are to step together at most.
        workers: threads for large batches on the CPU; None takes a thread a core.

    Raises:
        UserError: where the file is missing, no ONNX file, not one of ours, made for another
            front end, asks for more than arithmetic, or fails at a first step; where CUDA was
            asked for by name and does not work.
    """
    chosen = path or shipped_model()
    if not chosen.is_file():
        raise UserError(
            f"There is no model file at {chosen}: give another with --model, or leave "
            "--model out for the one that comes with realtime-mer."
        )
    content = read_model(chosen)
    if provider == "auto" and batch < LEAST_BATCH_FOR_GPU:
        provider = "cpu"
    model = _load(content, chosen, provider, workers)
    if provider == "auto" and model.provider == "cuda":
        on_cpu = _load(content, chosen, "cpu", workers)
        if first_win(partial(step_s, on_cpu), partial(step_s, model), batch) is None:
            return on_cpu
    return model


def step_s(model: EmotionModel, batch: int) -> float:
    """Measure a step of so many streams, in seconds; on a GPU their state stays there."""
    frames = np.zeros((batch, FRONT_END.frames_per_step, FRONT_END.bands), np.float32)
    state = model.initial_state(batch)
    if model.provider == "cpu":
        return duration_s(partial(model.step, frames, state))
    return duration_s(partial(model.resident(state).step, frames))


def _load(content: bytes, chosen: Path, provider: str, workers: int | None) -> EmotionModel:
    try:
        session, truth = create_session(content, provider)
        entries = session.get_modelmeta().custom_metadata_map
    except UserError:
        raise
    except Exception as error:  # ONNX Runtime has a dozen exception classes of its own
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"{chosen} cannot be loaded as an ONNX model ({reason}): give another with --model."
        ) from error
    metadata = parse_metadata(entries, chosen)
    _check_shapes(session, metadata, chosen)
    try_model(session, metadata, chosen)
    return EmotionModel(session, metadata, truth, workers)
