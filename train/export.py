"""The network as a self-describing ONNX file."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from realtime_mer.frontend import FRONT_END
from train.network import DIMENSIONS, MoodNetwork
from train.one_step import OneStep

LICENCE = "research use (trained on recordings licensed for research)"


def export(
    network: MoodNetwork,
    path: Path,
    *,
    name: str,
    prior_std: tuple[float, ...],
    training: Mapping[str, Any],
    licence: str = LICENCE,
) -> None:
    """Write our network for the live tracker; see :func:`write` for the arguments.

    Args:
        network: fitted; it is copied, not changed.
    """
    module = OneStep(copy.deepcopy(network).cpu().eval())
    write(
        module,
        network.state_shape,
        path,
        name=name,
        prior_std=prior_std,
        training=training,
        licence=licence,
    )


def write(
    module: nn.Module,
    state_shape: tuple[int, int],
    path: Path,
    *,
    name: str,
    prior_std: tuple[float, ...],
    training: Mapping[str, Any],
    licence: str = LICENCE,
    dimensions: tuple[str, ...] = DIMENSIONS,
) -> None:
    """Write any module that runs live.

    Args:
        module: in evaluation mode; takes frames ``[B, 25, 64]`` and a state ``[L, B, H]`` and
            gives mean ``[B, D]``, standard deviation ``[B, D]`` and the next state.
        state_shape: L and H.
        path: of the ``.onnx`` file, replaced whole or not at all.
        name: what people call the model.
        prior_std: spread of the ratings in each dimension, what an estimate is worth that
            rests on nothing.
        training: data, settings and scores, as JSON can say them.
        licence: terms of the weights.
        dimensions: names of what it estimates, in the order of its outputs.
    """
    import onnx

    layers, size = state_shape
    # Two streams, so that no axis of size one is taken for a constant.
    frames = torch.zeros(2, FRONT_END.frames_per_step, FRONT_END.bands)
    state = torch.zeros(layers, 2, size)
    partial = path.with_suffix(".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad(), warnings.catch_warnings():
        # Of shapes that are constants here, and of the exporter's age.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (frames, state),
            str(partial),
            input_names=["frames", "state"],
            output_names=["mean", "std", "next_state"],
            dynamic_axes={
                "frames": {0: "batch"},
                "state": {1: "batch"},
                "mean": {0: "batch"},
                "std": {0: "batch"},
                "next_state": {1: "batch"},
            },
            opset_version=17,  # the oldest with LayerNormalization, for old runtimes' sake
            # The newer exporter bakes the example's length in and reports success.
            dynamo=False,
        )
    model = onnx.load(str(partial))
    record = {
        "format": 1,
        "name": name,
        "front_end": FRONT_END.as_dict(),
        "dimensions": list(dimensions),
        "range": [-1, 1],
        "state": [layers, size],
        "prior_std": list(prior_std),
        "licence": licence,
        "training": dict(training),
    }
    entry = model.metadata_props.add()
    entry.key, entry.value = "realtime_mer", json.dumps(record)
    onnx.checker.check_model(model)
    onnx.save(model, str(partial))
    partial.replace(path)
