"""The command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime_mer import __version__
from realtime_mer.cli import COMMANDS, build_parser, main
from realtime_mer.settings import setting_fields


def test_help_names_every_setting_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever can be set or run stands in --help."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for name, entry in setting_fields().items():
        flag = f"{'no-' if entry.default is True else ''}{name.replace('_', '-')}"
        assert f"--{flag}" in text
    for command in COMMANDS:
        assert f"    {command} " in text
    assert max(map(len, text.splitlines())) <= 100


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """--version says the version."""
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"realtime-mer {__version__}\n"


def test_repeated_osc_adds_and_no_osc_removes() -> None:
    """--osc twice means two receivers, --no-osc none."""
    parse = build_parser().parse_args
    assert parse(["--osc", "a:1", "--osc", "b:2"]).osc == (("a", 1), ("b", 2))
    assert parse(["--no-osc"]).osc == ()
    assert parse(["--no-web"]).web is None
    assert not hasattr(parse([]), "osc")


def test_what_is_on_by_default_is_switched_off() -> None:
    """--no-standard turns off what is on; --standard undoes what a file says."""
    assert build_parser().parse_args(["--no-standard"]).standard is False
    assert build_parser().parse_args(["--standard"]).standard is True


def test_a_range_that_begins_with_a_dash_is_given_with_an_equals_sign() -> None:
    """The way back from a preset's 0..1."""
    assert build_parser().parse_args(["--osc-range=-1..1"]).osc_range == "-1..1"


def test_wrong_value_ends_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, one line that names the flag, nothing on standard output."""
    assert main(["--speed", "fast"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("realtime-mer: --speed: 'fast' is no speed")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_nothing_to_do_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that would send, serve, record and show nothing does not start."""
    assert main(["--device", "demo", "--no-osc", "--no-web", "--quiet"]) == 2
    assert "Nothing would leave" in capsys.readouterr().err


def test_cues_and_senders_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    """--when and --control-from may be repeated, as --osc may."""
    parse = build_parser().parse_args
    cues = ["--when", "mood is sad, send /a", "--when", "mood is calm, send /b"]
    given = parse([*cues, "--control-from", "10.0.0.5", "--control-from", "10.0.0.6"])
    assert [cue.address for cue in given.when] == ["/a", "/b"]
    assert len(given.control_from) == 2


def test_a_cue_without_receiver_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no OSC is sent, a cue must say to whom."""
    cue = ["--when", "mood is sad, send /a"]
    assert main(["--device", "demo", "--no-osc", "--no-web", *cue]) == 2
    assert "has no receiver" in capsys.readouterr().err
