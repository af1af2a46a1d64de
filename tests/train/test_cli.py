"""The command line: a person's mistake is one sentence, and settings are checked."""

from __future__ import annotations

import json
import sys

import pytest

from train.__main__ import main
from train.settings import Settings


def run(monkeypatch, *arguments: str) -> int:
    """Run ``python -m train`` with arguments and return the exit code."""
    monkeypatch.setattr("sys.argv", ["train", *arguments])
    return main()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("prepare", "--sets", "emotify"), "The dataset emotify is not at"),
        (("fit", "--run", "x", "--sets", "none"), "No dataset is called 'none'"),
        (("export", "--run", "x", "--out", "y.onnx"), "checkpoint"),
    ],
)
def test_mistakes_end_in_one_sentence(monkeypatch, tmp_path, capsys, arguments, sentence) -> None:
    """A dataset, a set or a run that is not there: one line and exit code 2."""
    monkeypatch.setenv("REALTIME_MER_DATA", str(tmp_path))
    assert run(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_package_that_is_missing_is_named(monkeypatch, tmp_path, capsys) -> None:
    """Without the train extra the help is there, and the rest is one sentence."""
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("train.")]:
        monkeypatch.delitem(sys.modules, name)
    assert run(monkeypatch, "export", "--run", str(tmp_path), "--out", "y.onnx") == 2
    error = capsys.readouterr().err
    assert error == (
        "The package torch is missing: pip install 'realtime-mer[train]' brings all that training "
        "needs.\n"
    )
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "--help")
    assert ended.value.code == 0


def test_settings_survive_the_disk(tmp_path) -> None:
    """Settings written and read are equal, tuples included."""
    settings = Settings(seed=7, means_s=(1.0, 2.0), shares={"emotify": 1.0})
    settings.save(tmp_path / "settings.json")
    assert Settings.load(tmp_path / "settings.json") == settings


def test_unknown_setting_is_named(tmp_path) -> None:
    """A name that is no setting ends in one sentence with those there are."""
    from realtime_mer.errors import UserError

    (tmp_path / "s.json").write_text(json.dumps({"learning": 1}), encoding="utf-8")
    with pytest.raises(UserError, match="'learning' is no setting"):
        Settings.load(tmp_path / "s.json")
