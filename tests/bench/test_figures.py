"""Figures, their words, and what is made of them."""

from __future__ import annotations

import itertools
import json

import pytest

from realtime_mer.bench.figures import Figure, durations_s, figure_ms, in_words
from realtime_mer.bench.report import record, table
from realtime_mer.bench.verdict import LIMITS, verdict


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0123456, "ms", "0.0123 ms"),
        (1234.5, "", "1,230"),
        (9.999, "ms", "10 ms"),
        (62.04, "MB", "62 MB"),
        (0.0, "s", "0 s"),
        (None, "s", ""),
    ],
)
def test_three_digits_are_said(value: float | None, unit: str, words: str) -> None:
    """Numbers are written as far as they mean anything, with their unit."""
    assert in_words(value, unit) == words


def test_durations_leave_the_first_out_and_last_as_long_as_asked() -> None:
    """Compiling does not count; a slow thing is still run five times."""
    runs: list[int] = []
    found = durations_s(lambda: runs.append(1), seconds=0.0)
    assert len(found) == 5
    assert len(runs) == 6
    ticks = itertools.count()
    found = durations_s(lambda: None, seconds=30.0, clock=lambda: float(next(ticks)))
    assert found == [1.0] * len(found)
    assert 5 < len(found) < 30


def test_percentiles_are_in_milliseconds_of_one_part() -> None:
    """A hundred durations of two parts each give the quantiles of one."""
    figure = figure_ms("key", "what", [0.002 * n for n in range(1, 101)], parts=2)
    assert figure.median == pytest.approx(50.5)
    assert figure.p95 == pytest.approx(95.05)
    assert figure.p99 == pytest.approx(99.01)
    assert figure.count == 100


def test_what_was_not_measured_is_said_so() -> None:
    """No number stands where there is none, in the table as in the record."""
    missing = Figure("model_cuda_1", "model on the GPU", "ms", None, note="no GPU")
    assert missing.cells() == ["not measured", "", ""]
    said = json.loads(json.dumps(record([missing], "mer")))
    assert said["figures"][0]["median"] is None
    assert said["model"] == "mer"
    assert said["machine"]["cores"] >= 1


@pytest.mark.parametrize(("width", "columns"), [(80, 4), (160, 5)])
def test_narrow_terminals_are_spared_the_notes(width: int, columns: int) -> None:
    """How something was measured is told where there is room."""
    made = table([Figure("a", "b", "ms", 1.0)], "mer", width)
    assert len(made.columns) == columns


def figures(**values: float) -> list[Figure]:
    """Return figures that a show depends on, a thousandth of what they may be or as given."""
    return [
        Figure(key, key, "ms", values.get(key, limit / 1000)) for key, (limit, _) in LIMITS.items()
    ]


@pytest.mark.parametrize("key", LIMITS)
def test_what_takes_most_of_its_share_limits(key: str) -> None:
    """Good or not, the sentence names the figure that is nearest to its limit."""
    limit, name = LIMITS[key]
    good = verdict(figures(**{key: limit / 4}))
    assert good.startswith("This machine is good enough for a show")
    assert name in good
    assert "4 times" in good
    bad = verdict(figures(**{key: limit * 2}))
    assert bad.startswith("This machine is not good enough for a show")
    assert name in bad
    for sentence in (good, bad):
        assert sentence.endswith(".")
        assert ". " not in sentence


def test_the_worst_of_a_hundred_counts() -> None:
    """A latency that is good in the middle and bad at its end is bad for a show."""
    slow = Figure("latency", "latency", "ms", 1.0, 5.0, 60.0, 100)
    assert "not good enough" in verdict([*figures(), slow])
    assert verdict([]) == "Nothing was measured that a show depends on."
