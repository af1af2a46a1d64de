"""The document of the routes says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from realtime_mer.config import cues
from realtime_mer.config.merge import read_settings_file
from realtime_mer.routes.glide import DELAY_S, HALF_WAY_S, STIFFNESS_HZ
from realtime_mer.routes.parse import KEYS, MIDI_KEYS
from realtime_mer.routes.regions import MOODS
from realtime_mer.routes.sources import PLAIN, parse_source
from realtime_mer.settings import setting_fields

TEXT = (Path(__file__).parents[2] / "docs" / "routes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_right(tmp_path: Path, block: str) -> None:
    """Each block of TOML can be used as it stands."""
    path = tmp_path / "show.toml"
    path.write_text(block, encoding="utf-8")
    config = read_settings_file(path)
    assert config.problems == []
    assert config.tables or config.settings


def test_both_ways_to_write_a_cue_mean_the_same(tmp_path: Path) -> None:
    """The sentence and the table of the document are equal."""
    (block,) = [each for each in BLOCKS if "[[cue]]" in each]
    path = tmp_path / "show.toml"
    path.write_text(block, encoding="utf-8")
    config = read_settings_file(path)
    assert list(config.settings["when"]) == config.tables["cue"]


def test_every_key_source_and_flag_is_there() -> None:
    """Nothing a route can have is left out, and no flag is named that does not exist."""
    for key in KEYS:
        assert re.search(rf"^\|.*`{key}`.*\|$", TEXT, re.MULTILINE), key
    for key in (*MIDI_KEYS, *cues.KEYS):
        assert re.search(rf"\b{key} = ", TEXT), key
    for source in PLAIN:
        assert source in TEXT or source == "dominance_std"
    for mood in MOODS:
        assert mood in TEXT
    flags = {f"--{name.replace('_', '-')}" for name in setting_fields()}
    for flag in set(re.findall(r"--[a-z]+(?:-[a-z]+)*", TEXT)) - {"--config"}:
        assert flag.replace("--no-", "--") in flags, flag
    for source in re.findall(r"`((?:mood|distance):[^`]+)`", TEXT):
        if source != source.upper() and "WORD" not in source:
            assert parse_source(source).name == source


def test_the_figures_are_those_of_the_glide() -> None:
    """Delays and the largest step are computed from the constant they hang on."""
    assert f"**{1000 * DELAY_S:.0f} ms**" in TEXT
    assert f"**{1000 * HALF_WAY_S:.0f} ms**" in TEXT
    assert f"{100 * STIFFNESS_HZ / 2.718281828 / 60:.1f} % of a jump" in TEXT
