"""Calibrations kept by name."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.calibrations import (
    RESERVED,
    Calibrations,
    check_name,
    configuration_folder,
)
from realtime_mer.errors import UserError
from realtime_mer.feel.calibration import Calibration

TUESDAY = Calibration(
    "tuesday", ("arousal", "valence"), (0.1, -0.2), (0.3, 0.4), "2026-11-20T13:00:00+00:00", 120.0
)


@pytest.fixture
def store(tmp_path: Path) -> Calibrations:
    """An empty store in a folder that does not exist yet."""
    return Calibrations(tmp_path / "deep" / "calibrations")


def test_what_is_saved_is_there_tomorrow(store: Calibrations) -> None:
    """Another store of the same folder has it, whatever the case of the letters."""
    path = store.save(TUESDAY)
    again = Calibrations(store.folder)
    assert again.load("tuesday") == again.load("TUESDAY") == TUESDAY
    assert again.names() == ["tuesday"]
    assert [each.name for each in store.folder.iterdir()] == [path.name]


def test_saving_replaces(store: Calibrations) -> None:
    """Under one name there is one calibration: the last."""
    store.save(TUESDAY)
    store.save(replace(TUESDAY, centre=(0.5, 0.5)))
    assert store.load("tuesday").centre == (0.5, 0.5)
    assert store.names() == ["tuesday"]


def test_an_unknown_name_gets_the_nearest(store: Calibrations) -> None:
    """The sentence names what there is, or how to make it."""
    with pytest.raises(UserError, match="nor any other: make it with realtime-mer calibrate"):
        store.load("tuesday")
    store.save(TUESDAY)
    store.save(replace(TUESDAY, name="wedding"))
    for action in (store.load, store.forget):
        with pytest.raises(UserError, match="no calibration 'tusday': did you mean 'tuesday'"):
            action("tusday")


def test_a_forgotten_calibration_is_gone(store: Calibrations) -> None:
    """Deleting takes it from the list."""
    store.save(TUESDAY)
    store.forget("Tuesday")
    assert store.names() == []


def test_dimensions_come_in_the_models_order(store: Calibrations) -> None:
    """A model with its dimensions the other way round is served; one with others is not."""
    store.save(TUESDAY)
    assert store.load("tuesday", ("valence", "arousal")).centre == (-0.2, 0.1)
    with pytest.raises(UserError, match="nothing of dominance: calibrate again"):
        store.load("tuesday", ("arousal", "valence", "dominance"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "\x00"])
def test_a_spoilt_file_gets_a_sentence(store: Calibrations, text: str) -> None:
    """A file somebody broke is named."""
    path = store.save(TUESDAY)
    path.write_text(text)
    with pytest.raises(UserError, match="cannot be used") as error:
        store.load("tuesday")
    assert str(path) in str(error.value)


def test_a_place_that_cannot_be_gets_a_sentence(tmp_path: Path) -> None:
    """Where a file stands in the way of the folder, saving says so and nothing is left."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be saved"):
        Calibrations(tmp_path / "file" / "calibrations").save(TUESDAY)
    with pytest.raises(UserError):
        Calibrations(tmp_path / "file" / "calibrations").load("tuesday")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    "name",
    ["", " ", "../x", "a/b", "a\\b", "x.", ".x", "con", "COM1", "nul.txt", "a:b", "60", "x" * 61],
)
def test_names_that_are_no_files_are_refused(name: str) -> None:
    """Nothing leaves the folder or opens a device of Windows."""
    with pytest.raises(UserError, match="calibration"):
        check_name(name)


@pytest.mark.parametrize("name", RESERVED)
def test_commands_are_no_names(name: str) -> None:
    """A word that undoes a calibration cannot name one."""
    with pytest.raises(UserError):
        check_name(name)
    with pytest.raises(UserError):
        check_name(name.upper())


@given(st.text(max_size=30))
def test_any_name_is_a_file_in_the_folder_or_refused(name: str) -> None:
    """No text leads out of the folder."""
    try:
        tidy = check_name(name)
    except UserError:
        tidy = "refused"
    path = Calibrations(Path("folder"))._path(tidy)
    assert path.parent == Path("folder")
    assert path.suffix == ".json"


def test_names_keep_their_letters(store: Calibrations) -> None:
    """Umlauts, spaces and dashes are fine."""
    store.save(replace(TUESDAY, name="Größe  12 - v1.2"))
    assert store.load("größe 12 - V1.2").name == "Größe  12 - v1.2"
    assert json.loads(next(store.folder.iterdir()).read_text(encoding="utf-8"))["format"] == 1


def test_the_folder_is_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On Linux the desktop's variable moves it; everywhere it carries the program's name."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert configuration_folder().name == "realtime-mer"
    if sys.platform == "linux":
        assert configuration_folder() == tmp_path / "realtime-mer"
