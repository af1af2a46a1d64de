"""Checks the files named on the command line: whole last lines, no CRLF, nothing huge.

For pre-commit, whose own hooks of this kind would have to be fetched.
"""

from __future__ import annotations

import sys
from pathlib import Path

LARGEST_BYTES = 10 * 2**20


def complaints(path: Path) -> list[str]:
    """Return what is wrong with one file, a sentence each."""
    content = path.read_bytes()
    found = []
    if len(content) > LARGEST_BYTES:
        found.append(f"{path}: {len(content) / 2**20:.0f} MB is too large for the repository.")
    if b"\0" in content[:8192]:  # binary, as git tells it
        return found
    if content and not content.endswith(b"\n"):
        found.append(f"{path}: the last line has no end.")
    if b"\r\n" in content:
        found.append(f"{path}: line ends are CRLF.")
    return found


def main() -> int:
    """Print every complaint; 1 where there is one."""
    found = [line for name in sys.argv[1:] for line in complaints(Path(name))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
