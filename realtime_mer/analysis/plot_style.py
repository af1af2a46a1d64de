"""Colours, letters and the writing of time that all parts of a plot share."""

from __future__ import annotations

from typing import Any

INK = "#22262b"
QUIET_INK = "#7a828c"
GRID = "#e3e6ea"
SILENCE = "#f1f2f4"
WAVEFORM = "#8f99a6"
# Okabe and Ito's palette for every kind of colour vision (2008).
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7")

# The first comes with matplotlib; the others, where installed, lend it what it lacks.
FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK JP",
    "Hiragino Sans",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Arial Unicode MS",
)
STYLE: Any = {
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": QUIET_INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": QUIET_INK,
    "ytick.color": QUIET_INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": "white",
}


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours or tenths only where there are any."""
    tenths = round(10 * seconds)
    minutes, rest = divmod(tenths, 600)
    second = f"{rest // 10:02}" + (f".{rest % 10}" if rest % 10 else "")
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second}" if hours else f"{minute}:{second}"


def time_step(duration_s: float, most: int) -> float:
    """A round number of seconds that divides a duration into at most so many parts."""
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
    return next((step for step in steps if duration_s / step <= most), duration_s / most)
