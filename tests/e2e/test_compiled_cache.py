"""The cache of compiled code: empty, shared, damaged, and where nothing can be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.program import command

pytestmark = pytest.mark.e2e

KERNEL = """
import logging
logging.basicConfig(level=logging.DEBUG, format="%(message)s")
logging.getLogger("numba").setLevel(logging.WARNING)
from realtime_mer.frontend.jit import compiled

@compiled("int64(int64)")
def doubled(number):
    return 2 * number

print(doubled(21), sum(doubled.stats.cache_hits.values()))
"""

READ_ONLY = 'mount -o remount,bind,ro "$(stat -c %m "$1")"; shift; exec "$@"'


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """A program with one function that is compiled as the front end's are."""
    path = tmp_path / "kernel.py"
    path.write_text(KERNEL)
    return path


def start(kernel: Path, cache: Path, before: list[str] | None = None) -> subprocess.Popen[str]:
    """Run it on a cache."""
    return subprocess.Popen(
        [*(before or []), sys.executable, kernel],
        env={
            **os.environ,
            "NUMBA_CACHE_DIR": str(cache),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "HOME": str(cache.parent),  # where numba would look next
            "XDG_CACHE_HOME": str(cache.parent / "home"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it printed, and what it said, in the end."""
    printed, said = process.communicate(timeout=100)
    assert process.returncode == 0, said
    return printed.strip(), said


def test_many_at_once_on_an_empty_cache(kernel: Path, tmp_path: Path) -> None:
    """Four started together all get the right code; whoever comes later finds it."""
    together = [start(kernel, tmp_path / "cache") for _ in range(4)]
    assert [result(process)[0].split()[0] for process in together] == ["42"] * 4
    assert result(start(kernel, tmp_path / "cache")) == ("42 1", "")


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"\x80garbage" * 20, None])
def test_a_damaged_cache_is_emptied(
    kernel: Path, tmp_path: Path, ending: str, content: bytes | None
) -> None:
    """Empty, nonsense or cut in the middle: it runs all the same, and is whole the next time."""
    cache = tmp_path / "cache"
    result(start(kernel, cache))
    damaged = list(cache.rglob(f"*.{ending}"))
    assert damaged
    for path in damaged:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert result(start(kernel, cache))[0].startswith("42 ")
    result(start(kernel, cache))
    assert result(start(kernel, cache)) == ("42 1", "")


def test_where_nothing_can_be_written_it_runs(kernel: Path, tmp_path: Path) -> None:
    """On a read-only disk the code is compiled at each start."""
    user = [] if os.getuid() == 0 else ["--map-root-user"]
    before = ["unshare", *user, "--mount", "sh", "-ec", READ_ONLY, "sh", str(tmp_path)]
    printed, said = result(start(kernel, tmp_path / "cache", before))
    assert printed == "42 0"
    assert "doubled is compiled anew at each start" in said
    assert not (tmp_path / "cache").exists()


def test_two_trackers_at_once_on_an_empty_cache(tmp_path: Path) -> None:
    """Both compile, both run, and both say the same."""
    running = []
    for name in ("one.csv", "two.csv"):
        flags = ["--device", "demo", "--speed", "max", "--quiet", "--no-osc", "--no-web"]
        running.append(
            subprocess.Popen(
                command(*flags, "--record", tmp_path / name),
                env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for process in running:
        _, said = process.communicate(timeout=200)
        assert (process.returncode, said) == (0, "")
    one, two = ((tmp_path / name).read_text() for name in ("one.csv", "two.csv"))
    assert one == two
    assert one.count("\n") > 100
