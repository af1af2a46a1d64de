"""Seeded folds whose groups never stand on both sides."""

from __future__ import annotations

from collections import Counter

import numpy as np

from realtime_mer.errors import UserError
from train.datasets.base import Recording


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
