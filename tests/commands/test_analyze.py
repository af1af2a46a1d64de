"""``realtime-mer analyze`` on real files in every common format."""

from __future__ import annotations

import argparse
import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from support.tiny_model import write_tiny_model

from realtime_mer import rows
from realtime_mer.commands import analyze
from realtime_mer.errors import UserError
from realtime_mer.model import load_model
from realtime_mer.sources.file import read_blocks
from realtime_mer.tracker import Tracker

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model file."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


def music(seconds: float, rate_hz: int = 22_050, seed: int = 0) -> NDArray[np.float32]:
    """Something that moves: a chord that swells and brightens, in two channels."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    generator = np.random.default_rng(seed)
    root = 110 * 2 ** generator.uniform(0, 2)
    partials = [np.sin(2 * np.pi * root * k * t) * np.abs(np.sin(t / k)) / k for k in range(1, 7)]
    mono = 0.2 * np.sum(partials, axis=0)
    return np.stack([mono, 0.7 * mono], axis=1).astype(np.float32)


def write(path: Path, seconds: float = 3.0, rate_hz: int = 22_050, seed: int = 0) -> Path:
    """Write some music; the suffix chooses the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, music(seconds, rate_hz, seed), rate_hz)
    return path


def run(model: Path, *arguments: str | Path) -> int:
    """Run the command as the command line would."""
    parser = argparse.ArgumentParser()
    analyze.add_parser(parser.add_subparsers())
    line = ["analyze", *map(str, arguments), "--model", str(model), "--provider", "cpu"]
    parsed = parser.parse_args(line)
    code: int = parsed.run(parsed)
    return code


def table(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_every_format_gives_a_row_each_half_second(
    tmp_path: Path, model: Path, suffix: str
) -> None:
    """The rows of a file are those of the tracker fed with the same samples."""
    path = write(tmp_path / f"song.{suffix}", 4.0)
    assert run(model, path, "--out", tmp_path / "out") == 0
    tracker = Tracker(22_050, load_model(model, "cpu"))
    # Another split of the samples than the command's: the estimates must not depend on it.
    expected = [each for block in read_blocks(path, 777) for each in tracker.feed(block)]
    expected += tracker.flush()
    text = (tmp_path / "out" / "song.csv").read_text()
    assert text == rows.csv_text(expected)
    times = [float(row["time_s"]) for row in table(tmp_path / "out" / "song.csv")]
    assert times == [k / 2 for k in range(1, len(times) + 1)]
    assert len(times) in ([8, 9] if suffix == "mp3" else [8])


def test_one_input_may_go_to_one_file(tmp_path: Path, model: Path) -> None:
    """``--out FILE.csv`` names the result, in a folder that is made."""
    path = write(tmp_path / "song.wav")
    assert run(model, path, "--out", tmp_path / "new" / "result.csv") == 0
    assert len(table(tmp_path / "new" / "result.csv")) == 6
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["result.csv"]


def test_several_inputs_do_not_go_to_one_file(tmp_path: Path, model: Path) -> None:
    """Two files into one is refused before anything is done, with the remedy."""
    paths = [write(tmp_path / name) for name in ("a.wav", "b.wav")]
    with pytest.raises(UserError, match=r"2 files do not go into one r\.csv: give a folder"):
        run(model, *paths, "--out", tmp_path / "r.csv")
    assert not (tmp_path / "r.csv").exists()


def test_files_of_the_same_name_are_told_apart(tmp_path: Path, model: Path) -> None:
    """The same name with other suffixes and in other folders gives a result each."""
    paths = [
        write(tmp_path / "live" / "a.wav", seed=1),
        write(tmp_path / "studio" / "a.wav", seed=2),
        write(tmp_path / "studio" / "a.flac", 2.0, seed=3),
        write(tmp_path / "b.wav", seed=4),
    ]
    assert run(model, *paths, paths[0], "--out", tmp_path / "out") == 0
    results = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert set(results) == {"live_a.csv", "studio_a.csv", "a.flac.csv", "b.csv"}
    assert len(set(results.values())) == 4
    assert len(table(tmp_path / "out" / "a.flac.csv")) == 4


def test_a_folder_stands_for_its_audio(tmp_path: Path, model: Path) -> None:
    """Sub-folders are walked; what is hidden or not audio by its name is left alone."""
    for name in ("a.wav", "deep/er/b.FLAC", ".hidden/c.wav", "._d.wav"):
        write(tmp_path / "album" / name)
    (tmp_path / "album" / "cover.jpg").write_bytes(b"jpg")
    assert run(model, tmp_path / "album", "--out", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.csv", "b.csv"]


def test_what_cannot_be_read_is_named_and_skipped(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, empty, no audio, damaged half-way: exit code 1, a line each, the rest is done."""
    good = [write(tmp_path / name) for name in ("first.wav", "last.ogg")]
    (tmp_path / "text.wav").write_text("This is no music.")
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "folder").mkdir()
    damaged = write(tmp_path / "damaged.flac", 8.0)
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2 : len(data) * 3 // 4] = bytes(len(data) * 3 // 4 - len(data) // 2)
    damaged.write_bytes(data)
    bad = [
        damaged,
        tmp_path / "text.wav",
        tmp_path / "empty.mp3",
        tmp_path / "folder",
        tmp_path / "missing.wav",
        tmp_path / "*.aiff",
    ]
    assert run(model, good[0], *bad, good[1], "--out", tmp_path / "out") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["first.csv", "last.csv"]
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Skipped")]
    assert len(said) == len(bad)
    for path, line in zip(bad, said, strict=True):
        assert str(path) in line


def test_nothing_readable_is_said(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With no readable file at all the exit code is 1 and the summary says so."""
    assert run(model, tmp_path / "missing.wav", "--out", tmp_path / "out") == 1
    assert "Nothing done, 1 file skipped." in capsys.readouterr().err


def test_a_file_that_ends_early_is_done_and_said(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A download that broke off is analysed as far as it goes, and named."""
    path = write(tmp_path / "song.mp3", 10.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert run(model, path, "--out", tmp_path / "out") == 0
    assert 8 <= len(table(tmp_path / "out" / "song.csv")) <= 12
    assert "song.mp3” is cut off" in capsys.readouterr().err


def test_a_result_that_cannot_be_written_is_said(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a folder is in the way of one result, the others are done, and nothing is left over."""
    paths = [write(tmp_path / name) for name in ("a.wav", "b.wav")]
    (tmp_path / "out" / "a.csv" / "in the way").mkdir(parents=True)
    assert run(model, *paths, "--out", tmp_path / "out") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.csv", "b.csv"]
    assert "a.csv cannot be written" in capsys.readouterr().err


def test_the_output_folder_may_not_be_a_file(tmp_path: Path, model: Path) -> None:
    """A file in the place of the folder is a sentence."""
    path = write(tmp_path / "song.wav")
    with pytest.raises(UserError, match=r"is a file: give --out a folder"):
        run(model, path, "--out", path)
    with pytest.raises(UserError, match=r"is a file|cannot be made"):
        run(model, path, "--out", path / "below")


def test_an_earlier_result_is_replaced(tmp_path: Path, model: Path) -> None:
    """The same command run again gives the same files and nothing beside them."""
    path = write(tmp_path / "song.wav")
    out = tmp_path / "out"
    out.mkdir()
    (out / "song.csv").write_text("an earlier result")
    for _ in range(2):
        assert run(model, path, "--out", out) == 0
        assert len(table(out / "song.csv")) == 6
        assert len(list(out.iterdir())) == 1


def test_an_earlier_result_outlives_a_failure(tmp_path: Path, model: Path) -> None:
    """A file that has become unreadable does not cost the result it once had."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "song.csv").write_text("an earlier result")
    (tmp_path / "song.wav").write_text("no longer music")
    assert run(model, tmp_path / "song.wav", "--out", tmp_path / "out") == 1
    assert (tmp_path / "out" / "song.csv").read_text() == "an earlier result"


def test_the_summary_and_the_bar(
    tmp_path: Path,
    model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal shows which of the files it is at, and in the end how fast it went."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    paths = [write(tmp_path / name) for name in ("a[b].wav", "c.wav")]
    assert run(model, *paths, "--out", tmp_path / "out") == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2/2  c.wav" in shown.err
    assert "6/6 s" in shown.err
    assert "2 files done: 6.0 s of sound in " in shown.err
    assert "times as fast as it plays" in shown.err


def test_a_pattern_the_shell_has_left_is_followed(tmp_path: Path, model: Path) -> None:
    """``*.wav`` works on Windows, whose shell expands nothing, and a real name wins over it."""
    write(tmp_path / "a.wav")
    write(tmp_path / "b.wav")
    write(tmp_path / "c[1].flac")
    assert run(model, tmp_path / "*.wav", tmp_path / "c[1].flac", "--out", tmp_path / "out") == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a.csv", "b.csv", "c[1].csv"]


def test_further_dimensions_are_in_the_table_and_the_plot(tmp_path: Path) -> None:
    """A model with dominance appends its columns, and draws it."""
    three = write_tiny_model(tmp_path / "3.onnx", dimensions=("arousal", "valence", "dominance"))
    path = write(tmp_path / "song.wav")
    assert run(three, path, "--out", tmp_path / "out", "--plot") == 0
    first = table(tmp_path / "out" / "song.csv")[0]
    assert list(first)[-2:] == ["dominance", "dominance_std"]
    assert (tmp_path / "out" / "song.png").stat().st_size > 10_000


def test_without_matplotlib_a_plot_is_refused(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what to install; without --plot nothing is missed."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    path = write(tmp_path / "song.wav")
    with pytest.raises(UserError, match=r"pip install 'realtime-mer\[plot\]'"):
        run(model, path, "--out", tmp_path / "out", "--plot")
    assert run(model, path, "--out", tmp_path / "out") == 0


@pytest.mark.e2e
def test_ctrl_c_leaves_whole_files_only(tmp_path: Path, model: Path) -> None:
    """Stopped half-way, the exit code is 130, and what is there is as if it had not been."""
    album, out = tmp_path / "album", tmp_path / "out"
    long = write(album / "000.wav", 60.0, 44_100)
    for number in range(1, 100):
        (album / f"{number:03}.wav").hardlink_to(long)
    # Each link is the same file under another name, so every whole result is the same.
    command = [sys.executable, "-m", "realtime_mer", "analyze", *map(str, sorted(album.iterdir()))]
    command += ["--out", str(out), "--plot", "--model", str(model), "--provider", "cpu"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as program:
        assert program.stderr
        try:
            end = time.monotonic() + 120
            while len(list(out.glob("*.csv"))) < 2:
                assert program.poll() is None
                assert time.monotonic() < end
                time.sleep(0.01)
            program.send_signal(signal.SIGINT)
            assert program.wait(20) == 130
        finally:
            program.kill()
        assert "Stopped: " in program.stderr.read()
    tables = {path.name: path.read_text() for path in out.glob("*.csv")}
    assert 2 <= len(tables) < 100
    assert len(set(tables.values())) == 1
    assert next(iter(tables.values())).count("\n") == 121
    assert not [path for path in out.iterdir() if path.suffix not in (".csv", ".png")]
    for path in out.glob("*.png"):
        assert path.read_bytes()[-8:-4] == b"IEND"
