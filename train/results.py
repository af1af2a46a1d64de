"""The page of results: where every system stands, in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train.compare import Standing
from train.judge import MARKS, Scores
from train.systems.base import System

OURS = "**ours, causal**"
UNKNOWN = "–"

CEILING = (
    "raters themselves (square root of the split-half reliability)",
    {
        ("emotify", "arousal_r"): 0.975,
        ("emotify", "valence_r"): 0.927,
        ("vgmidi", "arousal_r"): 0.980,
        ("vgmidi", "valence_r"): 0.975,
        ("vgmidi", "arousal_within_r"): 0.819,
        ("vgmidi", "valence_within_r"): 0.825,
    },
)

DISTRIBUTIONS = (
    ("emotify", "amd", "emotify AMD"),
    ("emotify", "kl", "emotify KL"),
    ("vgmidi", "amd", "vgmidi AMD"),
    ("emotify", "arousal_coverage_68", "emotify arousal 68 %"),
    ("emotify", "arousal_coverage_95", "95 %"),
    ("emotify", "valence_coverage_68", "emotify valence 68 %"),
    ("emotify", "valence_coverage_95", "95 %"),
)


@dataclass(frozen=True)
class Results:
    """All that stands on the page.

    Attributes:
        systems: in the order of the tables.
        standings: by the systems' names.
        ours: standing and its deviation over seeds; None where no run was given.
        ear_microseconds: what describing 500 ms of sound takes, by the name of the ear.
        step_microseconds: what our exported model takes for 500 ms.
    """

    systems: Sequence[System]
    standings: Mapping[str, Standing]
    ours: tuple[Standing, Standing] | None
    ear_microseconds: Mapping[str, float]
    step_microseconds: float = float("nan")

    def rows(self) -> dict[str, Standing]:
        """Return standings that have any score, ours last."""
        known = {s.name: self.standings[s.name] for s in self.systems if s.name in self.standings}
        rows = {name: standing for name, standing in known.items() if standing.scores}
        return rows | ({OURS: self.ours[0]} if self.ours else {})


def number(value: float | None, digits: int = 2) -> str:
    """Return a number as it stands in a table; a dash where there is none."""
    return UNKNOWN if value is None or not np.isfinite(value) else f"{value:.{digits}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def mark_names() -> list[str]:
    """Return the heads of the columns of the marks."""
    return [f"{name} {key.replace('_', ' ')}" for name, key, _ in MARKS]


def marks_table(rows: Mapping[str, Mapping[str, Scores]], suffix: str = "") -> str:
    """Return the marks of every system, with the mark and the raters' own as last rows.

    Args:
        rows: scores by dataset, by system.
        suffix: ``"_mean"`` writes the mean over folds ± its deviation; nothing the pooled.
    """
    lines = []
    for system, scores in rows.items():
        cells = []
        for name, key, _ in MARKS:
            s = scores.get(name, {})
            cell = number(s.get(f"{key}{suffix}"))
            spread = number(s.get(f"{key}_sd")) if suffix else UNKNOWN
            cells.append(cell if UNKNOWN in (cell, spread) else f"{cell} ± {spread}")
        lines.append([system, *cells])
    lines.append(["mark", *(f"{mark:.2f}" for _, _, mark in MARKS)])
    name, ceiling = CEILING
    lines.append([name, *(number(ceiling.get(mark[:2])) for mark in MARKS)])
    return table(["system", *mark_names()], lines)


def costs_table(results: Results) -> str:
    """Return what each system needs: parameters, time, and whether it can run live."""
    lines = []
    for system in results.systems:
        standing = results.standings.get(system.name)
        if standing is None or not standing.scores:
            continue
        ear = results.ear_microseconds.get(system.ear)
        lines.append(
            [
                system.name,
                system.source,
                f"{standing.parameters:,}",
                "live" if system.live else "yes" if system.causal else "no",
                number(standing.seconds, 1),
                number(ear, 0),
                number(standing.microseconds, 0),
                _reaction(standing),
            ]
        )
    if results.ours:
        ours = results.ours[0]
        lines.append(
            [
                OURS,
                "this project",
                f"{ours.parameters:,}" if ours.parameters else UNKNOWN,
                "live",
                number(ours.seconds, 1),
                number(results.ear_microseconds.get("log-mel"), 0),
                number(results.step_microseconds, 0),
                _reaction(ours),
            ]
        )
    head = ["system", "source", "parameters", "causal", "seconds of fitting"]
    head += ["µs to describe 500 ms", "µs to estimate", "seconds to follow a jump"]
    return table(head, lines)


def _reaction(standing: Standing) -> str:
    return number(float(np.median(standing.reactions_s)), 1) if standing.reactions_s else UNKNOWN


def distributions_table(results: Results) -> str:
    """Return distances between distributions and the coverage of the bands."""
    lines = [
        [system, *(number(s.scores.get(name, {}).get(key)) for name, key, _ in DISTRIBUTIONS)]
        for system, s in results.rows().items()
    ]
    return table(["system", *(head for _, _, head in DISTRIBUTIONS)], lines)


def seeds_sentence(ours: tuple[Standing, Standing] | None) -> str:
    """Return how far our scores differ between seeds."""
    if ours is None:
        return "Ours was not part of this run."
    standing, spread = ours
    if standing.seeds < 2:
        return "Ours is of one seed, as all others are."
    values = [
        spread.scores[name][key]
        for name, key, _ in MARKS
        if key in spread.scores.get(name, {}) and np.isfinite(spread.scores[name][key])
    ]
    return (
        f"Ours is the mean of {standing.seeds} seeds, whose standard deviation is "
        f"{np.mean(values):.3f} on average over the marks and {max(values):.3f} at most; all "
        "others are of one seed."
    )


def unmeasured(results: Results) -> str:
    """Return which systems lack which sets, as lines of a list."""
    sets = tuple(dict.fromkeys(name for name, _, _ in MARKS))
    lacking: dict[str, list[str]] = {}
    for system in results.systems:
        standing = results.standings.get(system.name)
        scored = standing.scores if standing else {}
        missing = ", ".join(name for name in sets if name not in scored)
        if missing:
            lacking.setdefault(missing, []).append(system.name)
    lines = [f"- on {missing}: {'; '.join(names)}" for missing, names in lacking.items()]
    return "\n".join(lines) or "- nothing: all systems were measured on all sets"


PAGE = """# Results

Every system over the same five folds by artist, series or song. Written by
`python -m train compare`, which keeps each piece (system, set, fold, seed), can be stopped and
goes on; `--minutes` bounds it. r is Pearson's, signs are accuracies. A dash is what is not defined
or was not measured; the last section says what is still to be measured.

![Systems and marks](img/results.png)

## Mean ± standard deviation over folds

{folds}

The systems above ours are fitted to each set by itself, which favours them; for grekow, to
emotify. Those that are not causal hear a whole recording (vgmidi: a whole measure; the CRNN its
window) before they say a word. Ours is one causal model fitted to all sets but grekow, and its
value of a song is the mean of what it said while the song went on. {seeds}

The raters' row is what a perfect model could reach; for sets without single ratings it is not
known.

## All held-out recordings together

{pooled}

For grekow, on which nothing is trained, these are the means over the five fits again.

## Across sets

Trained on all other sets together, scored on this one; systems that are fitted in a second, and
ours where it was not trained on the set. One of the former without a row is still to be measured.

{across}

## Distributions

Average mean distance and KL divergence (Schmidt and Kim's measures, 0 is perfect; KL against the
spread between raters, which is known for every recording of emotify alone), and the share of
ratings inside the predicted 68 % and 95 % bands. Except for ours and the DBN, which estimate it,
the spread is that of the errors in training.

{distributions}

## What they need

Parameters of the largest fit, principal components and support vectors counted; "live" can be
exported and run by the tracker. Seconds of processor time for fitting all sets that were
measured, one fold each, sound already described (ours: wall time of six networks at once).
Microseconds on one core, for describing 500 ms and for estimating from the description. The
last column is the median time until 63 % of the way after a jump from a calm to an excited
recording of panda4q.

{costs}

## What differs from the papers

Everything is fitted on two processors in under an hour, so the networks get far fewer updates
than in the papers; each file in `train/systems/` says what else differs. With more time their rows
would rise: read them as what the method gives at this cost. A causal system runs live after

```
python -m train system "LSTM on MFCC" --out models/lstm.onnx
realtime-mer --model models/lstm.onnx
```

(that one is in `models/`, fitted to all sets; as with ours, its weights are for research use).

## Not measured yet

The same command goes on with these:

{unmeasured}
"""


def write_page(path: Path, results: Results) -> None:
    """Write the page, and the picture beside it in ``img/``."""
    from train.results_plot import plot_results

    rows = results.rows()
    scores = {name: standing.scores for name, standing in rows.items()}
    across = {name: standing.across for name, standing in rows.items() if standing.across}
    text = PAGE.format(
        unmeasured=unmeasured(results),
        folds=marks_table(scores, "_mean"),
        pooled=marks_table(scores),
        across=marks_table(across),
        distributions=distributions_table(results),
        costs=costs_table(results),
        seeds=seeds_sentence(results.ours),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    plot_results(scores, path.parent / "img" / "results.png")
