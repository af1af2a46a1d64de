"""JACK's own recorder, in C, on the same sound as the tracker: what a program can hear there."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support import frame_counter
from tests.support.counting import Counted, count

WAITING_FRAMES = 1 << 20
"""Its disk may be held up for 24 s."""
WAIT_S = 20.0


class JackRec:
    """A running ``jack_rec``, which ends by itself.

    Args:
        folder: for its recording.
        environment: in which it finds JACK and the counter.
        seconds: how long it records.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], seconds: float) -> None:
        self._file = folder / "beside.wav"
        self._process = subprocess.Popen(
            ["jack_rec", "-f", self._file, "-d", str(int(seconds)), "-b", "24",
             "-B", str(WAITING_FRAMES), f"{frame_counter.NAME}:low", f"{frame_counter.NAME}:high"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def heard(self) -> Counted:
        """Return what it has recorded, once it has ended.

        Raises:
            RuntimeError: it has recorded nothing, or its disk could not follow.
        """
        _, said = self._process.communicate(timeout=WAIT_S)
        if self._process.returncode or "overrun" in said:
            raise RuntimeError(f"jack_rec: {said}")
        return count(self._file)
