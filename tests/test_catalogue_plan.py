"""The plan of a catalogue: arithmetic, and what the page says of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.catalogue_plan import Catalogue, Rates, describe, plan, read_rates

PAGE = Path(__file__).parents[1] / "docs" / "catalogues.md"
RATES = Rates(
    worked_ms=1.0,
    row_bytes=20.0,
    scheduler_ms=10.0,
    handing_ms=1.0,
    rows_per_s=1e6,
    hash_mb_per_s=1000.0,
)


def test_a_plan_is_what_a_hand_works_out() -> None:
    """A million tracks of 100 s and 80 kbit/s: a megabyte, a tenth of a second and 200 rows
    each."""
    planned = plan(Catalogue(tracks=1e6, minutes=100 / 60, kbit_per_s=80.0, core_hour=0.1), RATES)
    assert planned.sound_h == pytest.approx(1e8 / 3600)
    assert planned.read_tb == pytest.approx(1.0)
    assert planned.core_h == pytest.approx(1e5 / 3600)
    assert planned.tracks_per_core_s == pytest.approx(10.0)
    assert planned.read_mb_per_core_s == pytest.approx(10.0)
    assert planned.rows == pytest.approx(2e8)
    assert planned.table_tb == pytest.approx(0.004)
    assert planned.cores_per_scheduler == pytest.approx(10.0)
    assert planned.resume_core_h == pytest.approx(1000 / 3600)
    assert planned.compute_price == pytest.approx(1e4 / 3600)
    assert planned.hours(10) == pytest.approx(1e4 / 3600)
    assert planned.read_gb_per_s(100) == pytest.approx(1.0)
    assert (planned.runs(1), planned.runs(10), planned.runs(11)) == (1, 1, 2)


def test_who_writes_the_tables_may_be_what_is_waited_for() -> None:
    """The slower of scheduler and writer bounds what one run feeds."""
    slow = replace(RATES, rows_per_s=2000.0, handing_ms=100.0)
    planned = plan(Catalogue(tracks=1e6, minutes=100 / 60, kbit_per_s=80.0), slow)
    assert planned.cores_per_scheduler == pytest.approx(0.5)


def test_the_page_has_the_plan_of_the_last_measurement() -> None:
    """Figures that were measured and a table that was not written would contradict each other."""
    assert describe(Catalogue(), read_rates()) in PAGE.read_text(encoding="utf-8")
