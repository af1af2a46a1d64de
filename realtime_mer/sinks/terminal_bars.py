"""Bars of characters: pure, from numbers to styled text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from rich.text import Text

METER_FLOOR_DB = -60.0
METER_WARM_DB = -18.0
METER_HOT_DB = -6.0

DIM = "bright_black"


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Characters the bars are made of."""

    track: str
    centre: str
    fill: str
    fill_spread: str
    spread: str
    mark: str
    eighths: str
    plus_minus: str
    dot: str
    between: str


UNICODE = Glyphs("─", "┼", "█", "▓", "░", "┃", " ▏▎▍▌▋▊▉", "±", "●", " · ")
ASCII = Glyphs("-", "+", "#", "=", ".", "|", " " * 4 + "-" * 4, "+-", "*", ", ")
"""For a terminal that shows nothing else."""


def bipolar_bar(mean: float, std: float, width: int, style: str, glyphs: Glyphs) -> Text:
    """A bar from the centre to the mean, with the spread shaded around its end.

    Args:
        mean: -1 (left end) to 1 (right end).
        std: half the width of the shading, in the same units; 0 for none.
        width: columns, odd so that there is a middle one.
    """
    middle = width // 2

    def column(value: float) -> int:
        return middle + round(max(-1.0, min(1.0, value)) * middle)

    end, low, high = column(mean), column(mean - std), column(mean + std)
    cells = []
    for cell in range(width):
        inside = min(middle, end) <= cell <= max(middle, end) and end != middle
        spread = std > 0 and low <= cell <= high
        if cell == end and std > 0:
            cells.append((glyphs.fill if inside else glyphs.mark, f"bold {style}"))
        elif inside:
            cells.append((glyphs.fill_spread if spread else glyphs.fill, style))
        elif spread:
            cells.append((glyphs.spread, style))
        else:
            cells.append((glyphs.centre if cell == middle else glyphs.track, DIM))
    return _joined(cells)


def meter(level_db: float, width: int, glyphs: Glyphs) -> Text:
    """A level meter of -60 to 0 dBFS, to an eighth of a column."""
    share = max(0.0, min(1.0, 1 - level_db / METER_FLOOR_DB))
    eighths = round(share * width * 8)
    cells = []
    for cell in range(width):
        filled = min(8, eighths - 8 * cell)
        if filled <= 0:
            cells.append((glyphs.track, DIM))
            continue
        at_db = METER_FLOOR_DB * (1 - (cell + 1) / width)
        style = "green" if at_db <= METER_WARM_DB else "yellow" if at_db <= METER_HOT_DB else "red"
        cells.append((glyphs.fill if filled == 8 else glyphs.eighths[filled], style))
    return _joined(cells)


def _joined(cells: Iterable[tuple[str, str]]) -> Text:
    """Text of styled characters, with one escape sequence a run and not one a column."""
    text = Text()
    for style, run in groupby(cells, key=itemgetter(1)):
        text.append("".join(character for character, _ in run), style=style)
    return text
