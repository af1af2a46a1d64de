"""The file that ``config init`` writes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from realtime_mer.config.merge import read_settings_file
from realtime_mer.config.template import EXAMPLES, ROUTES, template
from realtime_mer.settings import Settings, setting_fields

SETTING = re.compile(r"^# ([a-z_]+ = .*)$", re.MULTILINE)


def test_as_it_is_nothing_is_in_force(tmp_path: Path) -> None:
    """A new file changes nothing, whether it is used or not."""
    path = tmp_path / "show.toml"
    path.write_text(template(setting_fields(), "show.toml"), encoding="utf-8")
    config = read_settings_file(path)
    assert (config.settings, config.tables, config.problems) == ({}, {}, [])


def test_every_setting_is_there_at_its_default(tmp_path: Path) -> None:
    """With the # taken away, each setting has the value it had, or an example that is valid."""
    text = template(setting_fields(), "show.toml")
    settings = text[: text.index("# ---- messages of your own")]
    path = tmp_path / "show.toml"
    path.write_text("\n".join(SETTING.findall(settings)), encoding="utf-8")
    config = read_settings_file(path)
    assert not config.problems
    assert list(config.settings) == list(setting_fields())
    for name, value in config.settings.items():
        default = getattr(Settings(), name)
        assert value == default or (name in EXAMPLES and default in (None, ()))


def test_its_routes_are_right(tmp_path: Path) -> None:
    """The examples of routes work once the # is taken away."""
    code = re.findall(r"^# ((?:\[\[|[a-z_]+ = ).*)$", ROUTES, re.MULTILINE)
    text = "\n".join(code)
    assert len(tomllib.loads(text)["route"]) == 4
    path = tmp_path / "show.toml"
    path.write_text(text, encoding="utf-8")
    config = read_settings_file(path)
    assert not config.problems
    assert [route.name for route in config.tables["route"]] == [
        "/composition/layers/1/video/opacity",
        "/wek/inputs",
        "/show/mood",
        "Scarlett channel 1 control 21",
    ]
    assert [cue.address for cue in config.tables["cue"]] == ["/cue/12/go"]


def test_lines_fit_on_a_screen() -> None:
    """No line is longer than a terminal is wide."""
    assert max(map(len, template(setting_fields(), "show.toml").splitlines())) <= 100
