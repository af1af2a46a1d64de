"""What probes on YAMNet's embedding say of music: soft answers for sound nobody rated so.

A ridge regression on YAMNet's embedding (:mod:`train.yamnet`) of a set's recordings knows
from two million other clips what 1,500 recordings cannot teach. Its own answers, step by
step, on every set's sound and on music without ratings, are what the network learns beside
the ratings: a distillation of the probe (Hinton, Vinyals, Dean 2015), not of the embedding.

No answer rests on a rating that is held out: each network has probes of its own, fitted
without the recordings it must not hear, and a recording's answer on its own set's scale is
given by a probe that did not hear its fold either, as it is for all other sound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train import yamnet
from train.datasets.base import Recording

Float32 = NDArray[np.float32]

# The sets that have a probe, in the order of the answers, arousal and valence each.
PROBED = ("emotify", "panda4q", "emopia")
ANSWERS = 2 * len(PROBED)
PENALTY = 1.0  # of weights; between 0.3 and 3 the probes' held-out scores hardly differ

# Probes of real recordings say little of rendered pianos, so emopia's moves estimates of its own
# recordings, and the others' those of real ones.
REAL = frozenset({"emotify", "panda4q", "emomusic", "grekow", "unlabelled"})
PIANO = frozenset({"emopia"})

# How much emotify's and panda4q's probes count in the estimate asked for, arousal and valence.
SHARES = ((0.5, 0.65), (0.5, 0.35))
SPREAD = 0.25  # of the estimates asked for, that of emotify's ratings


@dataclass(frozen=True, slots=True)
class Probe:
    """An affine map from the compressed embedding.

    Attributes:
        weight: ``[1024, 2]``.
        bias: ``[2]``.
    """

    weight: Float32
    bias: Float32

    def __call__(self, embedding: Float32) -> Float32:
        """Return arousal and valence ``[steps, 2]`` of compressed embeddings."""
        answer: Float32 = embedding @ self.weight + self.bias
        return answer


def compress(embedding: NDArray[np.float16]) -> Float32:
    """Return the logarithm that makes the rectified units nearly normal."""
    logarithm: Float32 = np.log1p(10.0 * embedding.astype(np.float32))
    return logarithm


def fit_probe(embeddings: Float32, wanted: Float32, penalty: float = PENALTY) -> Probe:
    """Fit a ridge regression in its dual form, which is small for few recordings.

    Args:
        embeddings: mean of each recording, ``[n, F]``.
        wanted: arousal and valence, ``[n, 2]``; numbers or signs.
        penalty: relative to the mean variance of a standardised recording.
    """
    centre, width = embeddings.mean(0), embeddings.std(0) + 1e-3
    standard = ((embeddings - centre) / width).astype(np.float64)
    middle = wanted.mean(0)
    size = standard.shape[1]
    alike = standard @ standard.T / size + penalty * np.eye(len(standard))
    weight = standard.T @ np.linalg.solve(alike, wanted - middle) / size / width[:, None]
    return Probe(weight.astype(np.float32), (middle - centre @ weight).astype(np.float32))


def teach(
    recordings: Sequence[Recording],
    held_out: Sequence[Set[str]],
    fold_of: Mapping[str, int],
) -> dict[str, NDArray[np.float16]]:
    """Return the answers of each network's probes.

    Args:
        recordings: with audio, those without ratings among them.
        held_out: for each of N networks the keys of recordings it must not learn from.
        fold_of: of the judged recordings.

    Returns:
        ``[steps, N, 6]`` by key: arousal and valence of each set in :data:`PROBED`, each
        with mean 0 and spread 1 over all recordings, emopia's over its own; 0 where a set is
        not among them.
    """
    heard = {r.key: compress(yamnet.steps(r)["embedding"]) for r in recordings}
    means = {key: steps.mean(0) for key, steps in heard.items()}
    answers = {
        key: np.zeros((len(steps), len(held_out), ANSWERS), np.float32)
        for key, steps in heard.items()
    }
    for place, name in enumerate(PROBED):
        members = [r for r in recordings if r.dataset == name]
        own = {r.key for r in members}
        for network, out in enumerate(held_out):
            lesson = [r for r in members if r.key not in out]
            if len(lesson) < 2:
                continue
            probes: dict[int | None, Probe] = {}
            for key, steps in heard.items():
                fold = fold_of.get(key) if key in own else None
                if fold not in probes:
                    chosen = [r for r in lesson if fold is None or fold_of.get(r.key) != fold]
                    # A held-out fold is left out already.
                    known = len(chosen) in (0, len(lesson)) and None in probes
                    probes[fold] = probes[None] if known else _fit(chosen or lesson, means)
                here = slice(2 * place, 2 * place + 2)
                answers[key][:, network, here] = probes[fold](steps)
    over = {key: steps.mean(0) for key, steps in answers.items()}
    everything = np.array(list(over.values()))
    centre, width = everything.mean(0), everything.std(0)
    # Zero is to be emopia's neutral where its probe is asked about its own recordings.
    pianos = np.array([over[r.key] for r in recordings if r.dataset in PIANO])
    if len(pianos):
        columns = slice(2 * PROBED.index("emopia"), None)
        centre[:, columns] = pianos.mean(0)[:, columns]
        width[:, columns] = pianos.std(0)[:, columns]
    width = width + 1e-6
    return {key: ((a - centre) / width).astype(np.float16) for key, a in answers.items()}


def _fit(recordings: Sequence[Recording], means: Mapping[str, Float32]) -> Probe:
    wanted = np.array([r.ratings.mean[0] for r in recordings])
    return fit_probe(np.array([means[r.key] for r in recordings]), wanted)
