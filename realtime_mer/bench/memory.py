"""How much memory a process has held resident, where the system says it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def peak_bytes(process: subprocess.Popen[bytes]) -> int | None:
    """Return the largest resident set of a running process in bytes, None where nobody tells.

    Linux says it in ``/proc``; on a Mac the resident set of the moment stands for it.
    """
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    if sys.platform == "darwin":
        said = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, text=True
        ).stdout.strip()
        return 1024 * int(said) if said else None
    return None
