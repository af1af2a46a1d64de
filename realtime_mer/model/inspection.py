"""What a model file may hold, looked at before ONNX Runtime sees it.

ONNX can say far more than this program needs: weights in other files, at any path; operators
from libraries; loops without an end; tensors whose shape promises more than the file holds.
A model of ours is a plain graph of arithmetic with its weights inside. Anything else is
refused here, from the bytes that are then run, so that nobody exchanges the file in between.

Field numbers: onnx/onnx.proto in github.com/onnx/onnx, IR version 10.
"""

from __future__ import annotations

from pathlib import Path

from realtime_mer.errors import UserError
from realtime_mer.model.operators import OPERATORS
from realtime_mer.model.protobuf import Malformed, fields, inner, text, varints

MOST_BYTES = 64 << 20
"""Size of a file; the shipped model has 0.8 MB."""
MOST_NODES = 5_000

# Type of a tensor: bytes an element. Text, complex numbers and the like are not among them.
_ELEMENT_BYTES = {1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8}
_DATA = (4, 5, 7, 9, 10, 11)  # float_data, int32_data, int64_data, raw_data, double_data, uint64
_RAW_DATA = 9


class _Refused(Exception):
    """The file holds something it may not; the text says what."""


def read_model(path: Path) -> bytes:
    """Return the bytes of a model file after a look at everything in them.

    Raises:
        UserError: where it cannot be read, or is no plain ONNX model; one sentence.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(
            f"{path} cannot be read ({why}): give another model with --model."
        ) from error
    if len(content) > MOST_BYTES:
        raise UserError(
            f"{path} has more than {MOST_BYTES >> 20} MB, too much for a model of realtime-mer: "
            "give another with --model."
        )
    try:
        inspect(content)
    except Malformed as error:
        raise UserError(
            f"{path} is no whole ONNX model ({error}): copy it anew, or give another with --model."
        ) from error
    except _Refused as error:
        raise UserError(f"{path} {error}: give a model you trust with --model.") from error
    return content


def inspect(content: bytes) -> None:
    """Look at every part of a model.

    Raises:
        Malformed: the bytes are no ONNX model.
        _Refused: they are one that asks for more than arithmetic.
    """
    graphs = 0
    for number, value in fields(memoryview(content)):
        if number == 7:
            graphs += 1
            _check_graph(inner(value))
        elif number == 8:
            domain = next((text(each) for key, each in fields(inner(value)) if key == 1), "")
            _check_domain(domain, "operators")
        elif number in (20, 25):
            raise _Refused("brings code of its own (functions or training)")
    if graphs != 1:
        raise Malformed(f"it has {graphs} graphs, not one")


def _check_graph(graph: memoryview) -> None:
    nodes = 0
    for number, value in fields(graph):
        if number == 1:
            nodes += 1
            if nodes > MOST_NODES:
                raise _Refused(f"has more than {MOST_NODES} operators")
            _check_node(inner(value))
        elif number == 5:
            _check_tensor(inner(value))
        elif number == 15:
            raise _Refused("has sparse weights, which no model of realtime-mer has")


def _check_node(node: memoryview) -> None:
    for number, value in fields(node):
        if number == 4 and text(value) not in OPERATORS:
            raise _Refused(f"uses the operator {_short(text(value))}, which no model here needs")
        if number == 7:
            _check_domain(text(value), "an operator")
        if number == 5:
            _check_attribute(inner(value))


def _check_attribute(attribute: memoryview) -> None:
    tensors = 0
    for number, value in fields(attribute):
        if number in (6, 11):
            raise _Refused("has a graph within its graph, such as a loop")
        if number in (14, 15, 22, 23):
            raise _Refused("has attributes of a kind that no model here needs")
        if number == 5:
            tensors += 1
        if number in (5, 10):
            _check_tensor(inner(value))
    if tensors > 1:
        raise Malformed("an attribute has two values")


def _check_tensor(tensor: memoryview) -> None:
    elements, kind, held, raw = 1, 0, 0, None
    for number, value in fields(tensor):
        if number == 1:
            for size in varints(value):
                # The largest also stands for negative sizes, which are huge unsigned ones.
                elements = min(elements * size, MOST_BYTES * 8)
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 13 or (number == 14 and value != 0):
            raise _Refused("keeps its weights in another file")
        elif number in _DATA:
            held += 1 if isinstance(value, int) else len(value)
            if number == _RAW_DATA:
                raw = len(inner(value))
    if kind not in _ELEMENT_BYTES:
        raise _Refused("holds weights of a type that no model here has")
    wanted = elements * _ELEMENT_BYTES[kind]
    if (wanted != raw) if raw is not None else (elements > held):
        raise _Refused("promises larger weights than it holds")


def _check_domain(domain: str, what: str) -> None:
    if domain not in ("", "ai.onnx"):
        raise _Refused(f"needs {what} from the library {_short(domain)}")


def _short(name: str) -> str:
    shown = name if len(name) <= 40 else f"{name[:40]}…"
    return repr(shown)
