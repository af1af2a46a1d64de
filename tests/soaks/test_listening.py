"""The player and the recorder that the tracker is measured with."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from soaks.beside import JackRec
from tests.support import frame_counter
from tests.support.jack import jack_server

pytestmark = pytest.mark.e2e


def test_a_recorder_hears_what_the_counter_plays(tmp_path: Path) -> None:
    """JACK's own recorder has every number in it, and the counter knows how many it said."""
    with jack_server(tmp_path, 44_100, realtime=True, waits=True) as jack:
        counter = frame_counter.start(tmp_path, jack.environment, "system")
        frame_counter.wait_until_heard(counter)
        heard = JackRec(tmp_path, jack.environment, 2.0).heard()
        time.sleep(0.5)
        played = frame_counter.end(counter)
    assert heard.samples >= 88_000
    assert heard.lost == 0
    assert heard.last < played.samples
    assert played.samples > heard.samples
