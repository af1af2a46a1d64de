"""What a catalogue asks for: bytes, cores, hours and money, from measured rates.

``python -m benchmarks.catalogue_plan --tracks 1000000 --minutes 3.5`` plans another one; the
prices are assumptions, each to be given by a flag as well.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, fields
from pathlib import Path

from benchmarks.timing import table

FIGURES = Path(__file__).parent / "catalogue_figures.json"
"""Where ``benchmarks.catalogue`` leaves what it measured."""


@dataclass(frozen=True)
class Rates:
    """What was measured, for one core; a core is what an operating system calls one.

    Attributes:
        worked_ms: processor time for a second of sound, decoding included.
        row_bytes: of the tables, for each estimate.
        scheduler_ms: processor time of a Dask scheduler for a task.
        handing_ms: processor time for a task of the process that hands out the work.
        rows_per_s: estimates that the same process writes to tables in a second of its own.
        hash_mb_per_s: content of files that are known already.
    """

    worked_ms: float
    row_bytes: float
    scheduler_ms: float
    handing_ms: float
    rows_per_s: float
    hash_mb_per_s: float


@dataclass(frozen=True)
class Catalogue:
    """What there is, and what it costs; all of it assumed.

    Attributes:
        tracks: number of files.
        minutes: length of each.
        kbit_per_s: of its encoding.
        core_hour: price of a core for an hour.
        terabyte_month: price of keeping a terabyte for a month.
        million_requests: price of reading a million objects from a store.
        terabyte_out: price of a terabyte that leaves the cloud it lies in.
    """

    tracks: float = 1e8
    minutes: float = 4.0
    kbit_per_s: float = 256.0
    core_hour: float = 0.04
    terabyte_month: float = 23.0
    million_requests: float = 0.4
    terabyte_out: float = 70.0


@dataclass(frozen=True)
class Plan:
    """What follows from a catalogue and the rates.

    Attributes:
        sound_h: hours of sound.
        read_tb: terabytes to read.
        core_h: core hours.
        tracks_per_core_s: files that a core does in a second.
        read_mb_per_core_s: megabytes that a core reads in a second.
        rows: estimates.
        table_tb: terabytes of tables.
        cores_per_scheduler: cores that one run (a scheduler and a writer) keeps busy.
        resume_core_h: core hours to find that everything is done.
        compute_price, request_price, table_price_month, out_price: what it costs.
    """

    sound_h: float
    read_tb: float
    core_h: float
    tracks_per_core_s: float
    read_mb_per_core_s: float
    rows: float
    table_tb: float
    cores_per_scheduler: float
    resume_core_h: float
    compute_price: float
    request_price: float
    table_price_month: float
    out_price: float

    def hours(self, cores: float) -> float:
        """How long so many cores take, where storage keeps up."""
        return self.core_h / cores

    def read_gb_per_s(self, cores: float) -> float:
        """What storage and network must then give, in gigabytes a second."""
        return self.read_mb_per_core_s * cores / 1e3

    def runs(self, cores: float) -> int:
        """How many runs side by side feed so many cores."""
        return max(1, -int(-cores // self.cores_per_scheduler))


def plan(catalogue: Catalogue, rates: Rates) -> Plan:
    """Work out what a catalogue asks for."""
    track_s = 60.0 * catalogue.minutes
    track_mb = track_s * catalogue.kbit_per_s / 8e3
    work_s = track_s * rates.worked_ms / 1e3
    rows = catalogue.tracks * track_s * 2.0
    read_tb = catalogue.tracks * track_mb / 1e6
    table_tb = rows * rates.row_bytes / 1e12
    writing_s = rates.handing_ms / 1e3 + 2.0 * track_s / rates.rows_per_s
    tracks_per_s = min(1e3 / rates.scheduler_ms, 1.0 / writing_s)
    core_h = catalogue.tracks * work_s / 3600.0
    return Plan(
        sound_h=catalogue.tracks * track_s / 3600.0,
        read_tb=read_tb,
        core_h=core_h,
        tracks_per_core_s=1.0 / work_s,
        read_mb_per_core_s=track_mb / work_s,
        rows=rows,
        table_tb=table_tb,
        cores_per_scheduler=tracks_per_s * work_s,
        resume_core_h=read_tb * 1e6 / rates.hash_mb_per_s / 3600.0,
        compute_price=core_h * catalogue.core_hour,
        request_price=2.0 * catalogue.tracks / 1e6 * catalogue.million_requests,
        table_price_month=table_tb * catalogue.terabyte_month,
        out_price=read_tb * catalogue.terabyte_out,
    )


def describe(catalogue: Catalogue, rates: Rates) -> str:
    """Return a plan as two tables of Markdown."""
    planned = plan(catalogue, rates)
    work = f"{count(planned.core_h)} core hours, {planned.tracks_per_core_s:.1f} tracks a second"
    again = f"{count(planned.resume_core_h)} core hours, {amount(planned.read_tb)} TB read again"
    out = f"{money(planned.out_price)}; 0 where the workers are in it"
    asked = [
        ["sound", f"{count(planned.sound_h)} hours"],
        ["to read", f"{amount(planned.read_tb)} TB"],
        ["work", f"{work} and core"],
        ["tables", f"{count(planned.rows)} rows, {amount(planned.table_tb)} TB"],
        ["cores that one run feeds", f"{count(planned.cores_per_scheduler)}"],
        ["to find that all is done", again],
        ["processors", money(planned.compute_price)],
        ["requests to the store", money(planned.request_price)],
        ["keeping the tables", f"{money(planned.table_price_month)} a month"],
        ["sound that leaves its cloud", out],
    ]
    sizes = [
        [
            f"{cores:,}",
            duration(planned.hours(cores)),
            f"{amount(planned.read_gb_per_s(cores))} GB/s",
            count(planned.runs(cores)),
        ]
        for cores in (16, 64, 256, 1024, 4096)
    ]
    return "\n\n".join(
        [
            table(["what", "how much"], asked),
            table(["cores", "time", "to be read", "runs side by side"], sizes),
        ]
    )


def count(number: float) -> str:
    """Write a number in two or three digits, with words for what is large.

    >>> count(7_733), count(4.8e10), count(16)
    ('7,730', '48 billion', '16')
    """
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {word}"
    digits = max(0, len(str(round(number))) - 3)
    return f"{round(number, -digits):,.0f}"


def amount(number: float) -> str:
    """Write terabytes or gigabytes in two digits, or whole."""
    return f"{number:.2g}" if number < 10 else f"{number:,.0f}"


def money(dollars: float) -> str:
    """Write a price."""
    return f"{count(dollars)} USD" if dollars >= 1 else "under 1 USD"


def duration(hours: float) -> str:
    """Write a length of time.

    >>> duration(0.5), duration(7.7), duration(483)
    ('30 min', '7.7 h', '20 days')
    """
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.0f} days"


def read_rates(path: Path = FIGURES) -> Rates:
    """Return what was measured last."""
    return Rates(**json.loads(path.read_text())["rates"])


def main() -> None:
    """Plan the catalogue that the flags describe."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for entry in fields(Catalogue):
        flag = f"--{entry.name.replace('_', '-')}"
        parser.add_argument(flag, type=float, default=entry.default, help="default: %(default)s")
    print(describe(Catalogue(**vars(parser.parse_args())), read_rates()))


if __name__ == "__main__":
    main()
