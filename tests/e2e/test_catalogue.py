"""Whole catalogues, as a person has them analysed: by processes that may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.dataset
import pytest
from support.dask_cluster import dask_cluster
from support.mosquitto import until
from support.program import Program, free_port, run_program, running
from support.recordings import Shop, album, shop
from support.tiny_model import write_tiny_model

pytestmark = pytest.mark.e2e

FILES = 10
INTERRUPTED = 130


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model file."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of different recordings, and one that is none."""
    folder = tmp_path_factory.mktemp("music")
    album(folder / "album", FILES)
    (folder / "broken.mp3").write_text("no music")
    return folder


def counts(out: Path) -> tuple[Counter[str], Counter[str], list[str]]:
    """How many estimates each file has, how often it is among the tracks, what failed."""

    def names(folder: Path) -> list[str]:
        if not list(folder.glob("*.parquet")):
            return []
        found = pyarrow.dataset.dataset(folder).to_table(columns=["file"])["file"].to_pylist()
        return [Path(name).name for name in found]

    failures = names(out / "_failures")
    return Counter(names(out)), Counter(names(out / "_tracks")), failures


def assert_each_once(out: Path) -> None:
    """Nothing lost, nothing twice."""
    estimates, tracks, failures = counts(out)
    expected = [f"{number:03}.flac" for number in range(FILES)]
    assert tracks == dict.fromkeys(expected, 1)
    assert sorted(estimates) == expected
    # Each is longer than two seconds, and every half second of it stands there once.
    assert set(estimates.values()) == {4}
    assert failures == ["broken.mp3"]


def analyze(*arguments: str | Path) -> list[str | Path]:
    """The words of the command."""
    return ["analyze", *arguments, "--provider", "cpu"]


def children(program: Program) -> list[int]:
    """The processes at work for it."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", str(program.process.pid)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = [int(line.split()[0]) for line in listed.stdout.splitlines() if "spawn_main" in line]
    assert len(found) == 2, listed.stdout
    return found


def test_a_folder_goes_into_tables_and_is_gone_on_with(
    tmp_path: Path, model: Path, music: Path
) -> None:
    """Every file once; a second run is refused, and by --resume does only what is new, whatever
    it is called."""
    out = tmp_path / "e.parquet"
    words = analyze(music, "--out", out, "--model", model, "--workers", "2")
    first = run_program(*words)
    assert first.returncode == 1, first.stderr
    assert "Failed: " in first.stderr
    assert f"{FILES} files done, 1 file skipped" in first.stderr
    assert_each_once(out)
    again = run_program(*words)
    assert again.returncode == 2
    assert "--resume" in again.stderr
    # Moved and touched, its content is what it was.
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in sorted((music / "album").iterdir()):
        (moved / path.name).write_bytes(path.read_bytes())
    resumed = run_program(*analyze(moved, music, "--out", out, "--model", model), "--resume")
    assert f"Nothing done, {2 * FILES} files done before, 1 file skipped" in resumed.stderr
    estimates, tracks, _ = counts(out)
    assert set(estimates.values()) == {4}
    assert set(tracks.values()) == {2}  # under both names


@contextmanager
def half_way(
    tmp_path: Path, model: Path, music: Path, *flags: str | Path, held: int = 2
) -> Iterator[tuple[Program, Shop, Path]]:
    """A run that reads over HTTP and waits in the middle, each worker with a file."""
    out = tmp_path / "e.parquet"
    with shop(music) as serving:
        serving.hold_after(FILES // 2)
        words = analyze(serving.url, "--out", out, "--model", model, *flags)
        with running(tmp_path, *words) as program:
            serving.wait_until_held(held)
            yield program, serving, out


def finish(program: Program, serving: Shop) -> int:
    """Let it go on to its end."""
    serving.open()
    return program.process.wait(120)


def test_of_two_processes_one_is_killed(tmp_path: Path, model: Path, music: Path) -> None:
    """Both at work on a file, one dies: another takes its place, nothing is lost or twice."""
    with half_way(tmp_path, model, music, "--workers", "2") as (program, serving, out):
        workers = children(program)
        os.kill(workers[0], signal.SIGKILL)
        assert finish(program, serving) == 1
        assert_each_once(out)


def test_of_two_workers_of_a_cluster_one_is_killed(
    tmp_path: Path, model: Path, music: Path
) -> None:
    """Both at work on a file, one dies: the other does all that is left, once."""
    with (
        dask_cluster(tmp_path / "dask") as cluster,
        half_way(tmp_path, model, music, "--scheduler", cluster.address) as (program, serving, out),
    ):
        cluster.kill_worker(0)
        assert finish(program, serving) == 1
        assert_each_once(out)


def test_a_scheduler_that_dies_ends_the_run_and_costs_nothing_done(
    tmp_path: Path, model: Path, music: Path
) -> None:
    """A sentence says it; what was done is kept, no file is blamed, and --resume does the rest."""
    with (
        dask_cluster(tmp_path / "dask", workers=1) as cluster,
        half_way(tmp_path, model, music, "--scheduler", cluster.address, held=1) as (
            program,
            serving,
            out,
        ),
    ):
        assert cluster.scheduler is not None
        cluster.scheduler.kill()
        code = finish(program, serving)
        assert code == 2, program.errors()
        assert f"The Dask scheduler at {cluster.address} is gone" in program.errors()
        assert "Traceback" not in program.errors()
        _, tracks, failures = counts(out)
        assert set(failures) <= {"broken.mp3"}
        assert len(tracks) >= FILES // 2 - 1
    rest = run_program(*analyze(music, "--out", out, "--model", model), "--resume")
    assert rest.returncode == 1
    estimates, _, failures = counts(out)
    assert set(estimates.values()) == {4}
    assert len(estimates) == FILES


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_done(
    tmp_path: Path, model: Path, music: Path, number: signal.Signals
) -> None:
    """What was done stands in the tables, no process is left, and --resume does the rest."""
    with half_way(tmp_path, model, music, "--workers", "2") as (program, _, out):
        workers = children(program)
        assert program.interrupt(number)[0] == INTERRUPTED
        assert "Stopped: " in program.errors()
        _, tracks, _ = counts(out)
        assert FILES // 2 - 2 <= len(tracks) < FILES
        assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    rest = run_program(*analyze(music, "--out", out, "--model", model), "--resume")
    assert rest.returncode == 1
    assert f"{len(tracks)} tracks of this model are done already." in rest.stderr
    assert f"{FILES - len(tracks)} files done" in rest.stderr
    estimates, _, failures = counts(out)
    assert len(estimates) == FILES
    assert set(estimates.values()) == {4}
    assert failures == ["broken.mp3"]


def test_a_run_that_is_killed_is_gone_on_with(tmp_path: Path, model: Path, music: Path) -> None:
    """With no time to write anything; its processes end with it."""
    with half_way(tmp_path, model, music, "--workers", "2") as (program, _, out):
        workers = children(program)
        program.process.kill()
        program.process.wait(10)
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "they end")
    assert run_program(*analyze(music, "--out", out, "--model", model), "--resume").returncode == 1
    assert_each_once(out)


def test_a_scheduler_that_is_not_there_is_a_sentence(
    tmp_path: Path, model: Path, music: Path
) -> None:
    """It names the address, and how to start one."""
    out = tmp_path / "e.parquet"
    address = f"tcp://127.0.0.1:{free_port()}"
    words = analyze(music, "--out", out, "--model", model, "--scheduler", address)
    ended = run_program(*words)
    assert ended.returncode == 2
    assert f"No Dask scheduler answers at {address}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_many_files_of_their_own_are_made_by_several_processes(
    tmp_path: Path, model: Path, music: Path
) -> None:
    """The tables are those that one process makes, one by one."""
    words = ("--model", model, "--workers", "2")
    assert run_program(*analyze(music, "--out", tmp_path / "all", *words)).returncode == 1
    files = sorted((music / "album").iterdir())
    for begin in range(0, FILES, 5):
        part = files[begin : begin + 5]
        done = run_program(*analyze(*part, "--out", tmp_path / "one by one", *words))
        assert done.returncode == 0
    some, others = (
        {path.name: path.read_text() for path in (tmp_path / name).iterdir()}
        for name in ("all", "one by one")
    )
    assert some == others
    assert len(some) == FILES
