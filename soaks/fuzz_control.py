"""Fuzzes control by OSC, from the bytes of a packet to the levers.

``python -m soaks.fuzz_control --seconds 60``. What may be raised is nothing; what may change is
what the state tells, within its limits.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from pathlib import Path

from soaks.fuzzing import fuzz, watch_imports

with watch_imports():  # type: ignore[attr-defined]
    from realtime_mer.control.actions import ACTIONS
    from realtime_mer.control.bounds import LONGEST_LABEL, MOST_GAIN_DB, MOST_MARKS
    from realtime_mer.control_osc import OscControl
    from realtime_mer.controls import Controls

from realtime_mer.calibrations import Calibrations
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel
from realtime_mer.model import load_model
from realtime_mer.sinks.osc_packet import message
from realtime_mer.tracker import Tracker
from tests.support.tiny_model import write_tiny_model

SEEDS = [
    message("/mer/reset"), message("/mer/freeze", 1), message("/mer/freeze"),
    message("/mer/calibrate", 60.0, "tuesday"), message("/mer/calibrate", "tuesday"),
    message("/mer/calibrate", "stop"), message("/mer/calibrate", "hold"),
    message("/mer/mark", "chorus"), message("/mer/gain", 6.0),
    b"#bundle\0" + bytes(7) + b"\1" + b"\0\0\0\x10" + message("/mer/freeze", 1)[:16],
]  # fmt: skip
WORDS = [*ACTIONS, ",i", ",f", ",s", ",T", ",F", ",d", ",h", "#bundle", "tuesday", "stop", "off"]


def make_controls(folder: Path) -> Controls:
    """Return the levers of a run that is not running."""
    model = load_model(write_tiny_model(folder / "tiny.onnx"), "cpu")
    store = Calibrations(folder)
    store.save(Calibration("tuesday", model.dimensions, (0.1, 0.1), (0.3, 0.3)))
    return Controls(Tracker(16_000, model), Feel(model.dimensions), store)


def check(controls: Controls) -> None:
    """Do what was asked for; raise AssertionError if a lever is where it cannot be."""
    controls.work()
    state = json.loads(json.dumps(controls.state(), allow_nan=False))
    assert -MOST_GAIN_DB <= state["gain_db"] <= MOST_GAIN_DB
    assert isinstance(state["frozen"], bool)
    assert len(state["marks"]) <= MOST_MARKS
    assert all(len(mark["label"]) <= LONGEST_LABEL for mark in state["marks"])


def main() -> None:
    """Try packets for some seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        controls = make_controls(Path(folder))
        control = OscControl("127.0.0.1", 0, controls)

        def one(packet: bytes) -> None:
            errors = control.errors
            sentences = control.take(packet, "127.0.0.1")
            assert all(0 < len(sentence) <= 400 for sentence in sentences)
            assert control.errors >= errors + len(sentences)
            check(controls)

        fuzz(one, SEEDS, WORDS, arguments.seconds)


if __name__ == "__main__":
    main()
