"""Seeded folds whose groups never stand on both sides, and what each network must not hear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from realtime_mer.errors import UserError
from train.datasets.base import Recording

# Judged as a set nobody trained on: its excerpts test whether the model carries over.
CROSS_CORPUS = ("grekow",)


def assign_folds(recordings: list[Recording], folds: int, seed: int = 0) -> dict[str, int]:
    """Return the fold of every recording by its key.

    Each dataset is divided by itself. Groups are shuffled, then the largest first go to
    whichever fold holds least, so folds are of like size.

    Raises:
        UserError: a dataset has fewer groups than folds.
    """
    assigned: dict[str, int] = {}
    for name in sorted({recording.dataset for recording in recordings}):
        members = [recording for recording in recordings if recording.dataset == name]
        sizes = Counter(recording.group for recording in members)
        if len(sizes) < folds:
            raise UserError(f"{name} has {len(sizes)} groups, too few for {folds} folds.")
        order = sorted(sizes)
        np.random.default_rng(seed).shuffle(order)
        held = [0] * folds
        fold_of = {}
        for group in sorted(order, key=lambda group: -sizes[group]):
            fold = int(np.argmin(held))
            fold_of[group] = fold
            held[fold] += sizes[group]
        for recording in members:
            assigned[recording.key] = fold_of[recording.group]
    return assigned


def hold_out(recordings: Sequence[Recording], folds: int) -> tuple[dict[str, int], list[set[str]]]:
    """Return the fold of each judged recording, and what each network must not hear.

    The last of the ``folds + 1`` networks hears everything: it is the one to export.
    """
    # emomusic's few songs, and what nobody rated, are trained on always and judged never.
    judged = [
        r
        for r in recordings
        if r.dataset not in (*CROSS_CORPUS, "emomusic") and r.ratings.kind != "none"
    ]
    fold_of = assign_folds(judged, folds) if judged else {}
    foreign = {r.key for r in recordings if r.dataset in CROSS_CORPUS}
    held: list[set[str]] = [
        foreign | {key for key, other in fold_of.items() if other == fold} for fold in range(folds)
    ]
    return fold_of, [*held, set()]
