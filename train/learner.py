"""One network that learns: its loss, its optimiser, and all its next step depends on."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from train import crew
from train.losses import answer_loss, emotion_loss, settle_weights, teacher_loss
from train.network import RATED_SETS, MoodNetwork
from train.settings import Settings
from train.teacher import PIANO, REAL, SHARES, SPREAD

LEARNED = ("networks", "optimisers", "averages", "random")  # what a learner's state holds


@dataclass(frozen=True, slots=True)
class Drawn:
    """A batch on the device; see :class:`train.crops.Batch` for the rest."""

    steps: Tensor
    heard: Tensor
    target: Tensor
    error: Tensor
    rated: Tensor
    signs: Tensor
    teacher: Tensor | None
    taught: Tensor
    keys: tuple[str, ...]


def one_cycle(done: float, warm_up: float) -> float:
    """Return the share of the peak rate after a share of a run: a linear rise, then half a cosine.

    Args:
        done: share of the run, 0 to 1.
        warm_up: share of the run until the peak.
    """
    if done < warm_up:
        return done / warm_up
    rest = (done - warm_up) / (1.0 - warm_up)
    return 0.5 * (1.0 + math.cos(math.pi * rest))


def batch_loss(
    network: MoodNetwork, batch: Drawn, settings: Settings, held_out: Set[str], number: int = 0
) -> Tensor:
    """Return the loss of a batch, blind to the recordings held out.

    Args:
        network: that learns.
        batch: of crops, those held out among them.
        settings: weights of the losses.
        held_out: keys of the recordings the network must not learn from.
        number: of the network, to whose own teacher it listens.
    """
    seen = [row for row, key in enumerate(batch.keys) if key not in held_out]
    rows = torch.tensor(seen, device=batch.heard.device)
    heard, signs = batch.heard[rows], batch.signs[rows]
    # Half precision changes the estimates by less than the raters' own spread; the loss,
    # which adds many small numbers, stays as it is.
    half = settings.half_precision and heard.is_cuda
    with torch.autocast(heard.device.type, torch.bfloat16, enabled=half):
        with torch.no_grad():  # the ear is as it is
            steps = batch.steps[rows]
            described = network.ear(steps.flatten(0, 1)).reshape(*heard.shape, -1)
        mean, std, embedding = network(described)
    mean, std, embedding = mean.float(), std.float(), embedding.float()
    weight = settle_weights(heard, settings.settle_s) * batch.rated[rows]
    sets = torch.tensor([_set_number(batch.keys[row]) for row in seen], device=heard.device)
    loss = emotion_loss(
        mean,
        std,
        batch.target[rows],
        batch.error[rows],
        weight,
        signs,
        network.offset[sets],
        settings,
    )
    if batch.teacher is not None and network.teacher is not None:
        said = batch.teacher[rows, :, number]
        taught = heard * batch.taught[rows][:, None]
        learned = teacher_loss(network.teacher(embedding), said, taught)
        weight = settle_weights(taught, settings.settle_s)
        real, piano = (_from(batch.keys, seen, sets).to(weight) for sets in (REAL, PIANO))
        # On emotify's scale, whose probe has the larger say.
        answered = answer_loss(mean + network.offset[0], answer(said), weight * real)
        answered = answered + answer_loss(mean, SPREAD * said[:, :, 4:6], weight * piano)
        loss = loss + settings.teacher_weight * learned + settings.answer_weight * answered
    return loss


def answer(said: Tensor) -> Tensor:
    """Return what teachers' answers ``[B, T, K]`` make of arousal and valence, ``[B, T, 2]``."""
    first, second = torch.tensor(SHARES, device=said.device)
    wanted: Tensor = SPREAD * (first * said[:, :, 0:2] + second * said[:, :, 2:4])
    return wanted


def _from(keys: Sequence[str], rows: Sequence[int], sets: Set[str]) -> Tensor:
    """Return 1 for each row of a recording of these sets, ``[B, 1]``, 0 for others."""
    return torch.tensor([[float(keys[row].partition("/")[0] in sets)] for row in rows])


def _set_number(key: str) -> int:
    """Return which offset belongs to a recording; signs take any and use none."""
    name = key.partition("/")[0]
    return RATED_SETS.index(name) if name in RATED_SETS else 0


def _optimiser(network: MoodNetwork, settings: Settings) -> torch.optim.Optimizer:
    embedding = list(network.encoder.parameters())
    apart = {id(p) for p in (*network.ear.parameters(), *embedding, network.offset)}
    groups: list[dict[str, Any]] = [
        {"params": [p for p in network.parameters() if id(p) not in apart]},
        {"params": embedding, "haste": settings.encoder_haste},
        # A few numbers that nothing else can stand in for, and that all else waits for.
        {"params": [network.offset], "weight_decay": 0.0, "haste": 5.0},
    ]
    return torch.optim.AdamW(groups, settings.learning_rate, weight_decay=settings.weight_decay)


class Learner:
    """One network with all that its next step depends on; learners share nothing.

    Args:
        network: untrained, on the CPU.
        settings: of the run.
        held_out: keys of the recordings it must not learn from.
        number: of the network, which seeds its dropout and says who teaches it.
        device: to fit on.

    Attributes:
        average: the weights averaged over steps, by name.
    """

    def __init__(
        self,
        network: MoodNetwork,
        settings: Settings,
        held_out: Set[str],
        number: int,
        device: torch.device,
    ) -> None:
        self.network = network
        self.settings = settings
        self.held_out = held_out
        self.number = number
        self.device = device
        self.random = torch.Generator(device)
        self.random.manual_seed(1_000 * settings.seed + number + 1_000_000 * crew.rank())
        network.draw_from(self.random)
        self.average: dict[str, Tensor] = {}

    def start(self) -> None:
        """Move to the device and begin to learn from the weights as they are now."""
        self.network.to(self.device)
        self.optimiser = _optimiser(self.network, self.settings)
        self.average = {k: v.detach().clone() for k, v in self.network.state_dict().items()}

    def learn(self, batch: Drawn, number: int, total: int) -> float:
        """Take one step and return the loss.

        Args:
            batch: for all learners.
            number: of the batch, from 0.
            total: how many there will be.
        """
        settings = self.settings
        for group in self.optimiser.param_groups:
            rate = settings.learning_rate * one_cycle(number / total, settings.warm_up)
            group["lr"] = group.get("haste", 1.0) * rate
        loss = batch_loss(self.network, batch, settings, self.held_out, self.number)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of batch {number} is {loss.item()}")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        crew.average_gradients(self.network.parameters())
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), settings.clip_norm)
        self.optimiser.step()
        # The average forgets the first steps sooner than its own time constant.
        keep = min(settings.average, (1 + number) / (10 + number))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1.0 - keep)
        return float(loss.detach())

    def judge(self, batches: Sequence[Drawn]) -> float:
        """Return the loss of the averaged weights on batches that nothing is learned from."""
        network = copy.deepcopy(self.network).eval()
        network.load_state_dict(self.average)
        with torch.no_grad():
            losses = [
                float(batch_loss(network, batch, self.settings, self.held_out, self.number))
                for batch in batches
            ]
        return sum(losses) / len(losses)

    def state(self) -> dict[str, Any]:
        """Return everything the next step depends on, by the names in :data:`LEARNED`."""
        return {
            "networks": self.network.state_dict(),
            "optimisers": self.optimiser.state_dict(),
            "averages": self.average,
            "random": crew.gather(self.random.get_state()),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self.network.load_state_dict(state["networks"])
        self.optimiser.load_state_dict(state["optimisers"])
        self.average = {name: v.to(self.device) for name, v in state["averages"].items()}
        self.random.set_state(state["random"][crew.rank()])
