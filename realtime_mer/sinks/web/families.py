"""The text format of Prometheus, version 0.0.4: families of samples, each with help and type.

The grammar: prometheus.io/docs/instrumenting/exposition_formats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from realtime_mer.histogram import Histogram

PREFIX = "realtime_mer_"

Labels = Mapping[str, str]


class Families:
    """Collects families in order; :meth:`text` has them all."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def gauge(self, name: str, text: str, value: float, labels: Labels | None = None) -> None:
        """Add a value that rises and falls."""
        self._head(name, "gauge", text)
        self._sample(name, value, labels)

    def gauges(self, name: str, text: str, label: str, values: Mapping[str, float]) -> None:
        """Add values that rise and fall, one for each value of a label."""
        self._head(name, "gauge", text)
        for each, value in values.items():
            self._sample(name, value, {label: each})

    def counter(self, name: str, text: str, value: float) -> None:
        """Add a value that only rises; its name ends in ``_total``."""
        self._head(name, "counter", text)
        self._sample(name, value)

    def states(self, name: str, text: str, states: tuple[str, ...], state: str) -> None:
        """Add one sample for each state, 1 for the one that is."""
        self._head(name, "gauge", text)
        for each in states:
            self._sample(name, each == state, {"state": each})

    def histogram(self, name: str, text: str, histogram: Histogram) -> None:
        """Add how many were at most each bound, their sum and their count."""
        self._head(name, "histogram", text)
        counts, total = histogram.cumulative(), histogram.sum
        for bound, count in zip((*histogram.bounds, float("inf")), counts, strict=True):
            self._sample(f"{name}_bucket", count, {"le": f"{bound:g}".replace("inf", "+Inf")})
        self._sample(f"{name}_sum", total)
        self._sample(f"{name}_count", counts[-1])

    def text(self) -> str:
        """Return everything."""
        return "".join(f"{line}\n" for line in self._lines)

    def _head(self, name: str, kind: str, text: str) -> None:
        said = text.replace("\\", "\\\\").replace("\n", "\\n")
        self._lines += [f"# HELP {PREFIX}{name} {said}", f"# TYPE {PREFIX}{name} {kind}"]

    def _sample(self, name: str, value: float, labels: Labels | None = None) -> None:
        pairs = ",".join(f'{key}="{_escape(word)}"' for key, word in (labels or {}).items())
        # A whole number is written in full: a counter that is rounded stands still.
        number = f"{value:.0f}" if float(value).is_integer() else f"{value:.7g}"
        number = "NaN" if math.isnan(value) else number
        self._lines.append(f"{PREFIX}{name}{{{pairs}}} {number}" if pairs else
                           f"{PREFIX}{name} {number}")  # fmt: skip


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
