"""What is saved is there again, and what a person wrote stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.config.merge import load_settings
from realtime_mer.desk.saving import save_settings
from realtime_mer.errors import UserError
from realtime_mer.routes.parse import parse_route
from realtime_mer.routes.route import Route

SHOW = """\
# the show of Tuesday
device = "Scarlett"   # the left one
osc-rate = 60

# opacity of the first layer
[[route]]
address = "/one"   # Resolume
source = "arousal"
target = "127.0.0.1:7000"

# the lights
[[route]]
address = "/two"
source = "valence"
in = [-0.5, 0.5]
"""


def route(**table: object) -> Route:
    """A route from its table."""
    return parse_route({"source": "arousal", **table})


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """Comments, order and spelling of everything else stay, letter for letter."""
    show = tmp_path / "show.toml"
    show.write_text(SHOW)
    routes = list(load_settings({}, {}, show).routes)
    save_settings(show, {"gain": 6.0}, None)
    assert show.read_text().replace("gain = 6.0\n", "") == SHOW
    changed = route(address="/two", source="valence", out=[0, 255])
    save_settings(show, {"device": "mic", "gain": None}, [routes[0], changed])
    text = show.read_text()
    for kept in ("# the show of Tuesday", "# the left one", "osc-rate = 60", "# the lights",
                 'address = "/one"   # Resolume', "# opacity of the first layer"):  # fmt: skip
        assert kept in text
    assert "gain" not in text
    assert "in = " not in text
    settings = load_settings({}, {}, show)
    assert settings.device == "mic"
    assert settings.routes == (routes[0], changed)


@given(
    st.lists(
        st.sampled_from(
            [
                {"address": "/a"},
                {"address": "/a", "out": [3, 4]},
                {"address": "/b", "on": False},
                {"address": "/c", "source": ["arousal", "mood"], "before": ["x", 1, 0.5]},
                {"source": "valence", "midi": {"port": 'Desk "1"', "channel": 2, "cc": 7}},
                {"address": "/one", "target": "127.0.0.1:7000"},
            ]
        ),
        max_size=6,
    )
)
def test_any_routes_come_back(tmp_path_factory: pytest.TempPathFactory, tables: list) -> None:
    """Whatever is saved in place of what was there, in whatever order, is read back the same."""
    show = tmp_path_factory.mktemp("show") / "show.toml"
    show.write_text(SHOW)
    routes = tuple(route(**table) for table in tables)
    save_settings(show, {}, routes)
    assert load_settings({}, {}, show).routes == routes
    assert "# the left one" in show.read_text()


def test_a_new_file_says_what_it_is(tmp_path: Path) -> None:
    """Where there was none, folder and file are made, and the file explains itself."""
    path = tmp_path / "deep" / "settings.toml"
    save_settings(path, {"device": "demo", "channels": "1", "calibration": "off"}, [])
    assert path.read_text().startswith("# Settings of realtime-mer")
    settings = load_settings({}, {}, path)
    assert (settings.device, settings.channels, settings.calibration) == ("demo", "1", None)


def test_routes_of_a_preset_that_were_taken_away_stay_away(tmp_path: Path) -> None:
    """With preset_routes = false only the file's own routes are sent; the rest is the preset's."""
    path = tmp_path / "show.toml"
    path.write_text('preset = "resolume"\n')
    before = load_settings({}, {}, path)
    assert len(before.routes) > 1
    save_settings(path, {"preset_routes": False}, before.routes[:1])
    after = load_settings({}, {}, path)
    assert after.routes == before.routes[:1]
    assert after.osc == before.osc


def test_what_cannot_be_saved_changes_nothing(tmp_path: Path) -> None:
    """A file somebody broke meanwhile, or a folder that is none, is told with a sentence."""
    broken = tmp_path / "broken.toml"
    broken.write_text("device = \n")
    with pytest.raises(UserError, match="not valid TOML"):
        save_settings(broken, {"gain": 1.0}, None)
    assert broken.read_text() == "device = \n"
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file"):
        save_settings(tmp_path / "file" / "show.toml", {"gain": 1.0}, None)


def test_a_link_stays_one_and_rights_stay(tmp_path: Path) -> None:
    """A configuration that is a link into somebody's repository is written where it leads."""
    real = tmp_path / "real.toml"
    real.write_text(SHOW)
    real.chmod(0o644)
    link = tmp_path / "link.toml"
    link.symlink_to(real)
    save_settings(link, {"gain": 2.0}, None)
    assert link.is_symlink()
    assert load_settings({}, {}, real).gain == 2.0
    assert real.stat().st_mode & 0o777 == 0o644
