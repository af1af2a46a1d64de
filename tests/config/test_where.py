"""Which configuration counts when nobody, somebody, or nothing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime_mer.config.where import NAME, find_config, shortened


def test_a_named_file_is_read_and_saved_to(tmp_path: Path) -> None:
    """--config FILE is both, silently; --config none is neither."""
    place = find_config(tmp_path / "show.toml")
    assert place.read == place.save == tmp_path / "show.toml"
    assert place.sentence() == ""
    for word in ("none", "off", "None"):
        nothing = find_config(Path(word))
        assert (nothing.read, nothing.save, nothing.sentence()) == (None, None, "")


def test_what_was_saved_counts_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --config the saved file is used, once there is one, and named aloud."""
    monkeypatch.setattr("realtime_mer.config.where.configuration_folder", lambda: tmp_path)
    before = find_config(None)
    assert (before.read, before.save) == (None, tmp_path / NAME)
    assert before.sentence() == ""
    (tmp_path / NAME).write_text("gain = 1\n")
    after = find_config(None)
    assert after.read == after.save == tmp_path / NAME
    assert NAME in after.sentence()
    assert "--config none" in after.sentence()


def test_a_home_is_a_tilde() -> None:
    """Paths are said the way a person says them."""
    assert shortened(Path("/home/anna/x"), {"HOME": "/home/anna"}) == str(Path("~/x"))
    assert shortened(Path("/home/annabel/x"), {"HOME": "/home/anna"}) == str(
        Path("/home/annabel/x")
    )
