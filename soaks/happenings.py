"""What happens to sound on a stage: servers die, cards are pulled, drivers hang."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from soaks.scene import LIMIT_S, RATE_HZ, Scene
from tests.support.jack import JackServer

AWAY_S = 4.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens.

    Attributes:
        name: for the table.
        kind: of the sound server.
        strike: lets it happen.
        mend: lets it be over; None where it is at once.
        away_s: seconds between the two.
        lost: whether the music is to stop; a fault that passes unheard is not.
        flags: of the tracker, for this fault alone.
    """

    name: str
    kind: str
    strike: Callable[[Scene], None]
    mend: Callable[[Scene], None] | None = None
    away_s: float = AWAY_S
    lost: bool = True
    flags: tuple[str, ...] = ()


def _kill(scene: Scene) -> None:
    scene.sound.die()


def _freeze(scene: Scene) -> None:
    scene.sound.signal(signal.SIGSTOP)


def _thaw(scene: Scene) -> None:
    scene.sound.signal(signal.SIGCONT)


def _thaw_jack(scene: Scene) -> None:
    """Go on; JACK has thrown out by then who did not answer, and the music is a client, too."""
    _thaw(scene)
    deadline = time.monotonic() + LIMIT_S
    while not scene.show.statuses[-1]["reconnects"] and time.monotonic() < deadline:
        time.sleep(0.05)
    scene.sound.replay()


def _unload(scene: Scene) -> None:
    subprocess.run(
        ["pactl", "unload-module", "module-null-sink"],
        env=scene.sound.server.environment,
        check=True,
    )


def _load(scene: Scene) -> None:
    server = scene.sound.server
    for words in (
        f"load-module module-null-sink sink_name=mer rate={RATE_HZ} channels=2",
        "set-default-sink mer",
        "set-default-source mer.monitor",
    ):
        subprocess.run(
            ["pactl", *words.split()],
            env=server.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    scene.sound.play()


def _quit(scene: Scene) -> None:
    server = scene.sound.server
    if isinstance(server, JackServer):
        server.quit()
    scene.sound.die()


def _back(scene: Scene) -> None:
    scene.sound.live()


def _back_at_48(scene: Scene) -> None:
    scene.sound.live(48_000)


def _kill_child(scene: Scene) -> None:
    os.kill(scene.child, signal.SIGKILL)


def _freeze_child(scene: Scene) -> None:
    os.kill(scene.child, signal.SIGSTOP)


def _freeze_all(scene: Scene) -> None:
    os.kill(scene.show.program.process.pid, signal.SIGSTOP)


def _thaw_all(scene: Scene) -> None:
    os.kill(scene.show.program.process.pid, signal.SIGCONT)


FAULTS = {
    "pulse-killed": Fault("PulseAudio killed, started again", "pulse", _kill, _back),
    "pulse-stopped": Fault("PulseAudio stopped for 4 s", "pulse", _freeze, _thaw),
    "pulse-hiccup": Fault(
        "PulseAudio stopped for 0.6 s", "pulse", _freeze, _thaw, 0.6, lost=False
    ),
    "pulse-unplugged": Fault("The card taken out of PulseAudio, put back", "pulse", _unload, _load),
    "jack-killed": Fault("JACK killed, started again", "jack", _kill, _back),
    "jack-other-rate": Fault("JACK killed, started at 48 kHz", "jack", _kill, _back_at_48),
    "jack-quit": Fault("JACK ended, started again", "jack", _quit, _back),
    "jack-stopped": Fault("JACK stopped for 4 s", "jack", _freeze, _thaw_jack),
    "driver-aborts": Fault("The driver aborts the capturing process", "pulse", _kill_child),
    "driver-hangs": Fault("The driver hangs for good", "pulse", _freeze_child),
    "tracker-stopped": Fault(
        "The tracker itself stopped for 6 s", "pulse", _freeze_all, _thaw_all, 6.0, lost=False
    ),
    "pulse-killed-60": Fault(
        "PulseAudio killed, 60 messages a second", "pulse", _kill, _back,
        flags=("--osc-rate", "60"),
    ),
}  # fmt: skip
