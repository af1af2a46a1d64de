"""The terminal's picture of a run: pure, from what is known to lines of styled text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from realtime_mer.estimate import SILENT_LEVEL_DB, Estimate, Status
from realtime_mer.mood import mood
from realtime_mer.sinks.terminal_bars import ASCII, DIM, UNICODE, Glyphs, bipolar_bar, meter

WIDEST = 100
"""Columns beyond which bars grow no further: wide bars are no easier to read."""
LABEL_WIDTH = 11
NUMBER_WIDTH = 15
NARROWEST_BAR = 9
MOST_TARGETS = 4

# Told apart by those who see no red or no green, readable on black and on white.
STYLES = ("color(208)", "color(38)", "color(134)", "color(71)")
STATE_STYLES = {
    "running": "green",
    "silent": DIM,
    "waiting": "yellow",
    "lost": "bold red",
    "ended": DIM,
}


@dataclass(frozen=True, slots=True)
class View:
    """Everything the picture shows.

    Attributes:
        dimensions: names of the model's dimensions.
        means: where the bars stand now, gliding towards the estimate's means.
        level_db: where the meter stands now, in dBFS.
        estimate: the latest, or None before the first.
        status: the latest, or None before the first.
        uptime_s: seconds since the start.
        url: of the dashboard, or None where there is none.
    """

    dimensions: tuple[str, ...]
    means: tuple[float, ...]
    level_db: float
    estimate: Estimate | None
    status: Status | None
    uptime_s: float
    url: str | None


def picture(view: View, width: int, height: int = 25, *, ascii_only: bool = False) -> Text:
    """Draw a view as lines of at most ``width`` columns.

    Some seventeen lines; where ``height`` has no room for them, those without text are left out.
    """
    glyphs = ASCII if ascii_only else UNICODE
    width = max(min(width, WIDEST), 1)
    lines = [head_line(view, width, glyphs), Text()]
    if view.status and view.status.message:
        lines += [*message_lines(view.status.message, width), Text()]
    for index, name in enumerate(view.dimensions):
        lines += [_dimension_line(view, index, name, width, glyphs), Text()]
    lines[-1:] = [_scale_line(width), Text(), _level_line(view, width, glyphs), Text()]
    lines += [_mood_line(view, width), Text()]
    lines += foot_lines(view, width, glyphs)
    for line in lines:
        line.truncate(width, overflow="crop" if ascii_only else "ellipsis")
    if len(lines) >= height:
        lines = [line for line in lines if line.plain.strip()]
    return Text("\n").join(lines)


def plain_line(estimate: Estimate) -> str:
    """One estimate as a line for a log.

    ``12.5 s  arousal +0.31 ±0.12  valence -0.08 ±0.15  -18.2 dBFS  tense``; where there are
    several streams, its number stands after the time.
    """
    numbers = "  ".join(
        f"{name} {mean:+.2f} ±{std:.2f}"
        for name, mean, std in zip(estimate.dimensions, estimate.mean, estimate.std, strict=True)
    )
    which = f"  {estimate.stream:2d}" if estimate.stream else ""
    return (
        f"{estimate.time_s:.1f} s{which}  {numbers}  {estimate.level_db:.1f} dBFS  {word(estimate)}"
    )


def word(estimate: Estimate) -> str:
    """The mood's word, or ``silent`` while there is no music."""
    if not estimate.active:
        return "silent"
    return estimate.mood or mood(estimate.arousal, estimate.valence)


def head_line(view: View, width: int, glyphs: Glyphs) -> Text:
    status = view.status
    state = status.state if status else "waiting"
    uptime = _clock(view.uptime_s)
    head = Text("  ")
    head.append(f"{glyphs.dot} {state}", style=STATE_STYLES.get(state, ""))
    if status:
        head.append("  ")
        head.append(one_line(status.device), style="bold")
        if status.rate_hz:  # a replay of a table does not know it
            channels = _count(status.channels, "channel")
            head.append(f"{glyphs.between}{status.rate_hz} Hz{glyphs.between}{channels}")
    space = width - len(uptime) - 2
    if space > 20:
        head.truncate(space - 1, overflow="crop" if glyphs is ASCII else "ellipsis", pad=True)
        head.append(f" {uptime}", style=DIM)
    return head


def _dimension_line(view: View, index: int, name: str, width: int, glyphs: Glyphs) -> Text:
    style = STYLES[index % len(STYLES)]
    heard = view.estimate is not None and view.estimate.active
    std = view.estimate.std[index] if view.estimate else 0.0
    bar_width = _bar_width(width)
    line = _label(name)
    if bar_width:
        shade = style if heard else DIM
        line.append_text(bipolar_bar(view.means[index], std, bar_width, shade, glyphs))
        line.append("  ")
    if view.estimate:
        mean = view.estimate.mean[index]
        line.append(f"{mean:+.2f}", style=f"bold {style}" if heard else DIM)
        line.append(f" {glyphs.plus_minus}{std:.2f}", style=DIM)
    return line


def _scale_line(width: int) -> Text:
    bar_width = _bar_width(width)
    if not bar_width:
        return Text()
    half = bar_width // 2
    scale = f"{'-1':<{half}}0{'+1':>{half}}"
    return Text(" " * LABEL_WIDTH).append(scale, style=DIM)


def _level_line(view: View, width: int, glyphs: Glyphs) -> Text:
    line = _label("level")
    if bar_width := _bar_width(width):
        line.append_text(meter(view.level_db, bar_width, glyphs))
        line.append("  ")
    if view.estimate:
        line.append(f"{view.estimate.level_db:5.1f} dBFS")
    return line


def _mood_line(view: View, width: int) -> Text:
    """The word, under the middle of the bars."""
    if not view.estimate:
        return Text()
    text = word(view.estimate)
    style = "bold" if view.estimate.active else DIM
    middle = LABEL_WIDTH + _bar_width(width) // 2
    return Text(" " * max(0, middle - len(text) // 2)).append(text, style=style)


def foot_lines(view: View, width: int, glyphs: Glyphs) -> Iterator[Text]:
    status = view.status
    targets = status.osc_targets if status else ()
    for index, target in enumerate(targets[:MOST_TARGETS]):
        name, _, problem = target.partition(" ")
        line = _label("OSC" if index == 0 else "").append(name)
        if problem:
            line.append(f" {problem}", style="yellow")
        if index == MOST_TARGETS - 1 and len(targets) > MOST_TARGETS:
            line.append(f" and {len(targets) - MOST_TARGETS} more")
        yield line
    if view.url:
        clients = status.web_clients if status else 0
        # Nobody looking is worth no column.
        said = f"{glyphs.between}{_count(clients, 'client')}" if clients else ""
        yield _label("web").append(view.url, style="underline").append(said, style="")
    if status and (set_by_hand := _controls(status.controls, glyphs)):
        yield _label("set").append_text(set_by_hand)
    if status:
        drops = _count(status.drops, "drop")
        line = _label("model").append(f"{one_line(status.model)} on {status.provider}")
        line.append(glyphs.between).append(drops, style="bold red" if status.drops else "")
        yield line


def _controls(controls: Mapping[str, Any], glyphs: Glyphs) -> Text:
    """What a person has set by hand, as far as it changes what leaves; a freeze first."""
    line = Text()
    parts: list[tuple[str, str]] = []
    if controls.get("frozen"):
        parts.append(("frozen", "bold yellow"))
    if learning := controls.get("calibrating"):
        heard = f"{learning['heard_s']:.0f}/{learning['seconds']:.0f} s"
        parts.append((f"calibrating {learning['name']} {heard}", "yellow"))
    elif calibration := controls.get("calibration"):
        name = f"calibration {calibration['name']}" if calibration["name"] else ""
        parts.append((name or "adapting", ""))
        if name and controls.get("adapting"):
            parts.append(("adapting", ""))
    if gain_db := controls.get("gain_db"):
        parts.append((f"gain {gain_db:+g} dB", ""))
    for text, style in parts:
        line.append(glyphs.between if line else "").append(one_line(text), style=style)
    return line


def message_lines(message: str, width: int) -> Iterator[Text]:
    # Lines are cut by characters, and those of some scripts are two columns wide.
    columns = 2 if cell_len(message) > len(message) else 1
    for line in textwrap.wrap(message, max(1, (width - 4) // columns)):
        yield Text(f"  {line}", style="yellow")


def _label(name: str) -> Text:
    return Text(f"  {name}".ljust(LABEL_WIDTH)[: max(LABEL_WIDTH, len(name) + 3)], style="")


def _bar_width(width: int) -> int:
    """Columns a bar may take: odd, and 0 where it would be too small to read."""
    left = width - LABEL_WIDTH - NUMBER_WIDTH
    return 0 if left < NARROWEST_BAR else left - 1 + left % 2


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'s' * (number != 1)}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def level_or_silence(estimate: Estimate | None) -> float:
    """Level the meter should stand at, in dBFS."""
    return estimate.level_db if estimate else SILENT_LEVEL_DB
