"""Settings from file, environment and flags."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.config.merge import load_settings
from realtime_mer.errors import UserError
from realtime_mer.settings import Settings, parse_setting, setting_fields


def write(folder: Path, text: str) -> Path:
    """Write a configuration."""
    path = folder / "show.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_work() -> None:
    """With nothing set: the microphone or the demo, OSC to 9000, the page on 8765."""
    settings = load_settings({}, {})
    assert settings == Settings()
    assert settings.device == "auto"
    assert settings.osc == (("127.0.0.1", 9000),)
    assert settings.web == ("127.0.0.1", 8765)


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    """The later way of setting something wins; what it leaves out stays."""
    config = write(tmp_path, 'device = "file"\nspeed = 2\nquiet = true\ngate = -50')
    environment = {"REALTIME_MER_DEVICE": "environment", "REALTIME_MER_SPEED": "max"}
    settings = load_settings({"device": "flag"}, environment, config)
    assert (settings.device, settings.speed) == ("flag", math.inf)
    assert (settings.quiet, settings.gate) == (True, -50.0)


def test_file_takes_the_types_of_toml(tmp_path: Path) -> None:
    """Lists, numbers, booleans and switched-off outputs are written as TOML has them."""
    config = write(
        tmp_path,
        'osc = ["127.0.0.1:7000", "[::1]:9001"]\nweb = false\nrate = 48000\n'
        'record = "set.jsonl"\nchannels = "3,4"',
    )
    settings = load_settings({}, {}, config)
    assert settings.osc == (("127.0.0.1", 7000), ("::1", 9001))
    assert settings.web is None
    assert settings.rate == 48_000
    assert settings.record == Path("set.jsonl")
    assert settings.channels == "3,4"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('devise = "mic"', r"no setting 'devise': did you mean 'device'\?"),
        ("speed = 0", r"show\.toml, line 1: speed: '0' is no speed"),
        ("[osc]\nport = 1", "'osc' is a table"),
        ('osc = ["nowhere"]', r"osc: .*HOST:PORT"),
        ("quiet = 7", "neither on nor off"),
        ("gate = 12", "not a level"),
        ('provider = "tpu"', "not one of auto, cuda, cpu"),
        ("device = ", "line 1: this is not valid TOML"),
        ('device = "mic"\n\nspeed = = 2', "line 3: this is not valid TOML"),
        ('device = "mic"\n\nspeed = 0', "line 3: speed: '0' is no speed"),
    ],
)
def test_wrong_file_gets_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    """The file, the setting and the remedy are named."""
    with pytest.raises(UserError, match=said) as error:
        load_settings({}, {}, write(tmp_path, text))
    assert "show.toml" in str(error.value)


def test_the_first_of_several_mistakes_is_said(tmp_path: Path) -> None:
    """A file with more than one mistake says where to see them all."""
    with pytest.raises(UserError, match=r"line 1: gate.* config check .*show.toml lists 2 more"):
        load_settings({}, {}, write(tmp_path, "gate = 1\nspeed = 0\nquiet = 7"))


def test_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    """A configuration that is not there is said to be not there."""
    with pytest.raises(UserError, match="cannot be read"):
        load_settings({}, {}, tmp_path / "absent.toml")


def test_wrong_variable_is_named() -> None:
    """The name of the environment variable stands in the sentence."""
    with pytest.raises(UserError, match="REALTIME_MER_RATE: '-5' is not a whole number"):
        load_settings({}, {"REALTIME_MER_RATE": "-5"})


@given(name=st.sampled_from(sorted(setting_fields())), text=st.text(max_size=40))
def test_any_text_is_taken_or_refused_with_a_sentence(name: str, text: str) -> None:
    """No text that a person could write makes a parser fall over."""
    said = "here: taken"
    try:
        parse_setting(name, text, "here")
    except UserError as error:
        said = str(error)
    assert said.startswith("here: ")


def test_how_it_moves_is_set_in_all_ways(tmp_path: Path) -> None:
    """Calibration, smoothing, silence, delay, cues and control come from a file, and flags win."""
    config = write(
        tmp_path,
        'calibration = "tuesday"\nadapt = 10\nrise = 0.5\nfall = 2\nsilence = "hold"\n'
        'delay = 0.25\ngain = -6\ncontrol = 9001\ncontrol-from = ["10.0.0.5", "10.1.0.0/16"]\n'
        'when = ["mood is tense for 4 s, send /a 1 2", "when mood is calm, send /b to h:7"]',
    )
    settings = load_settings({"rise": 0.1}, {"REALTIME_MER_CALIBRATION": "off"}, config)
    assert (settings.rise, settings.fall, settings.adapt, settings.delay) == (0.1, 2.0, 10.0, 0.25)
    assert (settings.calibration, settings.silence, settings.gain) == (None, "hold", -6.0)
    assert settings.control == ("", 9001)
    assert list(map(str, settings.control_from)) == ["10.0.0.5/32", "10.1.0.0/16"]
    assert [(cue.words, cue.address, cue.target) for cue in settings.when] == [
        (("tense",), "/a", None),
        (("calm",), "/b", ("h", 7)),
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rise", "fast", "no time in seconds from 0 to 60"),
        ("delay", "31", "no time in seconds from 0 to 30"),
        ("adapt", "-1", "no time in minutes"),
        ("silence", "quiet", "not one of neutral, hold"),
        ("gain", "100", "no gain from -60 to 60"),
        ("control", "99999", "not a port"),
        ("control", "0", "not a port"),
        ("control", "somewhere", "names no port"),
        ("control_from", "here", "no IP address"),
        ("when", "mood is tens, send /a", "did you mean 'tense'"),
    ],
)
def test_wrong_ways_to_move_get_a_sentence(name: str, value: str, said: str) -> None:
    """The flag is named, and what would be right."""
    with pytest.raises(UserError, match=f"--flag: .*{said}"):
        parse_setting(name, value, "--flag")


def test_origins_of_pages_are_addresses() -> None:
    """Pages may be let in from several places; what is no place gets its sentence."""
    flag = parse_setting("allow_origin", "http://localhost:5500/, HTTPS://x.org", "--allow-origin")
    assert flag == ("http://localhost:5500", "HTTPS://x.org")
    assert parse_setting("allow_origin", "off", "--allow-origin") == ()
    for wrong in ("localhost:5500", "http://", "http://x.org/page", "null", "*"):
        with pytest.raises(UserError, match="is no origin of a page"):
            parse_setting("allow_origin", wrong, "--allow-origin")
