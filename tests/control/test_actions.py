"""A control message changes what it names and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.tiny_model import write_tiny_model

from realtime_mer.calibrations import Calibrations
from realtime_mer.control.actions import ACTIONS, perform
from realtime_mer.control.bounds import LONGEST_LABEL, MOST_GAIN_DB
from realtime_mer.controls import Controls
from realtime_mer.errors import UserError
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel
from realtime_mer.model import load_model
from realtime_mer.tracker import Tracker

NAMES = {
    "/mer/reset": set(),
    "/mer/freeze": {"frozen"},
    "/mer/calibrate": {"calibration", "calibrating", "adapting"},
    "/mer/mark": {"marks"},
    "/mer/gain": {"gain_db"},
}
ARGUMENTS = st.lists(
    st.integers()
    | st.floats()
    | st.booleans()
    | st.text(max_size=150)
    | st.sampled_from(["tuesday", "stop", "off", "hold", "adapt", "1", "0", "6"])
    | st.none()
    | st.binary(max_size=20),
    max_size=4,
)


@pytest.fixture(scope="module")
def controls(tmp_path_factory: pytest.TempPathFactory) -> Controls:
    """The levers of a run that is not running."""
    folder: Path = tmp_path_factory.mktemp("control")
    model = load_model(write_tiny_model(folder / "tiny.onnx"), "cpu")
    store = Calibrations(folder)
    store.save(Calibration("tuesday", model.dimensions, (0.1, 0.1), (0.3, 0.3)))
    return Controls(Tracker(16_000, model), Feel(model.dimensions), store)


def test_every_action_is_named_here() -> None:
    """A new one has to say what it may change."""
    assert NAMES.keys() == ACTIONS.keys()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.sampled_from(sorted(NAMES)), ARGUMENTS)
def test_only_what_it_names_changes(
    controls: Controls, address: str, arguments: list[object]
) -> None:
    """Whatever the arguments: the named parts within their limits, or a sentence and nothing."""
    before = dict(controls.state())
    sentence = ""
    try:
        assert perform(controls, address, arguments)
    except UserError as error:
        sentence = str(error)
    controls.work()
    after = dict(controls.state())
    changed = {name for name in after if after[name] != before[name]} - {"message"}
    assert changed <= (set() if sentence else NAMES[address])
    assert abs(float(str(after["gain_db"]))) <= MOST_GAIN_DB
    marks = after["marks"]
    assert isinstance(marks, list)
    assert all(len(mark["label"]) <= LONGEST_LABEL for mark in marks)


@given(st.text(max_size=40).filter(lambda address: address not in ACTIONS), ARGUMENTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_address_changes_nothing(
    controls: Controls, address: str, arguments: list[object]
) -> None:
    """It is not known, and that is all."""
    before = controls.state()
    assert not perform(controls, address, arguments)
    assert not controls.work()
    assert controls.state() == before
