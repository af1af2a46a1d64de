"""Fitting networks that hear step by step, all of them in the same way.

Crops of a fixed number of steps, squared error at every step that has a rating, Adam, and
early stopping on a sixth of the groups (artists, series, songs). What costs is bounded by the
number of updates, not by epochs, so that all systems fit on two processors in an hour; each
paper trained longer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from realtime_mer.frontend import normalise_steps
from train import vggish
from train.crops import targets
from train.datasets.base import Recording
from train.predict import Series
from train.steps import STEP_S, columns, describe
from train.systems.base import Float32, Lesson, System
from train.systems.ears import Ear, Heard, vggish_embedding

CHECKS = 10  # times a fit is judged on what is kept for stopping
FARTHEST = 5.0  # standard deviations; beyond is a flaw of a descriptor, not music


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one sequence system is made.

    Attributes:
        ear: what it hears.
        parts: of :data:`train.steps.COLUMNS`, where that is all it hears; then it can run
            live.
        build: gives the untrained network for a number of features; the network takes
            ``[B, T, F]`` and gives ``[B, T, 2]``, or ``[B, T, 4]`` where ``distribution``.
        sequence: steps in a crop.
        windows: estimates are made in windows of ``sequence`` steps, for networks that also
            look ahead; else from the beginning to the end of a recording.
        distribution: the last outputs are the spread between raters, fitted where known.
        dominance: the third output is dominance, fitted where it is rated.
        pretrain: given the network and standardised steps of music, fits what needs no
            ratings.
        updates, batch, rate: of Adam.
        decay: weight decay.
    """

    ear: Ear
    build: Callable[[int], nn.Module]
    sequence: int
    windows: bool = False
    distribution: bool = False
    dominance: bool = False
    parts: tuple[str, ...] = ()
    pretrain: Callable[[nn.Module, Sequence[Tensor], int], None] | None = None
    updates: int = 200
    batch: int = 24
    rate: float = 3e-3
    decay: float = 1e-4


class Standardised(nn.Module):
    """A network behind the standardisation of its input.

    Attributes:
        centre, width: of the features, ``[F]``.
    """

    centre: Tensor
    width: Tensor

    def __init__(self, network: nn.Module, centre: Float32, width: Float32) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("centre", torch.from_numpy(centre))
        self.register_buffer("width", torch.from_numpy(width))

    def standardise(self, values: Tensor) -> Tensor:
        """Return features with mean 0 and deviation 1 in training, cut at :data:`FARTHEST`."""
        return ((values - self.centre) / self.width).clamp(-FARTHEST, FARTHEST)

    def forward(self, values: Tensor) -> Tensor:
        output: Tensor = self.network(self.standardise(values))
        return output


@dataclass(frozen=True, slots=True)
class Rated:
    """A recording ready to be cut: steps, and what was said of each.

    Attributes:
        heard: its steps.
        target: ``[n, 2]`` on the common scale.
        spread: between raters, ``[n, 2]``; nan where unknown.
        rated: ``[n]``, 1 where there is a rating.
        dominance: ``[n]``; nan where unknown.
    """

    heard: Heard
    target: Float32
    spread: Float32
    rated: Float32
    dominance: Float32


def rate_steps(recording: Recording, heard: Heard, lesson: Lesson) -> Rated:
    """Return a recording's steps with what was rated in their middles."""
    scale = lesson.scale(recording)
    middles = heard.time_s - STEP_S / 2
    target, _, rated = targets(recording, middles, scale)
    if recording.ratings.kind == "quadrant":
        target = target * np.float32(scale)
    spans = recording.ratings.spans_s
    index = np.maximum(np.searchsorted(spans[:, 0], middles, side="right") - 1, 0)
    spread = np.float32(scale) * recording.ratings.spread[index]
    known = recording.ratings.dominance
    dominance = np.full(len(middles), np.nan, np.float32)
    if known is not None:
        dominance[rated] = np.float32(scale) * known[index[rated]]
    return Rated(heard, target, spread, rated.astype(np.float32), dominance)


class SequenceModel:
    """A fitted network and how it is asked.

    Args:
        network: with its standardisation.
        recipe: it was made by.
        std: deviation of its errors, ``[2]``.
    """

    def __init__(self, network: Standardised, recipe: Recipe, std: NDArray[np.float64]) -> None:
        self.network = network.eval()
        self.recipe = recipe
        self.std = std
        self.parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)

    def estimate(self, recording: Recording) -> Series:
        """Return an estimate for each step."""
        heard = self.recipe.ear(recording)
        return self.series(heard)

    def dominance(self, recording: Recording) -> Float32:
        """Return the estimate of dominance for each step, where the recipe has it."""
        output = respond(self.network, self.recipe.ear(recording).values, self.recipe)
        clipped: Float32 = np.clip(output[:, 2], -1.0, 1.0)
        return clipped

    def follow(self, frames: Float32) -> Series:
        """Return the estimates of raw log-mel frames ``[n, 64]``, where the recipe has parts."""
        steps, music = normalise_steps(frames)
        with torch.inference_mode():
            described = describe(torch.from_numpy(steps[music])).numpy()
        time_s = STEP_S * (np.flatnonzero(music) + 1).astype(np.float64)
        return self.series(Heard(time_s, described[:, columns(*self.recipe.parts)]))

    def series(self, heard: Heard) -> Series:
        """Return an estimate for each step heard, of a sequence from its beginning."""
        output = respond(self.network, heard.values, self.recipe)
        mean = np.clip(output[:, :2], -1.0, 1.0)
        std = np.tile(self.std.astype(np.float32), (len(mean), 1))
        if self.recipe.distribution:
            std = output[:, 2:4]
        return Series(heard.time_s, mean, std)


def respond(network: nn.Module, values: Float32, recipe: Recipe) -> Float32:
    """Return a network's output at each step of a recording, ``[n, D]``."""
    with torch.inference_mode():
        steps = torch.from_numpy(values)
        if not recipe.windows or len(values) <= recipe.sequence:
            output: Float32 = network(steps[None])[0].numpy()
            return output
        # Whole windows from the beginning; the last one ends where the recording does.
        starts = [*range(0, len(values) - recipe.sequence, recipe.sequence)]
        starts.append(len(values) - recipe.sequence)
        windows = torch.stack([steps[s : s + recipe.sequence] for s in starts])
        given = network(windows).numpy()
        result = np.empty((len(values), given.shape[2]), np.float32)
        for start, window in zip(starts, given, strict=True):
            result[start : start + recipe.sequence] = window
        return result


@dataclass(frozen=True, slots=True)
class SequenceFit:
    """Fits a recipe's network."""

    recipe: Recipe

    def hear(self, recording: Recording) -> Heard:
        """Return a recording's described steps."""
        return self.recipe.ear(recording)

    def __call__(self, lesson: Lesson) -> SequenceModel:
        return fit(self.recipe, lesson)


def fit(recipe: Recipe, lesson: Lesson) -> SequenceModel:
    """Fit a recipe's network to a lesson; the same lesson gives the same network."""
    torch.set_num_threads(1)
    generator = np.random.default_rng(lesson.seed)
    chosen, stopping = _divide(lesson, generator)
    learn = [rate_steps(r, recipe.ear(r), lesson) for r in chosen]
    stop = [rate_steps(r, recipe.ear(r), lesson) for r in stopping]
    learn = [r for r in learn if len(r.target)]
    sample = np.concatenate([r.heard.values for r in learn])
    centre, width = sample.mean(0), sample.std(0) + 1e-3
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(lesson.seed)
        network = Standardised(recipe.build(sample.shape[1]), centre, width)
        if recipe.pretrain is not None:
            music = [recipe.ear(r).values for r in lesson.unlabelled] or [
                r.heard.values for r in learn
            ]
            steps = [network.standardise(torch.from_numpy(values)) for values in music]
            recipe.pretrain(network.network, steps, lesson.seed)
        _descend(network, recipe, learn, stop, generator, [r.dataset for r in chosen])
    network.eval()
    return SequenceModel(network, recipe, residual_std(network, recipe, learn + stop))


def _divide(
    lesson: Lesson, generator: np.random.Generator
) -> tuple[list[Recording], list[Recording]]:
    """Return what is learned from, and a sixth of the groups, kept to decide when to stop."""
    groups = sorted({f"{r.dataset}/{r.group}" for r in lesson.recordings})
    generator.shuffle(groups)
    kept = set(groups[: len(groups) // 6])
    stop = [r for r in lesson.recordings if f"{r.dataset}/{r.group}" in kept]
    learn = [r for r in lesson.recordings if f"{r.dataset}/{r.group}" not in kept]
    return learn, stop


def _descend(
    network: Standardised,
    recipe: Recipe,
    learn: list[Rated],
    stop: list[Rated],
    generator: np.random.Generator,
    sets: list[str],
) -> None:
    """Fit the network in place and leave it as it was when it was best on ``stop``."""
    optimiser = torch.optim.Adam(
        network.parameters(), lr=recipe.rate, weight_decay=recipe.decay, foreach=False
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=recipe.updates + 1
    )
    names = sorted(set(sets))
    members = [[i for i, name in enumerate(sets) if name == wanted] for wanted in names]
    members = [[i for i in group if i < len(learn)] for group in members]
    best, kept = np.inf, copy.deepcopy(network.state_dict())
    for update in range(recipe.updates):
        # Sets of any size are heard as often as one another.
        rows = [
            learn[int(generator.choice(members[generator.integers(len(members))]))]
            for _ in range(recipe.batch)
        ]
        crops = _crops(rows, recipe.sequence, generator, network.centre.numpy())
        loss = _loss(network.train(), recipe, *crops)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if stop and (update + 1) % max(1, recipe.updates // CHECKS) == 0:
            error = float(np.mean(residual_std(network.eval(), recipe, stop, about=0.0) ** 2))
            if error < best:
                best, kept = error, copy.deepcopy(network.state_dict())
    if stop:
        network.load_state_dict(kept)


def _crops(
    rows: list[Rated], length: int, generator: np.random.Generator, centre: Float32
) -> tuple[Tensor, ...]:
    """Return values, targets, spreads, where there is a rating, and dominance, a crop a row.

    What is shorter than a crop is followed by the average of all music.
    """
    values = np.tile(centre, (len(rows), length, 1))
    target = np.zeros((len(rows), length, 2), np.float32)
    spread = np.full((len(rows), length, 2), np.nan, np.float32)
    rated = np.zeros((len(rows), length), np.float32)
    dominance = np.full((len(rows), length), np.nan, np.float32)
    for row, one in enumerate(rows):
        start = int(generator.integers(max(1, len(one.target) - length + 1)))
        piece = slice(start, start + length)
        n = len(one.target[piece])
        values[row, :n] = one.heard.values[piece]
        target[row, :n] = one.target[piece]
        spread[row, :n] = one.spread[piece]
        rated[row, :n] = one.rated[piece]
        dominance[row, :n] = one.dominance[piece]
    return tuple(map(torch.from_numpy, (values, target, spread, rated, dominance)))


def _loss(
    network: nn.Module,
    recipe: Recipe,
    values: Tensor,
    target: Tensor,
    spread: Tensor,
    rated: Tensor,
    dominance: Tensor,
) -> Tensor:
    output = network(values)
    each = (output[..., :2] - target).square().mean(-1)
    loss: Tensor = (each * rated).sum() / rated.sum().clamp(min=1.0)
    if recipe.distribution:
        known = torch.isfinite(spread) & (rated[..., None] > 0)
        loss = loss + _squares(output[..., 2:4], spread, known)
    if recipe.dominance:
        loss = loss + _squares(output[..., 2], dominance, torch.isfinite(dominance))
    return loss


def _squares(given: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """Return the mean squared error where something is known, 0 where nothing is."""
    off = torch.where(known, given - torch.nan_to_num(wanted), 0.0)
    return off.square().sum() / known.sum().clamp(min=1)


def residual_std(
    network: nn.Module, recipe: Recipe, rated: list[Rated], about: float | None = None
) -> NDArray[np.float64]:
    """Return the deviation of a network's errors: of a recording's mean, or of each span's.

    Args:
        network: with its standardisation.
        recipe: it was made by.
        rated: what to judge it on.
        about: 0 counts a bias as an error too; None takes it off.
    """
    rows: list[NDArray[Any]] = []
    for one in rated:
        if not len(one.target) or not one.rated.any():
            continue
        there = one.rated > 0
        given = respond(network, one.heard.values, recipe)[there, :2]
        wanted = one.target[there]
        if (wanted == wanted[0]).all():
            given, wanted = given.mean(0, keepdims=True), wanted[:1]
        rows.append(given - wanted)
    errors = np.concatenate(rows).astype(np.float64)
    centre = errors.mean(0) if about is None else about
    std: NDArray[np.float64] = np.sqrt(np.mean((errors - centre) ** 2, axis=0)) + 1e-3
    return std


def on_users_vggish(
    kind: str, source: str, network: Callable[[int], nn.Module], sequence: int
) -> tuple[System, ...]:
    """Return a kind of network on VGGish's embedding, where the user has its weights."""
    if vggish.weights_path() is None:
        return ()
    recipe = Recipe(vggish_embedding, network, sequence, updates=200)
    name = f"{kind} on VGGish's embedding"
    return (System(name, source, SequenceFit(recipe), ear="VGGish", causal=True),)
