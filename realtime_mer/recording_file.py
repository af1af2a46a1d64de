"""Reading what ``--record`` and ``analyze`` write."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.recording import Recording, Row
from realtime_mer.rows import FIRST

SCHEMA = 1
"""Highest number of the JSONL format that is understood."""

Streams = dict[int, list[Estimate]]
"""Estimates of each stream by its number, 0 where a run had one alone."""


def read_recording(path: Path, stream: int | None = None) -> Recording:
    """Read a recording, JSONL or CSV.

    A last line that is cut off, as a crash leaves it, is left out.

    Args:
        path: of the file.
        stream: which one to read of a run that had several; its estimates come as if it had
            had no other.

    Raises:
        UserError: the file cannot be read, is none of these, is damaged before its last line,
            or has no estimate; the sentence names the line. It holds several streams and none
            was chosen, or the chosen one is not in it.
    """
    text = _read(path)
    lines = text.split("\n")
    whole = lines[:-1]  # what stands after the last line end is no whole line, or nothing
    rest = lines[-1].strip()
    if path.suffix.lower() == ".csv":
        return _read_csv(path, whole, rest, stream)
    return _read_jsonl(path, whole, rest, stream)


def _read(path: Path) -> str:
    if path.suffix.lower() not in (".jsonl", ".csv"):
        raise UserError(f"{path} is no recording: name a file that ends in .jsonl or .csv.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"There is no recording {path}: check the path.") from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(f"{path} cannot be read ({why}): check the path.") from None
    # A kill may cut a letter in two.
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


def _read_jsonl(path: Path, lines: Sequence[str], rest: str, stream: int | None) -> Recording:
    header: Row = {}
    estimates: Streams = {}
    dimensions: tuple[str, ...] = ()
    cut_off = False
    for number, line in _numbered(lines, rest):
        try:
            row = _parse(line)
            if number == 1 and "schema" in row:
                header = row
                _check_schema(path, header)
                continue
            if "arousal" not in row and "time_s" not in row:
                continue  # a kind of line that a later version may add
            dimensions = dimensions or _dimensions(row)
            _append(estimates, _estimate(row, dimensions))
        except _Damaged as error:
            if number > len(lines) or (number == len(lines) and not rest):
                cut_off = True
                break
            raise _damaged(path, number, error) from None
    chosen = _chosen(path, estimates, stream)
    return _recording(path, header, dimensions, chosen, cut_off)


def _read_csv(path: Path, lines: Sequence[str], rest: str, stream: int | None) -> Recording:
    table = list(_numbered(lines, rest))
    if not table:
        raise _empty(path)
    try:
        names = _cells(table[0][1])
        dimensions = _dimensions(dict.fromkeys(names))
    except _Damaged:
        raise UserError(
            f"{path} is no recording: its first line must name the columns time_s, arousal, "
            "valence, and so on, as --record FILE.csv writes it."
        ) from None
    estimates: Streams = {}
    cut_off = False
    for number, line in table[1:]:
        last = number > len(lines) or (number == len(lines) and not rest)
        try:
            cells = _cells(line)
            if number > len(lines):
                raise _Damaged("it does not end")  # its last number may be half a number
            if len(cells) != len(names):
                raise _Damaged(f"it has {len(cells)} cells for {len(names)} columns")
            row: dict[str, object] = dict(zip(names, cells, strict=True))
            _append(estimates, _estimate(row, dimensions))
        except _Damaged as error:
            if last:
                cut_off = True
                break
            raise _damaged(path, number, error) from None
    return _recording(path, {}, dimensions, _chosen(path, estimates, stream), cut_off)


class _Damaged(ValueError):
    """A line makes no sense; the text says why."""


def _numbered(lines: Sequence[str], rest: str) -> Iterable[tuple[int, str]]:
    """Lines that are not empty with their numbers from 1; what follows the last comes last."""
    whole = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    return [*whole, (len(lines) + 1, rest)] if rest else list(whole)


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error as error:
        raise _Damaged(str(error)) from None


def _parse(line: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise _Damaged("it is not JSON") from None
    if not isinstance(row, dict):
        raise _Damaged("it is not an object")
    return row


def _check_schema(path: Path, header: Row) -> None:
    schema = header["schema"]
    if not isinstance(schema, int) or schema > SCHEMA:
        raise UserError(
            f"{path} is of schema {schema}, newer than this program knows: update realtime-mer."
        )


def _dimensions(row: Row) -> tuple[str, ...]:
    found = tuple(name for name in row if f"{name}_std" in row)
    missing = [name for name in ("time_s", *FIRST) if name not in (*found, "time_s")]
    if missing or "time_s" not in row:
        raise _Damaged(f"it has no {(missing or ['time_s'])[0]}")
    return found


def _estimate(row: Row, dimensions: tuple[str, ...]) -> Estimate:
    time_s = _number(row, "time_s")
    means = tuple(_number(row, name) for name in dimensions)
    if beyond := [name for name, mean in zip(dimensions, means, strict=True) if abs(mean) > 1]:
        raise _Damaged(f"its {beyond[0]} is beyond -1 to 1")
    sequence = _number(row, "sequence") if "sequence" in row else time_s / STEP_S - 1.0
    raw = tuple(_number(row, f"raw_{name}") for name in dimensions if f"raw_{name}" in row)
    return Estimate(
        sequence=round(sequence),
        time_s=time_s,
        dimensions=dimensions,
        mean=means,
        std=tuple(_number(row, f"{name}_std") for name in dimensions),
        level_db=_number(row, "level_db"),
        active=bool(_number(row, "active")),
        raw_mean=raw if len(raw) == len(dimensions) else (),
        marks=_labels(row.get("marks", [])),
        stream=round(_number(row, "stream")) if "stream" in row else 0,
    )


def _labels(marks: object) -> tuple[str, ...]:
    if not isinstance(marks, list):
        raise _Damaged(f"its marks are {marks!r}")
    return tuple(map(str, marks))


def _number(row: Row, name: str) -> float:
    value = row.get(name)
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever it is, it is tried
    except (TypeError, ValueError, OverflowError):
        raise _Damaged(f"its {name} is {value!r}") from None
    if not math.isfinite(number):
        raise _Damaged(f"its {name} is {value!r}")
    return number


def _append(estimates: Streams, estimate: Estimate) -> None:
    before = estimates.setdefault(estimate.stream, [])
    if before and estimate.time_s <= before[-1].time_s:
        raise _Damaged("its time does not follow that of the line before")
    before.append(estimate)


def _chosen(path: Path, estimates: Streams, stream: int | None) -> Sequence[Estimate]:
    """The estimates of one stream, numbered as if there were no other."""
    numbers = sorted(estimates)
    there = ", ".join(map(str, numbers))
    if stream is None and len(numbers) > 1:
        raise UserError(
            f"{path} holds {len(numbers)} streams ({there}): choose one, such as "
            f"--stream {numbers[0]}."
        )
    if stream is not None and numbers and stream not in numbers:
        said = f"streams {there} alone" if numbers != [0] else "one stream alone"
        remedy = "choose one of these" if numbers != [0] else "leave out --stream"
        raise UserError(f"{path} holds {said}: {remedy}.")
    picked = estimates.get(numbers[0] if stream is None else stream, []) if numbers else []
    return [replace(estimate, stream=0) for estimate in picked]


def _recording(
    path: Path,
    header: Row,
    dimensions: tuple[str, ...],
    estimates: Sequence[Estimate],
    cut_off: bool,
) -> Recording:
    if not estimates:
        raise _empty(path)
    return Recording(path, header, dimensions, tuple(estimates), cut_off)


def _empty(path: Path) -> UserError:
    return UserError(f"{path} has no estimate in it: record for at least half a second.")


def _damaged(path: Path, number: int, error: Exception) -> UserError:
    return UserError(
        f"Line {number} of {path} is damaged ({error}): mend it or take it out with an editor."
    )
