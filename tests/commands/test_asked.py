"""Settings of a command: from where they are kept, and said alike by every command."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from realtime_mer.cli import main

# Each ends in a mistake that is found once the settings are read: nothing has to run for long.
MISTAKES = {
    "": ("--device", "no-such.wav"),
    "replay": ("replay", "no-such.jsonl"),
    "calibrate": ("calibrate", "--device", "no-such.wav"),
    "serve": ("serve", "--streams", "none"),
}


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the page saves to."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "realtime-mer" / "settings.toml"
    path.parent.mkdir()
    path.write_text("gain = 1\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("command", MISTAKES)
def test_settings_that_nobody_named_are_said(
    saved: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first line names the file and how to do without; then comes the mistake."""
    assert main(MISTAKES[command]) == 2
    first, mistake = capsys.readouterr().err.splitlines()
    assert first == f"Using the settings saved in {saved} (--config none leaves them out)."
    assert mistake.startswith("realtime-mer: ")


@pytest.mark.parametrize("command", MISTAKES)
def test_they_are_an_event_where_json_was_asked_for(
    saved: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line is an object, the sentence with level info, the mistake an error."""
    saved.write_text('log_format = "json"\n', encoding="utf-8")
    assert main(MISTAKES[command]) == 2
    for handler in logging.getLogger().handlers:
        if hasattr(handler, "realtime_mer"):
            handler.close()  # once its thread has written what it was handed
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["level"] for event in events] == ["info", "error"]
    assert events[0]["message"].startswith(f"Using the settings saved in {saved} ")


@pytest.mark.parametrize("command", MISTAKES)
def test_nothing_is_said_of_what_was_named_or_is_quiet(
    saved: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person who gave --config knows it, and quiet prints nothing but problems."""
    assert main([*MISTAKES[command], "--config", str(saved)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    saved.write_text("quiet = true\n", encoding="utf-8")
    assert main(MISTAKES[command]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
