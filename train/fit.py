"""Fitting: from recordings and settings to weights, in a way that can be resumed.

Several networks learn from the same crops at once, each blind to the recordings held out
from it. Drawing and changing sound costs about as much as a step of the optimiser, and is
done once for all.
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
from rich.progress import Progress, TaskID
from torch import Tensor

from train import crew
from train.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from train.crops import Crops, Example
from train.learner import LEARNED, Drawn, Learner
from train.network import MoodNetwork, build
from train.patience import Patience, set_aside
from train.pretraining import Weights, part
from train.progress import progress_bar
from train.settings import Settings

STANDARD_BATCHES = 4  # that standardise an ear
JUDGED_BATCHES = 16  # of recordings set aside


def draw(crops: Crops, number: int, device: torch.device) -> Drawn:
    """Draw a batch."""
    batch = crops.batch(number)
    steps, heard, target, error, rated, signs, taught = (
        torch.from_numpy(array).to(device)
        for array in (
            batch.steps, batch.heard, batch.target, batch.error, batch.rated, batch.signs,
            batch.taught,
        )
    )  # fmt: skip
    teacher = None if batch.teacher is None else torch.from_numpy(batch.teacher).to(device)
    return Drawn(steps, heard, target, error, rated, signs, teacher, taught, batch.keys)


def begin_with(network: MoodNetwork, pretrained: Weights | None, drawn: Tensor) -> None:
    """Give a network its ear and encoder.

    Args:
        network: untrained.
        pretrained: by :func:`train.pretraining.pretrain`; None leaves what was drawn.
        drawn: steps ``[N, 25, 64]`` that standardise an ear which nothing taught.
    """
    if pretrained is None:
        network.ear.standardise(drawn)
        return
    network.ear.load_state_dict(part(pretrained, "ear"))
    network.encoder.load_state_dict(part(pretrained, "encoder"))


def fit(
    examples: list[Example],
    settings: Settings,
    folder: Path,
    *,
    held_out: Sequence[Set[str]] = (frozenset(),),
    pretrained: Sequence[Weights] | None = None,
    resume: bool = False,
    report: Callable[[str], None] = print,
) -> list[MoodNetwork]:
    """Fit networks and return them with their averaged weights.

    Args:
        examples: the recordings.
        settings: everything else.
        folder: gets ``settings.json``, ``log.jsonl`` and the checkpoint after each epoch.
        held_out: for each network the keys of the recordings it must not learn from.
        pretrained: for each network the ear and encoder it begins with; None for ones that
            nothing taught.
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
    if pretrained is not None and len(pretrained) != len(held_out):
        raise ValueError(f"{len(pretrained)} ears were given for {len(held_out)} networks")
    batches = [crops.batch(2**31 + number) for number in range(STANDARD_BATCHES)]
    drawn = torch.from_numpy(np.concatenate([b.steps[b.heard > 0] for b in batches]))
    learners = []
    for number, out in enumerate(held_out):
        network = build(settings, answers[1], number)
        begin_with(network, None if pretrained is None else pretrained[number], drawn)
        learners.append(Learner(network, settings, out, number, device))
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
    device = learners[0].device
    losses: list[float] = []
    total, last = settings.epochs * count, (epoch + 1) * count - 1

    def begin(number: int) -> Future[Drawn]:
        return pool.submit(draw, crops, number * size + crew.rank(), device)

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
