"""The picture of the results: one panel a mark, one line a system."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from train.judge import MARKS, Scores
from train.plots import COLOURS, _figure, _save

COLUMNS = 7
GREY = "#7a7a7a"


def plot_results(rows: Mapping[str, Mapping[str, Scores]], out: Path) -> None:
    """Draw each system's mean over folds, ± one deviation, on every mark.

    Args:
        rows: scores by dataset, by system; names in bold (``**ours**``) stand out.
        out: the PNG.
    """
    names = list(rows)
    lines = -(-len(MARKS) // COLUMNS)
    figure, axes = _figure(lines, COLUMNS, (17, lines * (0.2 * len(names) + 1.1)))
    for number, axis in enumerate(axes.flat):
        if number >= len(MARKS):
            axis.set_visible(False)
            continue
        dataset, key, mark = MARKS[number]
        for row, name in enumerate(names):
            s = rows[name].get(dataset, {})
            mean, sd = s.get(f"{key}_mean", s.get(key, np.nan)), s.get(f"{key}_sd", np.nan)
            if not np.isfinite(mean):
                continue
            colour = COLOURS[0] if name.startswith("**") else COLOURS[1]
            axis.errorbar(
                mean, row, xerr=sd if np.isfinite(sd) else None,
                fmt="o", markersize=4, color=colour, elinewidth=1,
            )  # fmt: skip
        axis.axvline(mark, color=GREY, linestyle="--", linewidth=0.9)
        axis.set_title(f"{dataset}\n{key.replace('_', ' ')}", fontsize=9)
        axis.set_ylim(len(names) - 0.4, -0.6)
        axis.grid(axis="x", alpha=0.3)
        axis.tick_params(labelsize=7)
        axis.set_yticks(range(len(names)))
        first = number % COLUMNS == 0
        axis.set_yticklabels([name.strip("*") for name in names] if first else [])
    figure.suptitle("mean over folds ± one standard deviation; dashed: the mark", fontsize=10)
    out.parent.mkdir(parents=True, exist_ok=True)
    _save(figure, out)
