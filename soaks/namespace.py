"""A network of one's own, where links can be cut and names invented without anybody noticing.

Linux lets every user have one (``unshare``, from util-linux); ``ip`` from iproute2 builds it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ENTER = ["unshare", "--user", "--map-root-user", "--net", "--mount"]


def can_enter() -> bool:
    """Tell whether this system allows it."""
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        return False
    return subprocess.run([*ENTER, "true"], capture_output=True).returncode == 0


def run_inside(module: str, *arguments: str, limit_s: float = 120.0) -> Any:
    """Run ``python -m MODULE`` in a new network; return what it prints, which is JSON."""
    command = [*ENTER, sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def sh(command: str) -> str:
    """Run a command; return what it prints."""
    done = subprocess.run(command.split(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.stdout


@contextmanager
def other_machine() -> Iterator[int]:
    """Another network beside this one, as a process that stands for the machine in it."""
    process = subprocess.Popen(["unshare", "--net", "sleep", "600"])
    try:
        own = Path("/proc/self/ns/net").readlink()
        theirs = Path(f"/proc/{process.pid}/ns/net")
        while theirs.readlink() == own:
            pass
        sh(f"nsenter -t {process.pid} -n ip link set lo up")
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def names() -> Iterator[Path]:
    """A file of names in place of /etc/hosts; what is added to it is found from then on."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = Path(folder, "hosts")
        hosts.write_text("127.0.0.1 localhost\n::1 localhost\n")
        sh(f"mount --bind {hosts} /etc/hosts")
        try:
            yield hosts
        finally:
            sh("umount /etc/hosts")
