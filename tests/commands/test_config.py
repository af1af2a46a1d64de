"""``realtime-mer config``."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime_mer.cli import main
from realtime_mer.config.merge import load_settings

SHOW = """\
preset = "resolume"
gate = -50
when = "mood is joyful, send /go"

[[route]]
address = "/wek/inputs"
source = ["arousal", "mood:joyful"]
rise = 0.5

[[cue]]
mood = ["tense", "silent"]
for = 4
address = "/cue/12/go"
arguments = ["now", 1, 0.5]
target = "127.0.0.1:53000"
"""


def test_init_writes_a_file_that_check_finds_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What comes out of the one goes into the other."""
    path = tmp_path / "show.toml"
    assert main(["config", "init", str(path)]) == 0
    assert f"realtime-mer --config {path}" in capsys.readouterr().out
    assert main(["config", "check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} is right: 0 settings.\n"


def test_init_has_a_name_of_its_own_and_prints_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a name it is realtime-mer.toml here; - is standard output."""
    monkeypatch.chdir(tmp_path)
    assert main(["config", "init"]) == 0
    assert Path("realtime-mer.toml").is_file()
    capsys.readouterr()
    assert main(["config", "init", "-"]) == 0
    assert '# device = "auto"' in capsys.readouterr().out


def test_init_leaves_a_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody wrote is not overwritten, and a folder that is not there gets a sentence."""
    path = tmp_path / "show.toml"
    path.write_text("speed = 2")
    assert main(["config", "init", str(path)]) == 2
    assert "stays as it is" in capsys.readouterr().err
    assert path.read_text() == "speed = 2"
    assert main(["config", "init", str(tmp_path / "no" / "x.toml")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_check_lists_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each, the number of the line in front, exit code 2."""
    path = tmp_path / "show.toml"
    path.write_text('spead = 2\n[[route]]\naddress = "/x"\nsource = "arousel"\nrize = 1\n')
    assert main(["config", "check", str(path)]) == 2
    lines = capsys.readouterr().out.splitlines()
    route = "route 1 (/x)"
    assert lines == [
        f"{path}, line 1: there is no setting 'spead': did you mean 'speed'?",
        f"{path}, line 4: {route}: source: there is no source 'arousel'; did you mean 'arousal'?",
        f"{path}, line 5: {route}: there is no key 'rize'; did you mean 'rise'?",
    ]


def test_check_counts_what_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings, routes and cues are counted; a file that is not there is a mistake."""
    path = tmp_path / "show.toml"
    path.write_text(SHOW)
    assert main(["config", "check", str(path)]) == 0
    assert capsys.readouterr().out.endswith("is right: 3 settings, 1 route, 1 cue.\n")
    assert main(["config", "check", str(tmp_path / "no.toml")]) == 2


def test_show_prints_a_file_that_gives_the_same_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flags, environment, file and preset are merged, with where each comes from."""
    path = tmp_path / "show.toml"
    path.write_text(SHOW)
    monkeypatch.setenv("REALTIME_MER_RATE", "48000")
    arguments = ["--config", str(path), "--speed", "max", "--no-web", "config", "show"]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    for line in (
        f"gate = -50.0  # {path}",
        "rate = 48000  # REALTIME_MER_RATE",
        'speed = "max"  # --speed',
        "osc_rate = 60.0  # preset resolume",
        "web = false  # --web",
        'device = "auto"',
        "# record is not set",
    ):
        assert line in text.splitlines()
    again = tmp_path / "again.toml"
    again.write_text(text)
    monkeypatch.delenv("REALTIME_MER_RATE")
    shown = load_settings({}, {}, again)
    expected = load_settings({"speed": float("inf"), "web": None, "rate": 48_000}, {}, path)
    for name in ("speed", "web", "rate", "gate", "osc", "osc_rate", "standard", "routes"):
        assert getattr(shown, name) == getattr(expected, name)
    assert shown.all_cues == expected.all_cues


def test_show_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file with a mistake is not shown."""
    path = tmp_path / "show.toml"
    path.write_text("speed = 0")
    assert main(["--config", str(path), "config", "show"]) == 2
    assert "line 1: speed" in capsys.readouterr().err
