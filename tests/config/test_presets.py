"""Presets against what the makers of the programs document; docs/presets.md has the sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.estimates import make_estimate

from realtime_mer.config.merge import load_settings, merge_settings, read_settings_file
from realtime_mer.config.presets import FOLDER, PRESETS, preset_path
from realtime_mer.errors import UserError
from realtime_mer.routes.moment import moment_of
from realtime_mer.routes.route import RunningRoute
from realtime_mer.settings import Settings

PORTS = {
    "touchdesigner": 7000,
    "resolume": 7000,
    "max": 7400,
    "unity": 9000,
    "vdmx": 1234,
    "wekinator": 6448,
    "chataigne": 12000,
    "processing": 12000,
    "supercollider": 57120,
    "puredata": 9000,
}
DOCS = Path(__file__).parents[2] / "docs" / "presets.md"


def preset(name: str) -> Settings:
    """The settings of a preset by itself."""
    return load_settings({"preset": name}, {})


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sends_to_the_port_the_program_listens_at(name: str) -> None:
    """Every preset is right and goes to this machine, to the documented port."""
    assert read_settings_file(preset_path(name)).problems == []
    assert preset(name).osc == (("127.0.0.1", PORTS[name]),)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_documented(name: str) -> None:
    """The document has a section for it, with its port and a source or "not verified"."""
    sections = DOCS.read_text(encoding="utf-8").split("\n## ")
    (section,) = [each for each in sections if f"`--preset {name}`" in each.splitlines()[0]]
    assert str(PORTS[name]) in section
    assert "https://" in section
    assert "On the other side" in section


def test_presets_and_their_files_are_the_same() -> None:
    """No file without a name, no name without a file."""
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(PRESETS)


def test_resolume_gets_the_opacity_of_layers_from_0_to_1() -> None:
    """The addresses are those of Resolume's manual, and nothing else is sent."""
    settings = preset("resolume")
    assert not settings.standard
    assert [route.address for route in settings.routes] == [
        "/composition/layers/1/video/opacity",
        "/composition/layers/2/video/opacity",
    ]
    for route in settings.routes:
        assert route.lanes[0].range_out == (0, 1)
        assert route.clip


def test_wekinator_gets_one_message_of_five_floats() -> None:
    """``/wek/inputs`` has as many floats as a new project has inputs."""
    settings = preset("wekinator")
    assert not settings.standard
    (route,) = settings.routes
    assert route.address == "/wek/inputs"
    arguments = RunningRoute(route).arguments(moment_of(make_estimate()), 0.0)
    assert arguments is not None
    assert [type(argument) for argument in arguments] == [float] * 5


def test_vdmx_gets_0_to_1() -> None:
    """Sliders of VDMX go from 0 to 1."""
    assert preset("vdmx").osc_range == "0..1"


def test_a_file_wins_over_its_preset(tmp_path: Path) -> None:
    """What the file sets stays, what the preset sets beside it comes along."""
    path = tmp_path / "show.toml"
    path.write_text('preset = "Resolume"\nosc = "10.0.0.5:7000"\n')
    merged = merge_settings({}, {}, path)
    assert merged.settings.osc == (("10.0.0.5", 7000),)
    assert merged.settings.osc_rate == 60
    assert merged.origins == {
        "preset": str(path),
        "osc": str(path),
        "osc_rate": "preset resolume",
        "standard": "preset resolume",
    }


def test_flags_and_environment_choose_another_preset(tmp_path: Path) -> None:
    """The preset itself is merged like any setting; none switches it off."""
    path = tmp_path / "show.toml"
    path.write_text('preset = "resolume"\n')
    environment = {"REALTIME_MER_PRESET": "wekinator"}
    assert load_settings({}, environment, path).osc[0][1] == 6448
    assert load_settings({"preset": "max"}, environment, path).osc[0][1] == 7400
    none = load_settings({}, {"REALTIME_MER_PRESET": "none"}, path)
    assert (none.osc[0][1], none.routes) == (9000, ())


def test_routes_are_added_to_those_of_a_preset(tmp_path: Path) -> None:
    """A route of one's own comes beside the preset's, or in place of one with its address."""
    path = tmp_path / "show.toml"
    path.write_text(
        'preset = "resolume"\n'
        '[[route]]\naddress = "/composition/layers/1/video/opacity"\nsource = "level"\n'
        '[[route]]\naddress = "/new"\nsource = "level"\n'
    )
    routes = load_settings({}, {}, path).routes
    assert [(route.address, route.lanes[0].source.name) for route in routes] == [
        ("/composition/layers/2/video/opacity", "valence"),
        ("/composition/layers/1/video/opacity", "level"),
        ("/new", "level"),
    ]


def test_an_unknown_preset_gets_the_nearest() -> None:
    """The sentence has the nearest and all others."""
    with pytest.raises(UserError, match=r"did you mean 'touchdesigner'.*There are .*vdmx"):
        load_settings({}, {"REALTIME_MER_PRESET": "touch-designer"})
