"""Causal log-mel frames from blocks of any size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from realtime_mer.estimate import SILENT_LEVEL_DB
from realtime_mer.frontend.backend import kernels
from realtime_mer.frontend.plan import FramePlan, frame_end, plan_frames
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.frontend.types import Float32


class LogMel:
    """Samples in, log-mel frames out, by way of a ring buffer each.

    :meth:`push` is what an audio callback calls. It is written for one producer and
    one consumer in two threads: the producer alone moves ``frames_done``, the consumer
    alone ``frames_taken``, and each is a single integer, so no lock is needed.

    Args:
        rate_hz: samples per second.
        channels: columns to mix, from 0; None mixes all of them.
        queue_s: how much may wait for the consumer before the oldest is lost.
        backend: the module with the kernels; by default numba's.
    """

    def __init__(
        self,
        rate_hz: int,
        channels: Sequence[int] | None = None,
        *,
        queue_s: float = 60.0,
        backend: ModuleType | None = None,
    ) -> None:
        self.plan: FramePlan = plan_frames(rate_hz)
        self.channels = None if channels is None else np.asarray(channels, np.int64)
        self._kernels = backend or kernels()
        # A second of samples is far more than a window, and blocks are written in pieces.
        self._ring: Float32 = np.zeros(1 << rate_hz.bit_length(), np.float32)
        self._piece = len(self._ring) - self.plan.window_samples - rate_hz // 25
        steps = max(2, round(queue_s * FRONT_END.hops_per_s / FRONT_END.frames_per_step))
        self._frames: Float32 = np.empty(
            (steps * FRONT_END.frames_per_step, FRONT_END.bands), np.float32
        )
        self._squares = np.zeros(len(self._frames))
        self._floor = 10.0 ** (FRONT_END.floor_db / 10.0)
        half = self.plan.fft_samples // 2
        self._scratch = tuple(
            np.zeros(shape, np.float32)
            for shape in (self.plan.window_samples, (2, half), (2, half), self.plan.bins)
        )
        self.reset()

    def reset(self) -> None:
        """Forget everything heard: the next sample is the first of a stream."""
        self._ring[:] = 0.0
        self.samples_seen = 0
        self.broken_samples = 0
        self.frames_done = 0
        self.frames_taken = 0

    def push(self, block: Float32) -> int:
        """Take a block and compute the frames it completes.

        Args:
            block: float32 ``[samples]`` or ``[samples, channels]``, full scale at ±1.

        Returns:
            How many frames of the stream are done by now.
        """
        matrix = block[:, np.newaxis] if block.ndim == 1 else block
        channels = self.channels
        if channels is None:
            channels = self.channels = np.arange(matrix.shape[1], dtype=np.int64)
        plan = self.plan
        for start in range(0, len(matrix), self._piece):
            piece = matrix[start : start + self._piece]
            self.broken_samples += self._kernels.mix_into_ring(
                piece, self._ring, self.samples_seen, channels
            )
            self.samples_seen += len(piece)
            self.frames_done = self._kernels.due_frames(
                self._ring, self.samples_seen, self.frames_done, plan.rate_hz,
                FRONT_END.hops_per_s, plan.window, plan.turn, plan.stages, plan.first_bin,
                plan.bin_count, plan.weights, self._floor, *self._scratch,
                self._frames, self._squares,
            )  # fmt: skip
        return self.frames_done

    @property
    def frames_waiting(self) -> int:
        """Frames done and not yet taken."""
        return self.frames_done - self.frames_taken

    def take(self, count: int) -> tuple[Float32, float]:
        """Take the next frames out of the queue.

        Args:
            count: how many, at most :attr:`frames_waiting`.

        Returns:
            The frames, float32 ``[count, 64]`` in dB relative to full scale, and the
            level of the samples under them: root mean square in dBFS, at least -120.
        """
        first = self.frames_taken
        slot = first % len(self._frames)
        if slot + count <= len(self._frames):  # whole steps never wrap
            frames = self._frames[slot : slot + count].copy()
            squares = float(self._squares[slot : slot + count].sum())
        else:
            slots = np.arange(first, first + count) % len(self._frames)
            frames = self._frames[slots]
            squares = float(np.sum(self._squares[slots]))
        samples = frame_end(first + count - 1, self.plan.rate_hz) - frame_end(
            first - 1, self.plan.rate_hz
        )
        self.frames_taken = first + count
        mean_square = max(squares / samples, 10.0 ** (SILENT_LEVEL_DB / 10.0))
        return frames, 10.0 * math.log10(mean_square)

    def skip_to_now(self, keep: int) -> int:
        """Give up waiting frames in whole steps so that at most ``keep`` remain.

        Returns:
            The number of frames given up.
        """
        step = FRONT_END.frames_per_step
        excess = max(0, self.frames_waiting - keep)
        skipped = -(-excess // step) * step
        self.frames_taken += skipped
        return skipped


def log_mel(samples: Float32, rate_hz: int, *, backend: ModuleType | None = None) -> Float32:
    """Return all frames of a recording at once, by the very kernels of the live path.

    Args:
        samples: float32 ``[samples]`` or ``[samples, channels]`` (mixed to mono).
        rate_hz: samples per second.
        backend: the module with the kernels; by default numba's.

    Returns:
        float32 ``[frames, 64]`` in dB relative to full scale, 50 frames a second.
    """
    stream = LogMel(rate_hz, queue_s=2.0, backend=backend)
    frames = []
    for start in range(0, len(samples), rate_hz):
        stream.push(samples[start : start + rate_hz])
        frames.append(stream.take(stream.frames_waiting)[0] if stream.frames_waiting else None)
    done = [piece for piece in frames if piece is not None]
    return np.concatenate(done) if done else np.empty((0, FRONT_END.bands), np.float32)
