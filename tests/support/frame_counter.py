"""Plays numbers into a program that listens to JACK: compiles and runs ``frame_counter.c``."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.counting import BITS, FACTOR

SOURCE = Path(__file__).with_suffix(".c")
NAME = "frame counter"
"""Of the client; its ports are ``low`` and ``high``."""
LIBRARY = "-l:libjack.so.0"
"""Without a version of its own for compilers: that would need another package."""
END_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Played:
    """What the counter says at its end.

    Attributes:
        samples: how many numbers it has played, from 0 on.
        missed: how many more went by on JACK's clock: turns that JACK gave to nobody.
    """

    samples: int
    missed: int


def start(
    folder: Path, environment: Mapping[str, str], pattern: str = "PortAudio"
) -> subprocess.Popen[str]:
    """Begin to play, as soon as somebody listens.

    Args:
        folder: for the compiled program.
        environment: in which it finds JACK.
        pattern: of the names of the inputs.
    """
    program = folder / "frame_counter"
    if not program.exists():
        numbers = [f"-DBITS={BITS}", f"-DFACTOR={FACTOR}ull"]
        subprocess.run(["cc", "-O2", *numbers, "-o", program, SOURCE, LIBRARY], check=True)
    return subprocess.Popen([program, pattern], env=environment, stdout=subprocess.PIPE, text=True)


def wait_until_heard(counter: subprocess.Popen[str]) -> None:
    """Return once somebody listens.

    Raises:
        RuntimeError: nobody does.
    """
    if counter.stdout is None or "connected" not in counter.stdout.readline():
        raise RuntimeError("the counter cannot play into the program")


def end(counter: subprocess.Popen[str]) -> Played:
    """End the counter, and return what it has played."""
    counter.terminate()
    said, _ = counter.communicate(timeout=END_LIMIT_S)
    samples, missed = said.split()
    return Played(int(samples), int(missed))
