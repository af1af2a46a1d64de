"""Model files that somebody broke, mixed up, or made with ill intent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from support.tiny_model import write_tiny_model

from realtime_mer.errors import UserError
from realtime_mer.model import inspection, load_model, shipped_model
from realtime_mer.model.inspection import read_model
from realtime_mer.model.protobuf import Malformed

Change = Callable[[Any], None]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is as it should be."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


def changed(tiny: Path, folder: Path, change: Change) -> Path:
    """The model with something done to it."""
    model = onnx.load(tiny)
    change(model)
    path = folder / "hostile.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def refusal(path: Path) -> str:
    """The one sentence with which a file is refused."""
    with pytest.raises(UserError) as error:
        load_model(path, "cpu")
    said = str(error.value)
    assert said.endswith("."), said
    assert "\n" not in said
    assert str(path) in said
    return said


def external_data(model: Any) -> None:
    """Weights in a file that this model should never see."""
    weights = model.graph.initializer[2]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "../../../etc/passwd"), ("offset", "0")):
        weights.external_data.add(key=key, value=value)


def custom_operator(model: Any) -> None:
    """An operator that a library would have to bring."""
    model.opset_import.append(helper.make_opsetid("com.evil", 1))
    model.graph.node.append(helper.make_node("Shell", ["frame"], ["x"], domain="com.evil"))


def custom_domain(model: Any) -> None:
    """A usual name from an unusual place."""
    model.graph.node[0].domain = "com.microsoft"


def unusual_operator(model: Any) -> None:
    """An operator of ONNX that no model needs."""
    model.graph.node.append(helper.make_node("RandomNormal", [], ["x"], shape=[2]))


def loop(model: Any) -> None:
    """A graph within the graph."""
    body = helper.make_graph([], "body", [], [])
    model.graph.node[0].attribute.append(helper.make_attribute("body", body))


def function(model: Any) -> None:
    """Code of its own under the name of an operator."""
    model.functions.append(
        helper.make_function("", "MatMul", ["a"], ["b"], [], [helper.make_opsetid("", 18)])
    )


def huge_initializer(model: Any) -> None:
    """A shape of a million million numbers, of which none is there."""
    weights = model.graph.initializer[2]
    del weights.dims[:]
    weights.dims.extend([1_000_000, 1_000_000])


def negative_initializer(model: Any) -> None:
    """A size below nothing."""
    weights = model.graph.initializer[2]
    del weights.dims[:]
    weights.dims.extend([-1, 6])


def huge_constant(model: Any) -> None:
    """The same, hidden in an attribute."""
    value = numpy_helper.from_array(np.zeros(4, np.float32))
    value.dims[0] = 1 << 40
    model.graph.node.append(helper.make_node("Constant", [], ["x"], value=value))


def text_weights(model: Any) -> None:
    """Weights that are words."""
    model.graph.initializer[2].data_type = TensorProto.STRING


def sparse_weights(model: Any) -> None:
    """Weights of which only some are there."""
    model.graph.sparse_initializer.add()


def many_nodes(model: Any) -> None:
    """More operators than anybody needs."""
    nodes = [helper.make_node("Identity", ["frame"], [f"x{k}"]) for k in range(6000)]
    model.graph.node.extend(nodes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (external_data, "keeps its weights in another file"),
        (custom_operator, "uses the operator 'Shell'"),
        (custom_domain, "from the library 'com.microsoft'"),
        (unusual_operator, "uses the operator 'RandomNormal'"),
        (loop, "a graph within its graph"),
        (function, "brings code of its own"),
        (huge_initializer, "promises larger weights than it holds"),
        (negative_initializer, "promises larger weights than it holds"),
        (huge_constant, "promises larger weights than it holds"),
        (text_weights, "holds weights of a type"),
        (sparse_weights, "has sparse weights"),
        (many_nodes, "has more than 5000 operators"),
    ],
)
def test_what_asks_for_more_than_arithmetic_is_refused(
    tiny: Path, tmp_path: Path, change: Change, said: str
) -> None:
    """Before ONNX Runtime sees it, with what it is that was found."""
    path = changed(tiny, tmp_path, change)
    assert said in refusal(path)
    with pytest.raises(UserError):
        read_model(path)


def memory_bomb(model: Any) -> None:
    """Allowed operators, small file, 32 GB to compute with."""
    graph = model.graph
    shape = numpy_helper.from_array(np.array([1 << 33], np.int64), "bomb_shape")
    graph.initializer.append(shape)
    graph.node.insert(0, helper.make_node("ConstantOfShape", ["bomb_shape"], ["bomb"]))
    graph.node.insert(1, helper.make_node("ReduceSum", ["bomb"], ["nothing"], keepdims=0))
    graph.node.append(helper.make_node("Add", ["mean", "nothing"], ["bombed"]))
    _rename(graph, "mean", "mean_before")
    _rename(graph, "bombed", "mean")


def beyond_range(model: Any) -> None:
    """Means that are no feeling."""
    for node in model.graph.node:
        if node.op_type == "Tanh":
            node.op_type = "Exp"


def not_a_number(model: Any) -> None:
    """A NaN among the weights."""
    weights = model.graph.initializer[3]
    values = numpy_helper.to_array(weights).copy()
    values[0] = np.nan
    weights.CopyFrom(numpy_helper.from_array(values, weights.name))


def other_outputs(model: Any) -> None:
    """One dimension more than the record says."""
    weights = model.graph.initializer[3]
    weights.CopyFrom(numpy_helper.from_array(np.zeros((6, 3), np.float32), weights.name))
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 3


def wrong_output_type(model: Any) -> None:
    """Means in another type."""
    model.graph.node.append(helper.make_node("Cast", ["mean"], ["cast"], to=TensorProto.DOUBLE))
    _rename(model.graph, "mean", "mean_before")
    _rename(model.graph, "cast", "mean")
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.DOUBLE


def wrong_input_type(model: Any) -> None:
    """Frames in another type."""
    model.graph.node.insert(0, helper.make_node("Cast", ["frames"], ["cast"], to=TensorProto.FLOAT))
    model.graph.node[1].input[0] = "cast"
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64


def _rename(graph: Any, before: str, after: str) -> None:
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == before:
                    names[index] = after


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (memory_bomb, "fails at its first step"),
        (beyond_range, "means beyond -1 to 1"),
        (not_a_number, "no numbers"),
        (other_outputs, "gives a mean of float32 [2, 3]"),
        (wrong_output_type, "gives a mean of float64"),
        (wrong_input_type, "takes frames of tensor(int64)"),
    ],
)
def test_what_lies_about_itself_is_found_out_at_a_first_step(
    tiny: Path, tmp_path: Path, change: Change, said: str
) -> None:
    """What is plain arithmetic is tried on a step of silence, in bounded memory."""
    assert said in refusal(changed(tiny, tmp_path, change))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"state": [1, 10**9]}, "promises what no model here has"),
        ({"state": [1, float("inf")]}, "cannot be read"),
        ({"state": 7}, "cannot be read"),
        ({"prior_std": [0.3, float("nan")]}, "promises what no model here has"),
        ({"prior_std": [0.3, -1]}, "promises what no model here has"),
        ({"dimensions": ["arousal", "valence", "../x"], "prior_std": [1, 1, 1]}, "promises what"),
        ({"dimensions": ["arousal", "valence", "valence"], "prior_std": [1, 1, 1]}, "promises"),
        ({"dimensions": 3}, "cannot be read"),
        ({"front_end": "ours"}, "cannot be read"),
        ({"training": 5}, "cannot be read"),
    ],
)
def test_metadata_that_lies_is_not_believed(
    tmp_path: Path, record: dict[str, Any], said: str
) -> None:
    """The record promises sizes, names and types, and is held to them."""
    path = write_tiny_model(tmp_path / "tiny.onnx", metadata=record)
    assert said in refusal(path)


def test_folders_pipes_and_links_are_no_trap(tiny: Path, tmp_path: Path) -> None:
    """A folder, a link to nowhere and a pipe that nobody fills end in a sentence; a link works."""
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "nowhere.onnx").symlink_to(tmp_path / "gone")
    (tmp_path / "itself.onnx").symlink_to(tmp_path / "itself.onnx")
    (tmp_path / "endless.onnx").symlink_to("/dev/zero")
    names = ["folder", "nowhere", "itself", "endless"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.onnx")
        names.append("pipe")
    for name in names:
        assert "no model file" in refusal(tmp_path / f"{name}.onnx")
    (tmp_path / "link.onnx").symlink_to(tiny)
    assert load_model(tmp_path / "link.onnx", "cpu").name == "tiny"


def test_a_file_beyond_all_size_is_not_read(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than the limit is taken into memory."""
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(10 << 40 if sys.platform == "linux" else 1 << 30)
    assert "more than 64 MB" in refusal(path)
    monkeypatch.setattr(inspection, "MOST_BYTES", 100)
    with pytest.raises(UserError, match="more than"):
        read_model(tiny)


def test_the_shipped_model_passes() -> None:
    """What comes along is what is asked for."""
    assert read_model(shipped_model()) == shipped_model().read_bytes()


def test_every_cut_is_refused(tiny: Path) -> None:
    """Wherever a download broke off, the file is no model."""
    whole = tiny.read_bytes()
    for size in range(len(whole)):
        try:
            inspection.inspect(whole[:size])
        except Malformed:
            continue
        # A cut between two fields leaves a message that is whole, but for what follows.
        model = onnx.ModelProto()
        model.ParseFromString(whole[:size])
        assert model.graph == onnx.load_model_from_string(whole).graph


@settings(max_examples=300)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_looked_at_without_harm(content: bytes) -> None:
    """No bytes make the inspection fall over."""
    found: Exception | None = None
    try:
        inspection.inspect(content)
    except (Malformed, inspection._Refused) as error:
        found = error
    assert found is not None


@settings(max_examples=200)
@given(data=st.data())
def test_any_change_of_a_byte_is_looked_at_without_harm(tiny: Path, data: st.DataObject) -> None:
    """A model in which some bytes are others is taken or refused, never more."""
    content = bytearray(tiny.read_bytes())
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=8)):
        content[place] = value
    taken = True
    try:
        inspection.inspect(bytes(content))
    except (Malformed, inspection._Refused):
        taken = False
    assert taken in (True, False)


FUZZ = """
import random, sys
from pathlib import Path
from realtime_mer.errors import UserError
from realtime_mer.model import load_model

whole, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
chance, refused = random.Random(7), 0
for number in range(400):
    content = bytearray(whole)
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content[: chance.randint(1, len(content))] if number % 5 == 0 else content)
    try:
        load_model(path, "cpu")
    except UserError as error:
        assert "\\n" not in str(error)
        refused += 1
print(refused)
"""


@pytest.mark.e2e
def test_damaged_models_are_refused_or_run(tiny: Path, tmp_path: Path) -> None:
    """Four hundred damaged files: each ends in a sentence or a model, none in a crash."""
    done = subprocess.run(
        [sys.executable, "-c", FUZZ, tiny, tmp_path / "damaged.onnx"],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert 100 < int(done.stdout) <= 400
