"""A disk of some kilobytes that can be filled and emptied while somebody writes to it.

Where a file system may be mounted it is a real one, in a mount namespace that is gone
afterwards. Elsewhere the kernel is told to let the program's files grow no further
(``RLIMIT_FSIZE``, changed from outside by ``prlimit``), which fails in the same place.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

SIZE = "2m"


class SmallDisk(Protocol):
    """Where a program can run out of room."""

    folder: Path
    """What the program writes to; only the program may see what is in it."""
    before: list[str]
    """A command that becomes the program where that disk is."""

    def fill(self, process_id: int) -> None:
        """Leave no room to a running program."""

    def free(self, process_id: int) -> None:
        """Give it room again."""

    def read(self, name: str) -> bytes:
        """Return the content of a file on the disk."""

    def shell(self, line: str) -> None:
        """Run a line of ``sh`` where the disk is."""


class MountedDisk:
    """A tmpfs in a namespace of its own, held by a process that waits."""

    def __init__(self, folder: Path, holder: subprocess.Popen[str]) -> None:
        self.folder = folder
        spaces = (
            ["--mount"] if os.getuid() == 0 else ["--user", "--preserve-credentials", "--mount"]
        )
        self.before = ["nsenter", f"--target={holder.pid}", *spaces]

    def fill(self, process_id: int) -> None:
        """Write a file as long as there is room."""
        self.shell(f"head -c 100m /dev/zero > '{self.folder}/filler' 2>/dev/null || true")

    def free(self, process_id: int) -> None:
        """Remove it."""
        self.shell(f"rm '{self.folder}/filler'")

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return subprocess.run(
            [*self.before, "cat", self.folder / name], check=True, capture_output=True, timeout=10
        ).stdout

    def shell(self, line: str) -> None:
        """Run a line of ``sh``."""
        subprocess.run([*self.before, "sh", "-ec", line], check=True, timeout=10)


class LimitedDisk:
    """The usual disk, and a limit to the size of the program's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before: list[str] = []

    def fill(self, process_id: int) -> None:
        """Let no file grow beyond a few bytes more than the smallest has now."""
        most = min(path.stat().st_size for path in self.folder.iterdir()) + 30
        subprocess.run(["prlimit", f"--pid={process_id}", f"--fsize={most}:"], check=True)

    def free(self, process_id: int) -> None:
        """Let them grow."""
        subprocess.run(["prlimit", f"--pid={process_id}", "--fsize=unlimited:"], check=True)

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return (self.folder / name).read_bytes()

    def shell(self, line: str) -> None:
        """Run a line of ``sh``."""
        subprocess.run(["sh", "-ec", line], check=True, timeout=10)


@contextmanager
def small_disk(folder: Path, *, options: str = f"size={SIZE}") -> Iterator[SmallDisk]:
    """Have a small disk at a folder for the length of a ``with`` block.

    Args:
        folder: made if it is not there.
        options: of ``mount``; a disk that is not mounted has none.
    """
    folder.mkdir(exist_ok=True)
    user = [] if os.getuid() == 0 else ["--map-root-user"]
    script = 'mount -t tmpfs -o "$1" none "$2" && echo mounted && read -r _'
    holder = subprocess.Popen(
        ["unshare", *user, "--mount", "sh", "-c", script, "sh", options, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert holder.stdout is not None
        if holder.stdout.readline() == "mounted\n":
            yield MountedDisk(folder, holder)
        else:
            yield LimitedDisk(folder)
    finally:
        with suppress(OSError):
            holder.communicate("\n", timeout=10)
