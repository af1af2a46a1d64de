"""Fitting: from recordings and settings to weights, in a way that can be resumed.

Several networks learn from the same crops at once, each blind to the recordings held out
from it. Drawing, changing and describing sound costs more than a step of the optimiser, so
five folds cost little more than one.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from realtime_mer.errors import UserError
from train.crops import Crops, Example
from train.losses import emotion_loss, settle_weights, teacher_loss
from train.network import RATED_SETS, MoodNetwork, describe
from train.settings import Settings

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True, slots=True)
class Described:
    """A batch as networks take it; see :class:`train.crops.Batch` for the rest."""

    statistics: Tensor
    picture: Tensor
    heard: Tensor
    target: Tensor
    error: Tensor
    rated: Tensor
    signs: Tensor
    teacher: Tensor | None
    taught: Tensor
    keys: tuple[str, ...]


def draw(crops: Crops, number: int, device: torch.device) -> Described:
    """Draw and describe a batch."""
    batch = crops.batch(number)
    shape = batch.heard.shape
    with torch.no_grad():
        steps = torch.from_numpy(batch.steps).to(device).flatten(0, 1)
        statistics, picture = describe(steps)
    heard, target, error, rated, signs, taught = (
        torch.from_numpy(array).to(device)
        for array in (
            batch.heard, batch.target, batch.error, batch.rated, batch.signs, batch.taught,
        )
    )  # fmt: skip
    teacher = None if batch.teacher is None else torch.from_numpy(batch.teacher).to(device)
    return Described(
        statistics.reshape(*shape, -1), picture.reshape(*shape, *picture.shape[1:]),
        heard, target, error, rated, signs, teacher, taught, batch.keys,
    )  # fmt: skip


def build(settings: Settings, teacher: int = 0, number: int = 0) -> MoodNetwork:
    """Return an untrained network, the same for the same seed and number."""
    torch.manual_seed(1_000 * settings.seed + number)
    return MoodNetwork(settings.hidden, settings.conv, settings.dropout, settings.means_s, teacher)


def standardise(networks: Sequence[MoodNetwork], crops: Crops, batches: int = 4) -> None:
    """Set the standardisation of descriptions from a few batches."""
    drawn = [draw(crops, 2**31 + number, torch.device("cpu")) for number in range(batches)]
    statistics = torch.cat([b.statistics[b.heard > 0] for b in drawn])
    picture = torch.cat([b.picture[b.heard > 0] for b in drawn])
    for network in networks:
        encoder = network.encoder
        encoder.centre.copy_(statistics.mean(0))
        encoder.width.copy_(statistics.std(0) + 0.1)
        encoder.picture_centre.copy_(picture.mean((0, 2))[:, None])
        encoder.picture_width.copy_(picture.std((0, 2))[:, None] + 0.1)


def learning_rate(settings: Settings, share: float) -> float:
    """Return the rate after a share of the run: a linear rise, then half a cosine to zero."""
    if share < settings.warm_up:
        return settings.learning_rate * (share / settings.warm_up)
    rest = (share - settings.warm_up) / (1.0 - settings.warm_up)
    return settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * rest))


def batch_loss(
    network: MoodNetwork, batch: Described, settings: Settings, held_out: Set[str]
) -> Tensor:
    """Return the loss of a batch, blind to the recordings held out."""
    seen = [row for row, key in enumerate(batch.keys) if key not in held_out]
    rows = torch.tensor(seen, device=batch.heard.device)
    heard, signs = batch.heard[rows], batch.signs[rows]
    mean, std, embedding = network(batch.statistics[rows], batch.picture[rows])
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
        taught = heard * batch.taught[rows][:, None]
        given = network.teacher(embedding)
        loss = loss + settings.teacher_weight * teacher_loss(given, batch.teacher[rows], taught)
    return loss


def _optimiser(network: MoodNetwork, settings: Settings) -> torch.optim.Optimizer:
    rest = [p for p in network.parameters() if p is not network.offset]
    groups: list[dict[str, Any]] = [
        {"params": rest},
        # A few numbers that nothing else can stand in for, and that all else waits for.
        {"params": [network.offset], "weight_decay": 0.0, "haste": 5.0},
    ]
    return torch.optim.AdamW(groups, settings.learning_rate, weight_decay=settings.weight_decay)


def _set_number(key: str) -> int:
    """Return which offset belongs to a recording; signs take any and use none."""
    name = key.partition("/")[0]
    return RATED_SETS.index(name) if name in RATED_SETS else 0


def fit(
    examples: list[Example],
    settings: Settings,
    folder: Path,
    *,
    held_out: Sequence[Set[str]] = (frozenset(),),
    teacher: int = 0,
    resume: bool = False,
    report: Callable[[str], None] = print,
) -> list[MoodNetwork]:
    """Fit networks and return them with their averaged weights.

    Args:
        examples: the recordings.
        settings: everything else.
        folder: gets ``settings.json``, ``log.jsonl`` and the checkpoint after each epoch.
        held_out: for each network the keys of the recordings it must not learn from.
        teacher: size of the teacher's embedding in the examples.
        resume: continue from the folder's checkpoint, to the same result as without a stop.
        report: takes a line after each epoch.

    Raises:
        UserError: the checkpoint is damaged or belongs to other settings.
    """
    torch.set_num_threads(settings.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    crops = Crops(examples, settings, teacher)
    networks = [build(settings, teacher, number) for number in range(len(held_out))]
    standardise(networks, crops)
    optimisers, averages = [], []
    for network in networks:
        network.to(device)
        averages.append({k: v.detach().clone() for k, v in network.state_dict().items()})
        optimisers.append(_optimiser(network, settings))
    folder.mkdir(parents=True, exist_ok=True)
    first = 0
    if resume and (folder / CHECKPOINT).is_file():
        saved = load_checkpoint(folder / CHECKPOINT, settings)
        for k, network in enumerate(networks):
            network.load_state_dict(saved["networks"][k])
            optimisers[k].load_state_dict(saved["optimisers"][k])
            averages[k] = {name: v.to(device) for name, v in saved["averages"][k].items()}
        torch.set_rng_state(saved["random"])
        first = saved["epoch"]
    settings.save(folder / "settings.json")

    total = settings.epochs * settings.batches_per_epoch
    for epoch in range(first, settings.epochs):
        begin, losses = time.perf_counter(), []
        for network in networks:
            network.train()
        for number in range(
            epoch * settings.batches_per_epoch, (epoch + 1) * settings.batches_per_epoch
        ):
            batch = draw(crops, number, device)
            for network, optimiser, average, out in zip(
                networks, optimisers, averages, held_out, strict=True
            ):
                for group in optimiser.param_groups:
                    group["lr"] = group.get("haste", 1.0) * learning_rate(settings, number / total)
                loss = batch_loss(network, batch, settings, out)
                if not torch.isfinite(loss):
                    raise FloatingPointError(f"the loss of batch {number} is {loss.item()}")
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
                optimiser.step()
                losses.append(float(loss.detach()))
                # The average forgets the first steps sooner than its own time constant.
                keep = min(settings.average, (1 + number) / (10 + number))
                with torch.no_grad():
                    for name, value in network.state_dict().items():
                        average[name].lerp_(value, 1.0 - keep)
        seconds = time.perf_counter() - begin
        line = {"epoch": epoch + 1, "loss": float(np.mean(losses)), "seconds": round(seconds, 1)}
        with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        report(f"epoch {epoch + 1}/{settings.epochs}  loss {line['loss']:.4f}  {seconds:.0f} s")
        _save_checkpoint(
            folder / CHECKPOINT,
            {
                "settings": asdict(settings),
                "networks": [network.state_dict() for network in networks],
                "optimisers": [optimiser.state_dict() for optimiser in optimisers],
                "averages": averages,
                "random": torch.get_rng_state(),
                "epoch": epoch + 1,
            },
        )
    for network, average in zip(networks, averages, strict=True):
        network.load_state_dict(average)
        network.eval()
    return networks


def _save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write everything the next epoch depends on, whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def load_checkpoint(path: Path, settings: Settings | None = None) -> dict[str, Any]:
    """Read a checkpoint; with settings, insist that it was made with them."""
    if not path.is_file():
        raise UserError(f"There is no checkpoint at {path}; fit a model there first.")
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        made_with = Settings.from_dict(saved["settings"])
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"The checkpoint {path} is damaged ({type(error).__name__}); "
            "delete it and fit again without --resume."
        ) from None
    if settings is not None and made_with != settings:
        raise UserError(
            f"The checkpoint {path} was made with other settings; "
            "resume with those of its run, or choose another folder."
        )
    return saved


def load_network(path: Path, number: int = 0) -> tuple[MoodNetwork, Settings]:
    """Return a network of a run, with its averaged weights."""
    saved = load_checkpoint(path)
    settings = Settings.from_dict(saved["settings"])
    weights = saved["averages"][number]
    teacher = weights["teacher.weight"].shape[0] if "teacher.weight" in weights else 0
    network = MoodNetwork(
        settings.hidden, settings.conv, settings.dropout, settings.means_s, teacher
    )
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        raise UserError(
            f"The checkpoint {path} is of another network; fit again with this version."
        ) from None
    return network.eval(), settings
