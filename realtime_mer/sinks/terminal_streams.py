"""The terminal's picture of a run with several streams: a line for each, pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from realtime_mer.estimate import Estimate
from realtime_mer.sinks.terminal_bars import ASCII, DIM, UNICODE, Glyphs, bipolar_bar, meter
from realtime_mer.sinks.terminal_view import (
    STYLES,
    WIDEST,
    View,
    foot_lines,
    head_line,
    message_lines,
    one_line,
    word,
)

StreamName = tuple[int, str]

LONGEST_NAME = 14
VALUE_WIDTH = 7  # a bar's number, with the space before it
METER_WIDTH = 8
WORD_WIDTH = 10
NARROWEST_BAR = 5


def picture_of_streams(
    view: View,
    streams: Sequence[StreamName],
    estimates: Mapping[int, Estimate],
    width: int,
    height: int = 25,
    *,
    ascii_only: bool = False,
) -> Text:
    """Draw the state of a run and a line for each of its streams.

    Args:
        view: of the run; what it says of one estimate is not used.
        streams: number and name of each, in the order of the lines.
        estimates: the latest of each stream that has said something, by number.
        width: columns, of which at most a hundred are used.
        height: lines; streams that have no room are counted in the last of them.
        ascii_only: for a terminal that shows nothing else.
    """
    glyphs = ASCII if ascii_only else UNICODE
    width = max(min(width, WIDEST), 1)
    above = [head_line(view, width, glyphs), Text()]
    if view.status and view.status.message:
        above += [*message_lines(view.status.message, width), Text()]
    below = [Text(), *foot_lines(view, width, glyphs)]
    if len(above) + len(streams) + 1 + len(below) >= height:
        above, below = ([line for line in part if line.plain] for part in (above, below))
    room = max(1, height - len(above) - len(below) - 2)
    shown = streams if len(streams) <= room else streams[: room - 1]
    name_width = min(LONGEST_NAME, max(len(name) for _, name in streams))
    bar_width = _bar_width(width - name_width)
    lines = [*above, _names(view.dimensions, name_width, bar_width)]
    lines += (_line(name, estimates.get(n), name_width, bar_width, glyphs) for n, name in shown)
    if len(shown) < len(streams):
        lines.append(Text(f"  and {len(streams) - len(shown)} more", style=DIM))
    lines += below
    for line in lines:
        line.truncate(width, overflow="crop" if ascii_only else "ellipsis")
    return Text("\n").join(lines)


def _names(dimensions: Sequence[str], name_width: int, bar_width: int) -> Text:
    column = bar_width + VALUE_WIDTH + 2
    names = "".join(f"{name[: column - 1]:<{column}}" for name in dimensions[:2])
    return Text(f"  {'':<{name_width}}  {names}level", style=DIM)


def _line(
    name: str, estimate: Estimate | None, name_width: int, bar_width: int, glyphs: Glyphs
) -> Text:
    line = Text("  ").append(f"{one_line(name)[:name_width]:<{name_width}}  ")
    if estimate is None:
        return line.append("waiting", style=DIM)
    for cell in _values(estimate, bar_width, glyphs):
        line.append_text(cell)
    line.append_text(meter(estimate.level_db, METER_WIDTH, glyphs))
    return line.append(f"  {word(estimate)}", style="" if estimate.active else DIM)


def _values(estimate: Estimate, bar_width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Bar and number of the first two dimensions, as much as a line has room for."""
    for index in range(2):
        shade = STYLES[index] if estimate.active else DIM
        mean = estimate.mean[index]
        cell = Text()
        if bar_width:
            cell.append_text(bipolar_bar(mean, estimate.std[index], bar_width, shade, glyphs))
        cell.append(f"{mean:+{VALUE_WIDTH}.2f}  ", style=f"bold {shade}")
        yield cell


def _bar_width(left: int) -> int:
    """Columns of each of two bars: odd, and 0 where that would be too small to read."""
    width = (left - 4 - 2 * (VALUE_WIDTH + 2) - METER_WIDTH - WORD_WIDTH - 2) // 2
    return 0 if width < NARROWEST_BAR else width - 1 + width % 2
