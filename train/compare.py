"""All systems over the same folds, and across sets: where everyone stands."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from train.datasets.base import Recording
from train.folds import CROSS_CORPUS, hold_out
from train.judge import MARKS, Scores, judge
from train.pieces import Piece, piece, piece_path
from train.predict import Series
from train.systems.base import Lesson, System

JUDGED = tuple(dict.fromkeys(mark[0] for mark in MARKS))
TRAINED_FOR_GREKOW = "emotify"  # the set a system learns from to be judged on grekow


@dataclass
class Standing:
    """Where a system stands.

    Attributes:
        scores: by dataset, of all held-out recordings together; ``NAME_mean`` and
            ``NAME_sd`` are mean and standard deviation over the folds. For sets nobody
            trains on, the plain scores are the mean over folds too.
        across: by dataset, trained on the other sets together and on none of this one.
        parameters: fitted values, the most of any fold.
        seconds: of fitting, all sets, one fold.
        microseconds: of estimating 500 ms from described sound, median of the pieces.
        reactions_s: seconds to follow a jump from calm to excited.
        seeds: how many seeds the scores are the mean of.
    """

    scores: dict[str, Scores] = field(default_factory=dict)
    across: dict[str, Scores] = field(default_factory=dict)
    parameters: int = 0
    seconds: float = 0.0
    microseconds: float = float("nan")
    reactions_s: list[float] = field(default_factory=list)
    seeds: int = 1


def score(recordings: list[Recording], series: Mapping[str, Series], scale: float) -> Scores:
    """Return the scores of recordings, without warnings of what a constant has not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return judge(recordings, series, scale)


def over_folds(each: Sequence[Scores], pooled: Scores | None) -> Scores:
    """Return pooled scores with mean and standard deviation over folds beside them."""
    result: Scores = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a score that no fold has
        for key in each[0]:
            values = np.array([scores[key] for scores in each])
            result[f"{key}_mean"] = float(np.nanmean(values))
            result[f"{key}_sd"] = float(np.nanstd(values))
            result[key] = result[f"{key}_mean"] if pooled is None else pooled[key]
    return result


def _effort(system: System) -> tuple[int, bool]:
    return system.effort, system.pretrained


class Comparison:
    """Recordings, folds and the cache that all systems share.

    Args:
        recordings: of all sets.
        scales: factor from each set's ratings to the common scale.
        folds: their number.
        folder: of the pieces.
        unlabelled: music for systems that are pre-trained.
        seed: of all systems.
        deadline_s: of :func:`time.monotonic`; no piece is begun after it, what is on disk counts.
        report: told of each piece that is done.
    """

    def __init__(
        self,
        recordings: list[Recording],
        scales: Mapping[str, float],
        folds: int,
        folder: Path,
        *,
        unlabelled: Sequence[Recording] = (),
        seed: int = 0,
        deadline_s: float = float("inf"),
        report: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.recordings = recordings
        self.scales = scales
        self.folds = folds
        self.folder = folder
        self.unlabelled = unlabelled
        self.seed = seed
        self.deadline_s = deadline_s
        self.report = report
        self.fold_of, _ = hold_out(recordings, folds)
        present = {r.dataset for r in recordings}
        self.sets = [
            name
            for name in JUDGED
            if name in present and (name not in CROSS_CORPUS or TRAINED_FOR_GREKOW in present)
        ]

    def tasks(self, systems: Sequence[System]) -> list[tuple[System, str, bool]]:
        """Return what is to be done, in the order in which it is: system, set, across sets.

        Set by set for all systems, so that a comparison that is stopped has whole columns;
        systems of which there are many alike come last.
        """
        trained = [name for name in self.sets if name not in CROSS_CORPUS]
        first = [s for s in systems if s.effort < 2]
        tasks = [(s, name, False) for name in trained for s in sorted(first, key=_effort)]
        if len(self.sets) > 1:
            tasks += [(s, name, True) for s in first if s.effort == 0 for name in self.sets]
        last = [s for s in systems if s.effort == 2]
        return tasks + [(s, name, False) for name in trained for s in last]

    def pieces(self, systems: Sequence[System]) -> int:
        """Return how many pieces a comparison has."""
        return sum(1 if across else self.folds for _, _, across in self.tasks(systems))

    def run(self, systems: Sequence[System]) -> dict[str, Standing]:
        """Return where systems stand; what time did not suffice for is left out."""
        standings = {system.name: Standing() for system in systems}
        speeds: dict[str, list[float]] = {system.name: [] for system in systems}
        for system, name, across in self.tasks(systems):
            standing = standings[system.name]
            if across:
                scores = self._across(system, name)
                if scores is not None:
                    standing.across[name] = scores
                continue
            pieces = self._folds(system, name)
            if pieces is None:
                continue
            standing.scores[name] = self._scores(name, pieces)
            if name == TRAINED_FOR_GREKOW:
                for foreign in (n for n in self.sets if n in CROSS_CORPUS):
                    standing.scores[foreign] = self._scores(foreign, pieces)
            standing.seconds += float(np.mean([p.seconds for p in pieces]))
            standing.parameters = max(standing.parameters, *(p.parameters for p in pieces))
            speeds[system.name] += [p.microseconds for p in pieces if np.isfinite(p.microseconds)]
            standing.reactions_s += [float(s) for p in pieces for s in p.reactions_s]
        for name, known in speeds.items():
            if known:
                standings[name].microseconds = float(np.median(known))
        return standings

    def _members(self, name: str) -> list[Recording]:
        return [r for r in self.recordings if r.dataset == name]

    def _piece(
        self, system: System, learned: list[Recording], judged: list[Recording], what: str
    ) -> Piece | None:
        unlabelled = self.unlabelled if system.pretrained else ()
        lesson = Lesson(learned, self.scales, self.seed, unlabelled)
        known = piece_path(system, lesson, judged, self.folder).is_file()
        if not known and time.monotonic() > self.deadline_s:
            return None
        done = piece(system, lesson, judged, self.folder)
        self.report(f"{system.name}: {what}")
        return done

    def _folds(self, system: System, name: str) -> list[Piece] | None:
        """Return a set's pieces, one a fold; each is asked about sets nobody trains on too."""
        members = self._members(name)
        foreign = [
            r
            for r in self.recordings
            if r.dataset in CROSS_CORPUS and r.dataset in self.sets and name == TRAINED_FOR_GREKOW
        ]
        pieces = []
        for fold in range(self.folds):
            judged = [r for r in members if self.fold_of[r.key] == fold] + foreign
            learned = [r for r in members if self.fold_of[r.key] != fold]
            done = self._piece(system, learned, judged, f"{name}, fold {fold + 1}")
            if done is None:
                return None
            pieces.append(done)
        return pieces

    def _scores(self, name: str, pieces: list[Piece]) -> Scores:
        members, scale = self._members(name), self.scales.get(name, 1.0)
        if name in CROSS_CORPUS:
            return over_folds([score(members, p.series, scale) for p in pieces], None)
        each = []
        for fold, piece_of_fold in enumerate(pieces):
            judged = [r for r in members if self.fold_of[r.key] == fold]
            each.append(score(judged, piece_of_fold.series, scale))
        merged = {key: series for p in pieces for key, series in p.series.items()}
        return over_folds(each, score(members, merged, scale))

    def _across(self, system: System, name: str) -> Scores | None:
        """Return a set's scores of a system that learned from all other sets."""
        judged = self._members(name)
        others = [r for r in self.recordings if r.dataset != name and r.ratings.kind != "none"]
        done = self._piece(system, others, judged, f"{name}, from the other sets")
        return None if done is None else score(judged, done.series, self.scales.get(name, 1.0))
