"""Whether a JACK server still lives: asked of real ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.jack import jack_server

ASK = "from realtime_mer.sources.jack import server_answers; print(server_answers())"


def answers(environment: Mapping[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, "-c", ASK],
        env=dict(environment),
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return result.stdout.strip()


@pytest.mark.e2e
def test_live_server_answers_and_dead_one_does_not(tmp_path: Path) -> None:
    """The answer is yes while the server lives, and no once it was killed."""
    with jack_server(tmp_path) as jack:
        assert answers(jack.environment) == "True"
        jack.kill()
        assert answers(jack.environment) == "False"
