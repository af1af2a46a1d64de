"""What a person changes while it runs."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.estimates import make_estimate
from support.tiny_model import write_tiny_model

from realtime_mer.calibrations import Calibrations
from realtime_mer.control.asking import MOST_WAITING
from realtime_mer.control.bounds import LONGEST_LABEL, MOST_MARKS
from realtime_mer.control.state import State
from realtime_mer.controls import Controls
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.tracker import Tracker

RATE_HZ = 16_000
TUESDAY = Calibration("tuesday", ("arousal", "valence"), (0.1, -0.2), (0.3, 0.4))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


@pytest.fixture
def feel(tiny: EmotionModel) -> Feel:
    """A feel with nothing set."""
    return Feel(tiny.dimensions, tiny.name)


@pytest.fixture
def controls(tiny: EmotionModel, feel: Feel, tmp_path: Path) -> Controls:
    """The levers of a run that is not running."""
    return Controls(Tracker(RATE_HZ, tiny), feel, Calibrations(tmp_path))


def play(controls: Controls, count: int) -> list[Estimate]:
    """Let estimates through."""
    return [
        controls.step(replace(make_estimate(number), raw_mean=make_estimate(number).mean)).estimate
        for number in range(count)
    ]


def test_nothing_is_done_before_the_worker_does_it(controls: Controls) -> None:
    """Asking changes nothing; work does it, in order, and says whether there was anything."""
    assert not controls.work()
    controls.freeze(True)
    controls.freeze()
    controls.freeze()
    assert controls.state()["frozen"] is False
    assert controls.work()
    assert controls.state()["frozen"] is True
    assert not controls.work()


def test_each_request_wakes_the_worker(controls: Controls) -> None:
    """Nobody waits half a second for a freeze."""
    woken = []
    controls.wake = lambda: woken.append(True)
    controls.freeze(True)
    controls.mark("here")
    assert len(woken) == 2


def test_a_reset_forgets_the_music_and_keeps_the_time(
    tiny: EmotionModel, feel: Feel, tmp_path: Path
) -> None:
    """The tracker's state starts over; the next estimate has the next number."""
    import numpy as np

    tracker = Tracker(RATE_HZ, tiny)
    controls = Controls(tracker, feel, Calibrations(tmp_path))
    noise = np.random.default_rng(0).normal(size=4 * RATE_HZ).astype(np.float32) * 0.1
    before = tracker.feed(noise)
    assert before[-1].presence > 0.9
    controls.reset()
    controls.work()
    after = tracker.feed(noise)
    assert after[0].sequence == 8
    assert after[0].presence < 0.6


def test_a_completed_calibration_is_used_and_kept(controls: Controls, tmp_path: Path) -> None:
    """After its seconds of music it is under its name in the folder, with the date."""
    controls.calibrate(20.0, "Tuesday")
    controls.work()
    play(controls, 30)
    calibrating = controls.state()["calibrating"]
    assert calibrating == {"name": "Tuesday", "heard_s": 15.0, "seconds": 20.0}
    play(controls, 10)
    state = controls.state()
    assert state["calibrating"] is None
    kept = Calibrations(tmp_path).load("tuesday")
    assert kept.made.endswith("+00:00")
    assert isinstance(state["calibration"], dict)
    assert state["calibration"]["name"] == "Tuesday"
    assert state["calibration"]["seconds"] == 20.0
    assert state["calibration"]["centre"]["arousal"] == pytest.approx(kept.centre[0], abs=1e-4)


def test_one_button_begins_and_ends_a_calibration(controls: Controls, tmp_path: Path) -> None:
    """Pressed again after enough music, it is kept as "last"; too soon, the sentence says so."""
    controls.toggle_calibrating()
    controls.work()
    play(controls, 30)
    controls.toggle_calibrating()
    controls.work()
    assert Calibrations(tmp_path).load("last").seconds == 15.0
    controls.toggle_calibrating()
    controls.toggle_calibrating()
    controls.work()
    assert controls.state()["calibrating"] is None
    assert "Only 0.0 s of music" in str(controls.state()["message"])
    controls.freeze(True)
    controls.work()
    assert controls.state()["message"] == ""


def test_kept_calibrations_are_used_by_name_and_undone_by_a_word(
    controls: Controls, feel: Feel, tmp_path: Path
) -> None:
    """A name that does not exist is refused where it is asked for, and nothing changes."""
    Calibrations(tmp_path).save(TUESDAY)
    controls.use_calibration("TUESDAY")
    controls.work()
    assert feel.calibration == TUESDAY
    with pytest.raises(UserError, match="did you mean 'tuesday'"):
        controls.use_calibration("thursday")
    assert not controls.work()
    assert feel.calibration == TUESDAY
    controls.use_calibration("Off")
    controls.work()
    assert feel.calibration is None
    assert controls.state()["calibration"] is None


def test_a_disk_that_refuses_costs_only_the_keeping(
    tiny: EmotionModel, feel: Feel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The calibration is used all the same, and the state says that it is not kept."""
    (tmp_path / "file").write_text("")
    store = Calibrations(tmp_path / "file" / "folder")
    controls = Controls(Tracker(RATE_HZ, tiny), feel, store)
    controls.calibrate(10.0)
    controls.work()
    with caplog.at_level(logging.WARNING):
        play(controls, 20)
    assert feel.calibration is not None
    assert "cannot be saved" in str(controls.state()["message"])
    assert "cannot be saved" in caplog.text


def test_an_adapting_range_shows_where_it_is(controls: Controls) -> None:
    """The state follows the adaptation, and tells whether it is held."""
    controls.hold_range(False)
    controls.work()
    play(controls, 100)
    first = controls.state()
    play(controls, 100)
    assert first["adapting"] is True
    assert controls.state()["calibration"] != first["calibration"]
    controls.hold_range(True)
    controls.work()
    assert controls.state()["adapting"] is False


def test_marks_have_the_time_of_the_stream(controls: Controls) -> None:
    """A mark stands at the last estimate; a hundred are remembered, their labels are short."""
    play(controls, 4)
    controls.mark("  chorus \n two ")
    controls.mark("x" * 1000)
    controls.work()
    marks = controls.state()["marks"]
    assert marks == [
        {"time_s": 2.0, "label": "chorus two"},
        {"time_s": 2.0, "label": "x" * LONGEST_LABEL},
    ]
    following = play(controls, 2)
    assert [each.marks for each in following] == [("chorus two", "x" * LONGEST_LABEL), ()]
    for number in range(MOST_MARKS + 20):
        controls.mark(str(number))
        controls.work()
    marks = controls.state()["marks"]
    assert isinstance(marks, list)
    assert len(marks) == MOST_MARKS
    assert marks[-1]["label"] == str(MOST_MARKS + 19)


def test_gain_goes_to_the_tracker(tiny: EmotionModel, feel: Feel, tmp_path: Path) -> None:
    """A gain is in decibels, and one beyond reason is refused."""
    tracker = Tracker(RATE_HZ, tiny)
    controls = Controls(tracker, feel, Calibrations(tmp_path))
    controls.set_gain(12.5)
    controls.work()
    assert tracker.gain_db == controls.state()["gain_db"] == 12.5
    for wrong in (61.0, -100.0, float("nan")):
        with pytest.raises(UserError, match="none of -60 to 60 dB"):
            controls.set_gain(wrong)


@pytest.mark.parametrize("seconds", [0.0, 9.9, 3601.0, float("nan"), float("inf")])
def test_impossible_times_are_refused(controls: Controls, seconds: float) -> None:
    """A calibration takes ten seconds to an hour."""
    with pytest.raises(UserError, match="10 to 3600 seconds"):
        controls.calibrate(seconds)


def test_listeners_hear_every_change(controls: Controls) -> None:
    """Each gets the new state after work that did something, until it is taken off."""
    heard: list[State] = []
    stop = controls.subscribe(heard.append)
    controls.work()
    assert heard == []
    controls.freeze(True)
    controls.mark("a")
    controls.work()
    assert [state["frozen"] for state in heard] == [True]
    controls.calibrate(10.0)
    controls.work()
    play(controls, 20)
    assert [state["calibrating"] is None for state in heard] == [True, False, True]
    stop()
    controls.freeze(False)
    controls.work()
    assert len(heard) == 3


def test_the_state_is_json(controls: Controls) -> None:
    """Whatever is set, the page can be told."""
    controls.calibrate(10.0, "Größe")
    controls.mark("♪")
    controls.hold_range(False)
    controls.work()
    play(controls, 30)
    state = controls.state()
    assert json.loads(json.dumps(state, allow_nan=False)) == state


def test_requests_from_many_threads_are_all_done(controls: Controls) -> None:
    """None is lost and none is torn."""
    threads = [
        threading.Thread(target=lambda: [controls.mark("m") for _ in range(20)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    controls.work()
    marks = controls.state()["marks"]
    assert isinstance(marks, list)
    assert len(marks) == 80


def test_a_flood_is_refused(controls: Controls) -> None:
    """Whoever asks for hundreds of things at once is told no; nothing grows without end."""
    for _ in range(MOST_WAITING):
        controls.mark()
    with pytest.raises(UserError, match="Too much"):
        controls.mark()
