"""What the program says, to whoever reads its standard error by machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support.program import OscReceiver, run_program, running

pytestmark = pytest.mark.e2e


def events(said: str) -> list[dict[str, str]]:
    """Every line, which must be an object."""
    return [json.loads(line) for line in said.splitlines()]


def test_every_line_is_an_object_from_start_to_end(tmp_path: Path) -> None:
    """By the environment: the notice at the start, an event during the show, with their levels."""
    settings = {"REALTIME_MER_LOG_FORMAT": "json", "REALTIME_MER_LOG_LEVEL": "debug"}
    environment = {**os.environ, **settings, "PULSE_SERVER": "none", "HOME": str(tmp_path)}
    record = tmp_path / "set.jsonl"
    with OscReceiver() as receiver:
        flags = ["--device", "auto", "--osc", receiver.target, "--no-web", "--record", record]
        with running(tmp_path, *flags, environment=environment) as program:
            receiver.wait_for("/mer/arousal", 2, limit_s=60)
            record.unlink()
            while "is written anew" not in program.errors():
                before = len(receiver.messages("/mer/arousal"))
                receiver.wait_for("/mer/arousal", before + 1, limit_s=60)
            assert program.interrupt()[0] == 0
            found = events(program.errors())
    assert {event["level"] for event in found} <= {"debug", "info", "warning"}
    notice, anew = ([event for event in found if words in event["message"]] for words in
                    ("the built-in demo plays instead", "is written anew"))  # fmt: skip
    assert (notice[0]["level"], notice[0]["logger"]) == ("warning", "realtime_mer")
    assert (anew[0]["level"], anew[0]["logger"]) == ("warning", "realtime_mer.sinks.recorder")


def test_a_persons_mistake_is_an_object_too(tmp_path: Path) -> None:
    """By a file of settings; the exit code stays 2."""
    config = tmp_path / "show.toml"
    config.write_text('log-format = "json"\nlog_level = "error"\n')
    result = run_program(
        "--config", config, "--device", tmp_path / "no.flac", "--no-osc", "--no-web"
    )
    assert result.returncode == 2
    (event,) = events(result.stderr)
    assert event["level"] == "error"
    assert "no.flac" in event["message"]
    assert not event["message"].startswith("realtime-mer")
