"""Fitting: from recordings and settings to weights, in a way that can be resumed.

Several networks learn from the same crops at once, each blind to the recordings held out
from it. Drawing, changing and describing sound costs more than a step of the optimiser, so
five folds cost little more than one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from realtime_mer.errors import UserError
from train.crops import Crops, Example
from train.learner import LEARNED, Described, Learner
from train.network import MoodNetwork, describe
from train.settings import Settings

CHECKPOINT = "checkpoint.pt"


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


def fit(
    examples: list[Example],
    settings: Settings,
    folder: Path,
    *,
    held_out: Sequence[Set[str]] = (frozenset(),),
    resume: bool = False,
    report: Callable[[str], None] = print,
) -> list[MoodNetwork]:
    """Fit networks and return them with their averaged weights.

    Args:
        examples: the recordings.
        settings: everything else.
        folder: gets ``settings.json``, ``log.jsonl`` and the checkpoint after each epoch.
        held_out: for each network the keys of the recordings it must not learn from.
        resume: continue from the folder's checkpoint, to the same result as without a stop.
        report: takes a line after each epoch.

    Raises:
        UserError: the checkpoint is damaged or belongs to other settings.
    """
    torch.set_num_threads(1)  # the matrices are small, and two would only wait for one another
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    crops = Crops(examples, settings)
    answers = crops.answers or (len(held_out), 0)
    if answers[0] != len(held_out):
        raise ValueError(f"{answers[0]} teachers were given for {len(held_out)} networks")
    learners = [
        Learner(build(settings, answers[1], number), settings, out, number, device)
        for number, out in enumerate(held_out)
    ]
    standardise([learner.network for learner in learners], crops)
    for learner in learners:
        learner.start()
    folder.mkdir(parents=True, exist_ok=True)
    first = 0
    if resume and (folder / CHECKPOINT).is_file():
        saved = load_checkpoint(folder / CHECKPOINT, settings)
        for number, learner in enumerate(learners):
            learner.resume({name: saved[name][number] for name in LEARNED})
        first = saved["epoch"]
    settings.save(folder / "settings.json")

    total = settings.epochs * settings.batches_per_epoch
    with ThreadPoolExecutor(
        settings.threads, initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        for epoch in range(first, settings.epochs):
            begin, losses = time.perf_counter(), []
            for learner in learners:
                learner.network.train()
            for number in range(
                epoch * settings.batches_per_epoch, (epoch + 1) * settings.batches_per_epoch
            ):
                batch = draw(crops, number, device)
                work = [pool.submit(learner.learn, batch, number, total) for learner in learners]
                losses += [done.result() for done in work]
            seconds = time.perf_counter() - begin
            line = {
                "epoch": epoch + 1,
                "loss": float(np.mean(losses)),
                "seconds": round(seconds, 1),
            }
            with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            report(f"epoch {epoch + 1}/{settings.epochs}  loss {line['loss']:.4f}  {seconds:.0f} s")
            states = [learner.state() for learner in learners]
            _save_checkpoint(
                folder / CHECKPOINT,
                {"settings": asdict(settings), "epoch": epoch + 1}
                | {name: [state[name] for state in states] for name in LEARNED},
            )
    for learner in learners:
        learner.network.load_state_dict(learner.average)
        learner.network.eval()
    return [learner.network for learner in learners]


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
