"""A model small enough to write in a test, yet true to every rule a shipped one obeys.

Its numbers mean nothing about music; they change with the sound, carry a state from step
to step, and stay in range, so that whatever feeds, stores or shows estimates can be tested
without a trained model.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

FRAMES_PER_STEP = 25
BANDS = 64
HIDDEN = 6
LAYERS = 1
DECAY = 0.8


def write_tiny_model(
    path: Path,
    *,
    dimensions: Sequence[str] = ("arousal", "valence"),
    front_end: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    seed: int = 0,
) -> Path:
    """Write a stateful ONNX model with the names, shapes and metadata of a real one.

    With x the mean frame in units of 20 dB, ``next_state = 0.8 state + 0.2 W x``,
    ``mean = tanh(next_state V)`` and ``std = 0.05 + 0.3 sigmoid(next_state U)``.

    Args:
        path: file to write; replaced if it exists.
        dimensions: names of the outputs, in order; arousal and valence among them.
        front_end: what the metadata claims of the front end; by default the truth.
        metadata: fields that replace those of the record, to make files that are wrong.
        seed: of the weights W, V and U.

    Returns:
        The path.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    if front_end is None:
        from realtime_mer.frontend.spec import FRONT_END

        front_end = FRONT_END.as_dict()

    generator = np.random.default_rng(seed)
    count = len(dimensions)
    weight_in = generator.normal(size=(BANDS, HIDDEN)) / (20 * np.sqrt(BANDS))
    # The balance of the bands moves the output; their common level would only saturate it.
    weight_in -= weight_in.mean(axis=0)
    constants = {
        "time_axis": np.array([1], np.int64),
        "layer_axis": np.array([0], np.int64),
        "weight_in": weight_in.astype("f4"),
        "weight_mean": generator.normal(size=(HIDDEN, count)).astype("f4"),
        "weight_std": generator.normal(size=(HIDDEN, count)).astype("f4"),
        "kept": np.float32(DECAY),
        "taken": np.float32(1 - DECAY),
        "std_span": np.float32(0.3),
        "std_floor": np.float32(0.05),
    }
    nodes = [
        helper.make_node("ReduceMean", ["frames", "time_axis"], ["frame"], keepdims=0),
        helper.make_node("MatMul", ["frame", "weight_in"], ["input"]),
        helper.make_node("Mul", ["input", "taken"], ["fresh"]),
        helper.make_node("Mul", ["state", "kept"], ["remembered"]),
        helper.make_node("Add", ["remembered", "fresh"], ["next_state"]),
        helper.make_node("Squeeze", ["next_state", "layer_axis"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "weight_mean"], ["mean_logit"]),
        helper.make_node("Tanh", ["mean_logit"], ["mean"]),
        helper.make_node("MatMul", ["hidden", "weight_std"], ["std_logit"]),
        helper.make_node("Sigmoid", ["std_logit"], ["std_share"]),
        helper.make_node("Mul", ["std_share", "std_span"], ["std_scaled"]),
        helper.make_node("Add", ["std_scaled", "std_floor"], ["std"]),
    ]

    def tensor(name: str, shape: list[str | int]) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs=[
            tensor("frames", ["B", FRAMES_PER_STEP, BANDS]),
            tensor("state", [LAYERS, "B", HIDDEN]),
        ],
        outputs=[
            tensor("mean", ["B", count]),
            tensor("std", ["B", count]),
            tensor("next_state", [LAYERS, "B", HIDDEN]),
        ],
        initializer=[
            numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    record = {
        "format": 1,
        "name": "tiny",
        "front_end": front_end,
        "dimensions": list(dimensions),
        "range": [-1, 1],
        "state": [LAYERS, HIDDEN],
        "prior_std": [0.3] * count,
        "licence": "MIT",
        "training": {},
    }
    helper.set_model_props(model, {"realtime_mer": json.dumps(record | (metadata or {}))})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return path
