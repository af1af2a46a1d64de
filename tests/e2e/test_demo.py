"""The built-in performance through the whole program, and when it is played unasked."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from support.program import OscReceiver, running
from support.pulse import pulse_server

from realtime_mer.sources.demo import DURATION_S, SECTIONS, Section

pytestmark = pytest.mark.e2e

SPEED = 10


def second_half(section: Section) -> slice:
    """Return the steps of the second half of a section."""
    return slice(round(section.start_s + section.end_s), round(2 * section.end_s))


def test_demo_moves_what_is_sent(tmp_path: Path) -> None:
    """Played once, the demo moves both values, each in the direction that its sections say."""
    steps = int(DURATION_S / 0.5)
    arguments = ["--device", "demo", "--speed", str(SPEED), "--no-web"]
    with OscReceiver() as receiver:
        with running(tmp_path, *arguments, "--osc", receiver.target):
            receiver.wait_for("/mer/valence", steps, limit_s=120)
        curves = {
            name: np.array(receiver.values(f"/mer/{name}")[:steps])
            for name in ("arousal", "valence")
        }
        active = receiver.values("/mer/active")[:steps]
    print({name: (float(curve.min()), float(curve.max())) for name, curve in curves.items()})
    assert np.mean(active) > 0.9
    for curve in curves.values():
        assert np.ptp(curve) > 0.3
    # The mean over the second half of a section, when the one before is forgotten.
    arousal, valence = (
        {section.name: float(curve[second_half(section)].mean()) for section in SECTIONS}
        for curve in curves.values()
    )
    print(arousal, valence)
    assert max(arousal["calm"], arousal["sad"]) < min(arousal["joyful"], arousal["tense"])
    assert max(valence["tense"], valence["sad"]) < min(valence["joyful"], valence["calm"])


def test_auto_without_an_input_plays_the_demo(tmp_path: Path) -> None:
    """``auto`` without any input says so in one sentence, plays the demo, and sends it."""
    environment = {**os.environ, "HOME": str(tmp_path), "PULSE_SERVER": "none"}
    with OscReceiver() as receiver:
        arguments = ["--device", "auto", "--osc", receiver.target, "--no-web"]
        with running(tmp_path, *arguments, environment=environment) as program:
            receiver.wait_for("/mer/arousal", 3, limit_s=60)
            (said,) = program.errors().strip().splitlines()
    assert "no audio input device" in said
    assert "demo" in said
    assert any(receiver.values("/mer/active"))


def test_auto_with_an_input_listens_to_it(tmp_path: Path) -> None:
    """``auto`` takes the default input where there is one, and says which."""
    with pulse_server(tmp_path) as pulse, OscReceiver() as receiver:
        arguments = ["--device", "auto", "--osc", receiver.target, "--no-web"]
        with running(tmp_path, *arguments, environment=pulse.environment) as program:
            receiver.wait_for("/mer/arousal", 2, limit_s=60)
            (said,) = program.errors().strip().splitlines()
    assert "Listening to the default input" in said
    assert not any(receiver.values("/mer/active")), "nothing is played into this sound card"
