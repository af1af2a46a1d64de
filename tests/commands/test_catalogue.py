"""``realtime-mer analyze`` into tables, in one process of tests; tests/e2e has the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.recordings import write_music

from realtime_mer.cli import build_parser, main


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--resume", "--out", "folder"], "--resume needs tables: give --out NAME.parquet"),
        (["--scheduler", "tcp://a:1", "--out", "b.csv"], "--scheduler needs tables"),
        (["--plot", "--out", "b.parquet"], "leave out --plot"),
        (["s3://bucket/music", "--out", "folder"], "s3://bucket/music goes into tables only"),
        (["--out", "b.parquet", "--model", "none.onnx"], "none.onnx cannot be read"),
    ],
)
def test_flags_that_do_not_go_together_get_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
    said: str,
) -> None:
    """Before anything is done or made."""
    write_music(tmp_path / "a.wav")
    monkeypatch.chdir(tmp_path)
    assert main(["analyze", "a.wav", *flags]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_workers_are_at_least_one(capsys: pytest.CaptureFixture[str]) -> None:
    """None could do no work."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["analyze", "a", "--out", "b", "--workers", "0"])
    assert "at least 1" in capsys.readouterr().err
