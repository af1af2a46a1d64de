"""Fitting: from recordings and settings to weights, in a way that can be resumed.

Several networks learn from the same crops at once, each blind to the recordings held out
from it. Drawing, changing and describing sound costs more than a step of the optimiser, so
five folds cost little more than one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from train import crew
from train.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from train.crops import Crops, Example
from train.learner import LEARNED, Described, Learner
from train.network import MoodNetwork, describe
from train.patience import Patience, set_aside
from train.settings import Settings

JUDGED_BATCHES = 16  # of recordings set aside


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
    aside: list[Example] = []
    if settings.patience:
        examples, aside = set_aside(examples, settings.aside_share, settings.seed)
    crops = Crops(examples, settings)
    answers = crops.answers or (len(held_out), 0)
    if answers[0] != len(held_out):
        raise ValueError(f"{answers[0]} teachers were given for {len(held_out)} networks")
    device = crew.device()
    learners = [
        Learner(build(settings, answers[1], number), settings, out, number, device)
        for number, out in enumerate(held_out)
    ]
    standardise([learner.network for learner in learners], crops)
    for learner in learners:
        learner.start()
    judged = Crops(aside, settings) if aside else None
    trials = [draw(judged, n, device) for n in range(JUDGED_BATCHES)] if judged else []
    # Each network for itself: what is held out from one is no secret to another.
    patience = [Patience(settings.patience) for _ in learners]
    best = [learner.average for learner in learners]
    folder.mkdir(parents=True, exist_ok=True)
    epoch = 0
    if resume and (folder / CHECKPOINT).is_file():
        saved = load_checkpoint(folder / CHECKPOINT, settings)
        for number, learner in enumerate(learners):
            learner.resume({name: saved[name][number] for name in LEARNED})
        best, epoch = saved["best"], saved["epoch"]
        patience = [Patience(settings.patience, **state) for state in saved["patience"]]
    if crew.rank() == 0:
        settings.save(folder / "settings.json")

    # Processes that learn together must speak of the networks in one order.
    threads = settings.threads if crew.size() == 1 else 1
    with (
        ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        progress_bar(disable=crew.rank() > 0) as progress,
    ):
        task = progress.add_task("", total=settings.epochs * epoch_batches(settings))
        while epoch < settings.epochs and not all(p.over for p in patience):
            begin = time.perf_counter()
            loss = _epoch(learners, crops, settings, epoch, pool, progress, task)
            epoch += 1
            line = {"epoch": epoch, "loss": loss}
            aside_losses = [learner.judge(trials) for learner in learners] if trials else []
            if trials:
                line["aside"] = float(np.mean(aside_losses))
            for number, learner in enumerate(learners):
                # Without recordings set aside the last weights are the best known.
                if not trials or patience[number].better(aside_losses[number]):
                    best[number] = {name: v.clone() for name, v in learner.average.items()}
            line["seconds"] = round(time.perf_counter() - begin, 1)
            states = [learner.state() for learner in learners]
            if crew.rank() > 0:
                continue
            with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            report(f"epoch {epoch}/{settings.epochs}  loss {loss:.4f}  {line['seconds']:.0f} s")
            content: dict[str, Any] = {"settings": asdict(settings), "epoch": epoch, "best": best}
            content["patience"] = [p.state() for p in patience]
            content |= {name: [state[name] for state in states] for name in LEARNED}
            save_checkpoint(folder / CHECKPOINT, content)
    for learner, weights in zip(learners, best, strict=True):
        learner.network.load_state_dict(weights)
        learner.network.eval()
    return [learner.network for learner in learners]


def epoch_batches(settings: Settings) -> int:
    """Return how many batches each process draws in an epoch."""
    return -(-settings.batches_per_epoch // crew.size())


def progress_bar(disable: bool) -> Progress:
    """Return the bar of a fit; on what is no terminal it draws nothing."""
    return Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        transient=True,
        disable=disable,
    )


def _epoch(
    learners: Sequence[Learner],
    crops: Crops,
    settings: Settings,
    epoch: int,
    pool: ThreadPoolExecutor,
    progress: Progress,
    task: TaskID,
) -> float:
    """Let all learners take the steps of an epoch; return their mean loss."""
    for learner in learners:
        learner.network.train()
    count, size = epoch_batches(settings), crew.size()
    losses: list[float] = []
    total, last = settings.epochs * count, (epoch + 1) * count - 1

    def begin(number: int) -> Future[Described]:
        return pool.submit(draw, crops, number * size + crew.rank(), learners[0].device)

    ahead = begin(epoch * count)
    for number in range(epoch * count, last + 1):
        batch = ahead.result()
        work = [pool.submit(learner.learn, batch, number, total) for learner in learners]
        if number < last:
            ahead = begin(number + 1)  # while the others learn
        losses += [done.result() for done in work]
        recent = float(np.mean(losses[-50 * len(learners) :]))
        words = f"epoch {epoch + 1}/{settings.epochs}  loss {recent:.3f}"
        progress.update(task, completed=number + 1, description=words)
    return float(np.mean(losses))
