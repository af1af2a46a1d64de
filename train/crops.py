"""Batches of crops: drawn, changed, level-normalised as live, with what was rated there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime_mer.frontend import FRONT_END, normalise_steps
from train import augment
from train.datasets.base import Recording
from train.settings import Settings

Float32 = NDArray[np.float32]
STEP_FRAMES = FRONT_END.frames_per_step
STEP_S = STEP_FRAMES / FRONT_END.hops_per_s
LONGEST_LEAD_STEPS = 60  # heard before a crop, by when the level rests on all it remembers


@dataclass(frozen=True, slots=True)
class Example:
    """A recording ready to be cut: its frames, one array a rendering.

    Attributes:
        recording: with its ratings.
        frames: raw log-mel frames in dB, ``[n, 64]`` each.
        teacher: what each of N networks' teachers says of every step, ``[steps, N, K]``, of
            the first renderings or of none.
    """

    recording: Recording
    frames: tuple[NDArray[np.float16], ...]
    teacher: tuple[NDArray[np.float16], ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops of T steps.

    Attributes:
        steps: float32 ``[B, T, 25, 64]``, level-normalised dB.
        heard: float32 ``[B, T]``, 1 where there is a step of music.
        target: float32 ``[B, T, 2]``, arousal and valence; signs where ``signs``.
        error: float32 ``[B, T, 2]``, standard error of the target, 0 where unknown.
        rated: float32 ``[B, T]``, 1 where there is a target.
        signs: float32 ``[B]``, 1 for crops of which only signs are known.
        teacher: float32 ``[B, T, N, K]`` or None, one teacher for each of N networks.
        taught: float32 ``[B]``, 1 for crops with a teacher's answers.
        keys: of the recordings the crops are from.
    """

    steps: Float32
    heard: Float32
    target: Float32
    error: Float32
    rated: Float32
    signs: Float32
    teacher: Float32 | None
    taught: Float32
    keys: tuple[str, ...]


def targets(
    recording: Recording, times_s: NDArray[np.float64], scale: float = 1.0
) -> tuple[Float32, Float32, NDArray[np.bool_]]:
    """Return what was rated at given times.

    Args:
        recording: with ratings.
        times_s: middles of steps in seconds of the recording, ``[n]``.
        scale: factor from the set's scale to the common one; signs are left as they are.

    Returns:
        target ``[n, 2]``, its standard error ``[n, 2]`` (0 where unknown), and whether
        there is a rating ``[n]``.
    """
    ratings = recording.ratings
    if ratings.kind == "none":
        nothing = np.zeros((len(times_s), 2), np.float32)
        return nothing, nothing, np.zeros(len(times_s), np.bool_)
    if ratings.kind == "quadrant":
        scale = 1.0
    index = np.searchsorted(ratings.spans_s[:, 0], times_s, side="right") - 1
    rated = (index >= 0) & (times_s < ratings.spans_s[np.maximum(index, 0), 1])
    index = np.maximum(index, 0)
    target = ratings.mean[index] * np.float32(scale)
    error = np.nan_to_num(ratings.spread[index]) * np.float32(scale)
    error /= np.float32(np.sqrt(max(ratings.raters, 1)))
    return target, error, rated


class Crops:
    """Draws batches without end; the same seed and batch number give the same batch.

    Args:
        examples: what to draw from.
        settings: shares, lengths and changes.

    Attributes:
        answers: N and K of the examples' teachers; None where there are none.
    """

    def __init__(self, examples: list[Example], settings: Settings) -> None:
        self.settings = settings
        shapes = {e.teacher[0].shape[1:] for e in examples if e.teacher}
        if len(shapes) > 1:
            raise ValueError(f"the examples' teachers differ in shape: {sorted(shapes)}")
        self.answers: tuple[int, ...] | None = shapes.pop() if shapes else None
        self._sets: list[list[Example]] = []
        shares = []
        for name, share in settings.shares.items():
            members = [e for e in examples if e.recording.dataset == name]
            if members and share > 0.0:
                self._sets.append(members)
                shares.append(share)
        if not self._sets:
            raise ValueError("no example belongs to a set with a share")
        self._shares = np.array(shares) / np.sum(shares)

    def batch(self, number: int) -> Batch:
        """Return the batch of that number."""
        settings = self.settings
        generator = np.random.default_rng([settings.seed, number])
        drawn = []
        for _ in range(settings.batch):
            members = self._sets[generator.choice(len(self._sets), p=self._shares)]
            drawn.append(members[generator.integers(len(members))])
        shape = (settings.batch, settings.crop_steps)
        batch = Batch(
            np.zeros((*shape, STEP_FRAMES, FRONT_END.bands), np.float32),
            np.zeros(shape, np.float32),
            np.zeros((*shape, 2), np.float32),
            np.zeros((*shape, 2), np.float32),
            np.zeros(shape, np.float32),
            np.zeros(settings.batch, np.float32),
            None if self.answers is None else np.zeros((*shape, *self.answers), np.float32),
            np.zeros(settings.batch, np.float32),
            tuple(example.recording.key for example in drawn),
        )
        for row, example in enumerate(drawn):
            self._fill(batch, row, example, generator)
        return batch

    def _fill(
        self, batch: Batch, row: int, example: Example, generator: np.random.Generator
    ) -> None:
        settings, recording = self.settings, example.recording
        rendering = int(generator.integers(len(example.frames)))
        stored = example.frames[rendering]
        change = augment.draw(settings, generator)
        wanted = settings.crop_steps * STEP_FRAMES
        count = min(wanted, int((len(stored) - 1) / change.tempo))
        spare = len(stored) - 1 - count * change.tempo
        # A third begin where the recording does, since that is where listening often begins.
        start = 0 if generator.random() < 1 / 3 else int(generator.uniform(0, max(spare, 0.0)))
        # The others begin in the middle of listening: the level has settled before, and
        # what is louder than before is heard as louder.
        before = min(int(start / change.tempo), LONGEST_LEAD_STEPS * STEP_FRAMES)
        lead = int(generator.integers(before // STEP_FRAMES + 1)) if start else 0
        first = start - int(lead * STEP_FRAMES * change.tempo)
        heard = lead * STEP_FRAMES + count
        piece = stored[first : first + int(heard * change.tempo) + 2].astype(np.float32)
        frames = augment.apply(change, piece, 0, heard, generator)
        steps, music = normalise_steps(frames)
        steps, music = steps[lead:], music[lead:]
        kept = np.flatnonzero(music)  # the live tracker holds its state where there is none
        middles = (start + (kept + 0.5) * STEP_FRAMES * change.tempo) / FRONT_END.hops_per_s
        target, error, rated = targets(
            recording, middles, settings.scales.get(recording.dataset, 1.0)
        )
        n = len(kept)
        batch.steps[row, :n] = steps[kept]
        batch.heard[row, :n] = 1.0
        batch.target[row, :n] = target
        batch.error[row, :n] = error
        batch.rated[row, :n] = rated
        batch.signs[row] = recording.ratings.kind == "quadrant"
        if batch.teacher is not None and example.teacher:
            known = example.teacher[min(rendering, len(example.teacher) - 1)]
            nearest = np.clip((middles / STEP_S).astype(int), 0, len(known) - 1)
            batch.teacher[row, :n] = known[nearest]
            batch.taught[row] = 1.0
