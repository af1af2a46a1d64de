"""The sound that was heard, written to a file sample for sample."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime_mer.sinks.audio.formats import BrokenRecording, open_writer
from realtime_mer.sinks.audio.ring import AudioRing
from realtime_mer.sinks.new_file import named, reason

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

RING_S = 10.0
"""Seconds of sound that wait for a slow disk; beyond these some are lost."""
PIECE_S = 0.25
"""Seconds written at a time: about what a kill costs."""
CLOSE_LIMIT_S = 1.0
_FULL_SCALE = float(1 << 31)

log = logging.getLogger(__name__)


class AudioRecorder:
    """Writes what is heard to a FLAC or WAV file of 24 bits.

    Sample ``n`` of the file is stream time ``n / rate_hz`` exactly, whatever happens: where a
    disk was too slow or full, the file has silence of the same length, which is counted and
    said. :meth:`take` copies into memory that is there already; a thread of its own writes.

    Args:
        path: file to make; never one that exists. The suffix chooses the format, and
            ``{time}`` in the name becomes the time of the start.
        rate_hz: samples per second.
        channels: number of channels, as they are heard.

    Attributes:
        lost: samples a channel that are silence in the file, or are missing at its end.

    Raises:
        UserError: if the file cannot be made, or cannot hold such sound.
    """

    def __init__(self, path: Path, rate_hz: int, channels: int) -> None:
        self.lost = 0
        self._path = named(Path(path))
        self._rate_hz = rate_hz
        self._writer = open_writer(self._path, rate_hz, channels)
        self._ring = AudioRing(round(RING_S * rate_hz), channels)
        self._piece: Float32 = np.zeros((max(1, round(PIECE_S * rate_hz)), channels), np.float32)
        self._silence: Int32 = np.zeros(self._piece.shape, np.int32)
        self._owed = 0
        self._broken = False
        self._failing = False
        self._trouble = ""
        self._removed = False
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="audio recorder", daemon=True)
        self._thread.start()

    def take(self, block: Float32) -> None:
        """Keep a block, float32 ``[samples, channels]``: for an audio callback."""
        self._ring.put(block)
        if self._ring.waiting > self._ring.capacity // 4:
            self._wake.set()

    @property
    def hurried(self) -> bool:
        """Whether sound that can wait had better wait."""
        return self._ring.waiting > self._ring.capacity // 2

    def trouble(self) -> str:
        """Return what is wrong now, as a sentence, or an empty text."""
        if not self._trouble:
            return ""
        lost = f" ({self.lost / self._rate_hz:.1f} s are lost)" if self.lost else ""
        return f"{self._path} {self._trouble}{lost}."

    def close(self) -> None:
        """Write what waits, for a second at the most, and finish the file."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._wake.set()
        self._thread.join(CLOSE_LIMIT_S)
        if self._thread.is_alive():
            log.warning("%s: the disk is too slow, the end may be missing.", self._path)
        if self.lost:
            log.warning("%s lacks %.1f s of sound.", self._path, self.lost / self._rate_hz)

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.wait(PIECE_S)
                self._wake.clear()
                self._write_what_waits()
            self._write_what_waits()
        finally:
            self._writer.close()

    def _write_what_waits(self) -> None:
        before = self._writer.samples
        while self._ring.waiting:
            count, overwritten = self._ring.take(self._piece)
            if overwritten:
                self._fail(overwritten, "the disk is too slow")
            self._write(self._piece[:count], count - overwritten)
        if self._writer.samples != before and not self._broken:
            try:
                self._writer.update()
                if self._writer.is_removed():
                    self._removed = True
                    self._say("was removed: what is heard is kept nowhere")
            except OSError as error:
                self._fail(0, reason(error))

    def _write(self, samples: Float32, heard: int) -> None:
        """Write a piece after the silence that stands for earlier ones, or owe it too."""
        if not self._broken:
            try:
                while self._owed:
                    count = min(self._owed, len(self._silence))
                    self._writer.write(self._silence[:count])
                    self._owed -= count
                self._writer.write(to_int32(samples))
            except OSError as error:
                self._fail(heard, reason(error))
            except BrokenRecording as error:
                self._broken = True
                self._trouble = f"ends before the show: {error}"
                log.error("%s ends here: %s; the show goes on.", self._path, error)
            else:
                if self._failing and not self._removed and heard == len(samples):
                    self._failing, self._trouble = False, ""
                    log.info("%s is written again.", self._path)
                return
        self._owed += len(samples)
        if self._broken:
            self.lost += heard

    def _fail(self, lost: int, why: str) -> None:
        self.lost += lost
        self._say(f"cannot be written: {why}")

    def _say(self, trouble: str) -> None:
        self._trouble = trouble
        if not self._failing:
            self._failing = True
            log.error("%s %s; the show goes on.", self._path, trouble)


def to_int32(samples: Float32) -> Int32:
    """Return samples as integers, full scale at ±2^31, with what is beyond it cut.

    The upper 24 bits of a float32 that came from an integer of 24 bits are that integer. What
    is no number becomes 0, as the front end hears it.
    """
    finite = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    # Rounded to 24 bits here: the file's format would cut the rest off.
    scaled = np.round(np.clip(finite, -1.0, 1.0) * (_FULL_SCALE / 256.0)) * 256.0
    return np.minimum(scaled, _FULL_SCALE - 256.0).astype(np.int32)
