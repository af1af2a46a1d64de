"""Fitting networks that hear step by step, all of them in the same way.

Crops of a fixed number of steps, squared error at every step that has a rating, Adam, and
early stopping on a sixth of the groups (artists, series, songs). What costs is bounded by the
number of updates, not by epochs, so that all systems fit on two processors in an hour; each
paper trained longer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from train import vggish
from train.datasets.base import Recording
from train.systems.base import Lesson, System
from train.systems.ears import Heard, vggish_embedding
from train.systems.rated import Rated, cut, rate_steps
from train.systems.recipe import Recipe, SequenceModel, Standardised, respond

CHECKS = 10  # times a fit is judged on what is kept for stopping


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
        crops = cut(rows, recipe.sequence, generator, network.centre.numpy())
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
