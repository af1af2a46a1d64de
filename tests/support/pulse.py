"""A private PulseAudio with one null sink: a sound card for tests, without hardware.

What is played into the sink comes back from its monitor, which is the default input::

    with pulse_server(tmp_path, 48_000) as pulse:
        player = pulse.play(recording)
        subprocess.run([..., "--device", "pulse"], env=pulse.environment)

PortAudio reads the environment once, when it is initialised, so whoever records must be a
process of its own, started with ``pulse.environment``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SINK = "mer"
EIGHT = "front-left,front-right,rear-left,rear-right,front-center,lfe,side-left,side-right"
"""Eight channels in ALSA's order. Servers match channels by their places, not by their numbers,
and the device ``pulse`` has these."""

START_LIMIT_S = 20.0
STOP_LIMIT_S = 5.0

CONFIGURATION = f"""\
load-module module-native-protocol-unix
load-module module-null-sink sink_name={SINK} rate={{rate_hz}} channels={{channels}}{{places}}
set-default-sink {SINK}
set-default-source {SINK}.monitor
"""


class PulseServer:
    """A running server and the environment in which programs find it."""

    def __init__(self, folder: Path, rate_hz: int, channels: int, places: str = "") -> None:
        for program in ("pulseaudio", "pactl", "paplay"):
            if shutil.which(program) is None:
                raise RuntimeError(
                    f"{program} is missing: sudo apt install pulseaudio pulseaudio-utils"
                )
        # A socket's path is limited to 108 bytes, which the folders of pytest may exceed.
        self._runtime = Path(tempfile.mkdtemp(prefix="mer-"))
        home = folder / "pulse-home"
        home.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("PULSE_SERVER", "PULSE_SINK")},
            "XDG_RUNTIME_DIR": str(self._runtime),
            "PULSE_RUNTIME_PATH": str(self._runtime / "pulse"),
            "PULSE_STATE_PATH": str(self._runtime / "state"),
            "HOME": str(home),
        }
        self.rate_hz = rate_hz
        self.channels = channels
        self.places = places
        self.log = folder / "pulseaudio.log"
        self._players: list[subprocess.Popen[bytes]] = []
        script = folder / "test.pa"
        script.write_text(
            CONFIGURATION.format(
                rate_hz=rate_hz,
                channels=channels,
                places=f" channel_map={places}" if places else "",
            )
        )
        self._script = script
        self._start()

    def _start(self) -> None:
        options = ["--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["pulseaudio", "-n", *options, "-F", str(self._script)],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """Process number of the server."""
        return self._process.pid

    def play(self, path: Path, latency_ms: int = 2000) -> subprocess.Popen[bytes]:
        """Play a sound file into the sink; the process ends with the file.

        The player is ahead by the latency: with less than a second, other work on the machine
        holds it up long enough to leave gaps.
        """
        player = subprocess.Popen(
            [
                "paplay",
                f"--latency-msec={latency_ms}",
                *([f"--channel-map={self.places}"] if self.places else []),
                str(path),
            ],
            env=self.environment,
        )
        self._players.append(player)
        return player

    def kill(self) -> None:
        """Let the server die without a word, as a sound card does that is pulled out."""
        self._process.kill()
        self._process.wait(STOP_LIMIT_S)

    def restart(self) -> None:
        """Begin again, after :meth:`kill`."""
        self._start()

    def stop(self) -> None:
        """End the players and the server; further calls do nothing."""
        for process in [*self._players, self._process]:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_LIMIT_S)
        shutil.rmtree(self._runtime, ignore_errors=True)

    def _wait_until_it_answers(self) -> None:
        """Return when both the sink and its monitor are there."""
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            listing = subprocess.run(
                ["pactl", "list", "short", "sources"],
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=START_LIMIT_S,
            )
            if f"{SINK}.monitor" in listing.stdout:
                return
            time.sleep(0.05)
        raise RuntimeError(f"PulseAudio did not start: {self.log.read_text(errors='replace')}")


@contextmanager
def pulse_server(
    folder: Path, rate_hz: int = 44_100, channels: int = 2, places: str = ""
) -> Iterator[PulseServer]:
    """Run a private PulseAudio for the length of a ``with`` block.

    Args:
        folder: where its log and its home are written, say ``tmp_path``.
        rate_hz: sample rate of the null sink and so of the input device ``pulse``.
        channels: channels of the null sink.
        places: of its channels, such as :data:`EIGHT`; empty for the server's own choice.
    """
    server = PulseServer(folder, rate_hz, channels, places)
    try:
        yield server
    finally:
        server.stop()
