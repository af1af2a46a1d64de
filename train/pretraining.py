"""Teaches an ear and the embedding of a step to say what YAMNet hears in the same sound.

YAMNet was fitted to two million clips, and knows differences that a thousand recordings with
ratings do not show. Fifteen times smaller, a network that hears half a second in place of one
and our frames in place of its own can say most of what its embedding says: after 1,500 batches,
two thirds of the variance. No rating has a part in it. Still each fold's network has an ear of
its own, which has not heard the sound that is held out: what it learns of a recording helps it
with that recording most.

Source: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network" (2015), with an
embedding in place of classes; Plakal, Ellis, "YAMNet" (2020).
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from realtime_mer.frontend import normalise_steps
from train import cache, features, yamnet
from train.datasets.base import Recording
from train.ear import Ear
from train.learner import one_cycle
from train.network import Encoder
from train.progress import progress_bar
from train.settings import Settings
from train.teacher import compress

Weights = Mapping[str, NDArray[Any]]

VERSION = 1
DRAWING = threading.Lock()
BATCH = 192
STEPS_EACH = 120  # of a recording, at most: a minute
LEARNING_RATE = 3e-3
WARM_UP = 0.05
SHARES = {
    "emotify": 0.2,
    "panda4q": 0.3,
    "unlabelled": 0.3,
    "emopia": 0.1,
    "vgmidi": 0.07,
    "grekow": 0.02,
    "emomusic": 0.01,
}
"""How often a step is from a set. What is recorded has more to teach than pianos by a program."""


def part(weights: Weights, name: str) -> dict[str, Tensor]:
    """Return the weights of ``ear`` or ``encoder``, as their modules take them."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): torch.from_numpy(value)
        for key, value in weights.items()
        if key.startswith(prefix)
    }


@dataclass(frozen=True, slots=True)
class Heard:
    """Steps of a set's recordings, and what YAMNet hears in each.

    Attributes:
        steps: level-normalised frames, float16 ``[n, 25, 64]``.
        embedding: float16 ``[n, 1024]``.
    """

    steps: NDArray[np.float16]
    embedding: NDArray[np.float16]


def listen(recordings: Sequence[Recording], generator: np.random.Generator) -> Heard:
    """Draw steps of recordings that are music, with YAMNet's embeddings."""
    steps, embeddings = [], []
    for recording in recordings:
        normalised, music = normalise_steps(features.frames(recording).astype(np.float32))
        embedding = yamnet.steps(recording)["embedding"]
        both = np.flatnonzero(music[: len(embedding)])
        chosen = generator.permutation(both)[:STEPS_EACH]
        steps.append(normalised[chosen].astype(np.float16))
        embeddings.append(embedding[chosen])
    return Heard(np.concatenate(steps), np.concatenate(embeddings))


class Pupil(nn.Module):
    """An ear and an encoder, and the answer read off the embedding.

    Between the ear's convolutions are normalisations over the batch, without which they learn
    slowly; :meth:`weights` has them folded into the convolutions.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.ear = Ear(settings.ear)
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for channels in settings.ear)
        self.encoder = Encoder(self.ear.size, settings.wide, settings.hidden, 0.0)
        self.answer = nn.Linear(settings.hidden, 1024)

    def forward(self, frames: Tensor) -> Tensor:
        """Answer steps ``[N, 25, 64]`` with standardised embeddings ``[N, 1024]``."""
        said: Tensor = self.answer(self.encoder(self.ear(frames, self.norms)))
        return said

    def weights(self) -> dict[str, NDArray[Any]]:
        """Return the weights of ear and encoder."""
        ear = copy.deepcopy(self.ear).eval()
        fused = []
        for convolution, norm in zip(ear.convolutions, self.norms.eval(), strict=True):
            assert isinstance(convolution, nn.Conv2d)
            assert isinstance(norm, nn.BatchNorm2d)
            fused.append(fuse_conv_bn_eval(convolution, norm))
        ear.convolutions = nn.ModuleList(fused)
        parts = {"ear": ear, "encoder": self.encoder}
        return {
            f"{name}.{key}": value.detach().numpy()
            for name, module in parts.items()
            for key, value in module.state_dict().items()
        }


def pretrain_all(
    recordings: Sequence[Recording],
    settings: Settings,
    held_out: Sequence[Set[str]],
    *,
    report: Callable[[str], None] = print,
) -> list[Weights] | None:
    """Return ear and encoder for each of several networks, taught some at a time.

    Args:
        recordings: of all sets.
        settings: sizes, batches, seed and threads.
        held_out: for each network the keys of the recordings it must not hear.
        report: told how each went.

    Returns:
        None where the settings ask for no pretraining.
    """
    if not settings.pretraining_batches:
        return None

    with (
        ThreadPoolExecutor(
            settings.threads, initializer=torch.set_num_threads, initargs=(1,)
        ) as pool,
        progress_bar() as progress,
    ):

        def one(number: int) -> Weights:
            task = progress.add_task(f"ear {number + 1}", total=settings.pretraining_batches)
            known = [r for r in recordings if r.key not in held_out[number]]
            weights = pretrain(
                known, settings, advance=lambda done: progress.update(task, completed=done)
            )
            progress.remove_task(task)
            report(f"ear {number + 1} of {len(held_out)} is taught")
            return weights

        return list(pool.map(one, range(len(held_out))))


def pretrain(
    recordings: Sequence[Recording],
    settings: Settings,
    *,
    report: Callable[[str], None] = lambda text: None,
    advance: Callable[[int], None] = lambda done: None,
) -> Weights:
    """Return the weights of a taught ear and encoder, from the cache where they are in it.

    Args:
        recordings: to listen to; their ratings are not looked at.
        settings: sizes, batches and seed.
        report: told how it went, where it is not in the cache.
        advance: told how many batches are done.
    """
    members = {name: [r for r in recordings if r.dataset == name] for name in SHARES}
    members = {name: chosen for name, chosen in members.items() if chosen}
    key = cache.fingerprint(
        version=VERSION,
        sound=[features.frames_path(r).name for chosen in members.values() for r in chosen],
        shape=[settings.ear, settings.wide, settings.hidden],
        course=[settings.pretraining_batches, settings.jitter_db, settings.seed],
    )
    path = cache.CACHE / "ear" / f"{key}.npz"
    return cache.cached(path, lambda: _teach(members, settings, report, advance))


def _teach(
    members: Mapping[str, Sequence[Recording]],
    settings: Settings,
    report: Callable[[str], None],
    advance: Callable[[int], None],
) -> dict[str, NDArray[Any]]:
    generator = np.random.default_rng(settings.seed)
    noise = torch.Generator().manual_seed(settings.seed)
    heard = [listen(chosen, generator) for chosen in members.values()]
    shares = np.array([SHARES[name] for name in members])
    shares /= shares.sum()

    def draw() -> tuple[Tensor, Tensor]:
        counts = generator.multinomial(BATCH, shares)
        rows = [
            generator.integers(len(h.steps), size=n) for h, n in zip(heard, counts, strict=True)
        ]
        steps = [h.steps[row] for h, row in zip(heard, rows, strict=True)]
        said = [h.embedding[row] for h, row in zip(heard, rows, strict=True)]
        frames = torch.from_numpy(np.concatenate(steps).astype(np.float32))
        return frames, torch.from_numpy(compress(np.concatenate(said)))

    with DRAWING:  # threads must not draw from torch's one generator in turn
        torch.manual_seed(settings.seed)
        pupil = Pupil(settings)
    frames, said = (torch.cat(parts) for parts in zip(*(draw() for _ in range(20)), strict=True))
    pupil.ear.standardise(frames)
    centre, width = said.mean(0), said.std(0) + 0.05
    optimiser = torch.optim.AdamW(pupil.parameters(), LEARNING_RATE, weight_decay=1e-3)
    total = settings.pretraining_batches
    recent = 1.0
    for number in range(total):
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * one_cycle(number / total, WARM_UP)
        frames, said = draw()
        frames = frames + settings.jitter_db * torch.randn(frames.shape, generator=noise)
        loss = nn.functional.mse_loss(pupil(frames), (said - centre) / width)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(pupil.parameters(), 1.0)
        optimiser.step()
        recent += 0.02 * (float(loss.detach()) - recent)
        advance(number + 1)
    report(f"pretrained: {100 * (1 - recent):.0f} % of the variance of YAMNet's embedding")
    return pupil.weights()
