"""Systems that hear a whole span (a recording, or a measure of one) before they speak."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime_mer.frontend import FRONT_END
from train.datasets.base import Recording
from train.predict import Series
from train.systems.base import Float32, Lesson
from train.systems.ears import Ear

Describe = Callable[[Recording], Float32]
Regressor = Callable[[int], Any]

STEP_S = FRONT_END.frames_per_step / FRONT_END.hops_per_s
MOST_SPANS = 1_500  # of one set; vgmidi's 9,000 measures would take support vectors minutes


def in_spans(
    recording: Recording, values: Float32, times_s: NDArray[np.float64], *, spread: bool = True
) -> Float32:
    """Return mean, and spread, of what was described inside each span.

    Args:
        recording: whose spans are meant.
        values: one row for each time, ``[n, F]``.
        times_s: rising, ``[n]``. A span without any takes the nearest.
        spread: whether to add the standard deviation within the span.

    Returns:
        ``[spans, 2 * F]``, or ``[spans, F]``.
    """
    rows = []
    for start_s, end_s in recording.ratings.spans_s:
        first, last = np.searchsorted(times_s, [start_s, end_s])
        if first == last:
            first = min(first, len(values) - 1)
            last = first + 1
        inside = values[first:last]
        rows.append(np.concatenate([inside.mean(0), inside.std(0)]) if spread else inside.mean(0))
    return np.array(rows, np.float32)


def of_spans(ear: Ear, *, spread: bool = True) -> Describe:
    """Return a description of spans by mean, and spread, of what an ear hears in them."""

    def describe(recording: Recording) -> Float32:
        heard = ear(recording)
        middles = heard.time_s - STEP_S / 2
        return in_spans(recording, heard.values, middles, spread=spread)

    return describe


class SpanModel:
    """One regressor for each dimension, fitted to described spans.

    Args:
        describe: gives the features of a recording's spans, ``[spans, F]``.
        models: fitted regressors.
        std: standard deviation of their errors, ``[D]``.
    """

    def __init__(self, describe: Describe, models: list[Any], std: NDArray[np.float64]) -> None:
        self._describe = describe
        self._models = models
        self._std = std
        self.parameters = sum(count_values(model) for model in models)

    def estimate(self, recording: Recording) -> Series:
        """Return one estimate for each span, as if it were given in the span's middle."""
        features = self._describe(recording)
        mean = np.stack([model.predict(features) for model in self._models], 1)
        spans = recording.ratings.spans_s
        # What holds for a whole recording is said after any settling.
        middle = np.where(np.isfinite(spans[:, 1]), spans.mean(1), 1e6)
        std = np.tile(self._std.astype(np.float32), (len(mean), 1))
        return Series(middle + STEP_S / 2, mean.astype(np.float32), std)


@dataclass(frozen=True, slots=True)
class SpanFit:
    """Fits regressors to described spans, one a dimension.

    Attributes:
        hear: gives the features of a recording's spans, ``[spans, F]``.
        regressor: gives an unfitted scikit-learn regressor for a seed.
    """

    hear: Describe
    regressor: Regressor

    def __call__(self, lesson: Lesson) -> SpanModel:
        x, y = _table(lesson, self.hear)
        models, errors = [], []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of convergence: early stopping decides
            for d in range(y.shape[1]):
                models.append(self.regressor(lesson.seed).fit(x, y[:, d]))
                errors.append(float(np.std(models[d].predict(x) - y[:, d])) + 1e-3)
        return SpanModel(self.hear, models, np.array(errors))


def _table(lesson: Lesson, describe: Describe) -> tuple[Float32, Float32]:
    """Return features and targets, of each set at most :data:`MOST_SPANS` chosen at random."""
    generator = np.random.default_rng(lesson.seed)
    xs, ys = [], []
    for name in sorted({r.dataset for r in lesson.recordings}):
        members = [r for r in lesson.recordings if r.dataset == name]
        x = np.concatenate([describe(r) for r in members])
        y = np.concatenate([lesson.wanted(r) for r in members])
        if len(x) > MOST_SPANS:
            kept = np.sort(generator.choice(len(x), MOST_SPANS, replace=False))
            x, y = x[kept], y[kept]
        xs.append(x)
        ys.append(y)
    return np.concatenate(xs), np.concatenate(ys)


def count_values(model: Any) -> int:
    """Return how many fitted numbers a scikit-learn regressor or pipeline needs to speak."""
    parts = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    total = 0
    for part in parts:
        for name in (
            "mean_", "scale_", "components_", "coef_", "intercept_", "support_vectors_",
            "dual_coef_", "coefs_", "intercepts_", "constant_",
        ):  # fmt: skip
            if name == "coef_" and hasattr(part, "support_vectors_"):
                continue  # made of support vectors, and only there for linear kernels
            value = getattr(part, name, None)
            if value is not None:
                several = value if isinstance(value, list) else [value]
                total += sum(int(np.size(v)) for v in several)
    return total
