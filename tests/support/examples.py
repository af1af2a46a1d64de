"""The examples, started as their READMEs say but for ports that are free."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from support.program import OscReceiver

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ("arousal", "valence", "arousal_std", "valence_std", "active")
PRINTED = 1e-5  # some print six digits
STOP_LIMIT_S = 10.0


def wait_until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
    """Wait for a condition, or fail with what did not happen."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {limit_s} s"
        time.sleep(0.05)


class Example:
    """A program that runs an example; what it prints goes to a file.

    Args:
        folder: its own, for the output, its home and its files.
        command: what is run.
        environment: added to this process's.
    """

    def __init__(
        self,
        folder: Path,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._output = folder / "output.txt"
        own = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
        with self._output.open("wb") as file:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={**os.environ, **own, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> str:
        """Everything printed so far."""
        return self._output.read_text(errors="replace")

    def printed(self, name: str, pattern: str = r"^mer: {name} (\S+)$") -> list[float]:
        """The values printed so far under a name."""
        found = re.findall(pattern.format(name=name), self.output(), re.MULTILINE)
        return [float(value) for value in found]

    def ended(self) -> bool:
        """Whether the program is over."""
        return self._process.poll() is not None

    def wait_for(self, text: str, limit_s: float = 40.0) -> None:
        """Wait until it has printed a text."""
        wait_until(
            lambda: text in self.output() or self.ended(), limit_s, f"“{text}” was not printed"
        )
        assert text in self.output(), self.output()

    def stop(self) -> None:
        """End it, by force where it must be."""
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_LIMIT_S)


def copy_of(example: str, folder: Path, replaced: Mapping[str, str] | None = None) -> Path:
    """Copy an example's folder, with texts replaced in all of its files.

    Args:
        example: name of its folder.
        folder: where the copy goes.
        replaced: new texts by old ones.
    """
    place = folder / example
    shutil.copytree(EXAMPLES / example, place, ignore=shutil.ignore_patterns("node_modules"))
    for old, new in (replaced or {}).items():
        for file in place.rglob("*.*"):
            file.write_text(file.read_text().replace(old, new))
    return place


def assert_contiguous(
    printed: Mapping[str, Sequence[float]], sent: OscReceiver, least: int
) -> None:
    """Assert that what was printed is what was sent, from some estimate on, without a gap.

    Args:
        printed: values by name.
        sent: has received the same run.
        least: how many of each there must be.
    """
    expected = {name: sent.values(f"/mer/{name}") for name in NAMES}
    shortest = min(map(len, printed.values()))
    assert shortest >= least, printed
    first = {name: values[:shortest] for name, values in printed.items()}
    for start in range(len(expected["arousal"])):
        if all(_same(first[name], expected[name][start : start + shortest]) for name in NAMES):
            assert len(set(first["arousal"])) > 1, "the values must move to prove anything"
            return
    raise AssertionError(f"printed {first}, sent {expected}")


def _same(some: Sequence[float], others: Sequence[float]) -> bool:
    """Whether the values agree as far as both go, which must be all but two."""
    if len(others) < len(some) - 2:
        return False
    return all(abs(a - b) <= PRINTED for a, b in zip(some, others, strict=False))


def npm_install(folder: Path, *packages: str) -> None:
    """Install packages into a folder's own ``node_modules``; none for its ``package.json``."""
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *packages]
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=280
    )
    assert result.returncode == 0, result.stdout + result.stderr
