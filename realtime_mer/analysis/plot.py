"""A file's emotion as a picture: waveform, curves with their bands, path on the plane."""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from realtime_mer.analysis.plot_plane import draw_plane, draw_scale
from realtime_mer.analysis.plot_style import (
    COLOURS,
    FONTS,
    INK,
    QUIET_INK,
    SILENCE,
    STYLE,
    WAVEFORM,
    clock,
    time_step,
)
from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from realtime_mer.analysis.envelope import Envelope
    from realtime_mer.analysis.whole_file import Analysis
    from realtime_mer.recording import MarkedMoment

DPI = 160
WAVEFORM_COLUMNS = 1800


def require_matplotlib(what: str = "--plot") -> None:
    """Raise UserError where the plot's library is not installed; ``what`` needs it."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UserError(
            f"{what} needs matplotlib: install it with  pip install 'realtime-mer[plot]'."
        )


def write_plot(analysis: Analysis, file: IO[bytes]) -> None:
    """Draw an analysis and write it as PNG.

    Args:
        analysis: without an envelope there is no waveform.
        file: open for binary writing.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import get_font_names

    # A figure without pyplot: no window system is touched, and no global state is left.
    fonts = [name for name in FONTS if name in get_font_names()]
    with mpl.rc_context(STYLE | {"font.family": fonts}), warnings.catch_warnings():
        # A letter that no font has is drawn as a box, which says enough.
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=(11.5, 5.9), dpi=DPI)
        FigureCanvasAgg(figure)
        _compose(figure, analysis)
        figure.savefig(file, format="png")


def draw(analysis: Analysis) -> bytes:
    """Return what :func:`write_plot` writes."""
    drawn = io.BytesIO()
    write_plot(analysis, drawn)
    return drawn.getvalue()


def _compose(figure: Figure, analysis: Analysis) -> None:
    count = len(analysis.dimensions)
    top = 0.79 if analysis.marks else 0.86  # their labels stand above
    sides = figure.add_gridspec(
        1, 2, width_ratios=(1.42, 1), left=0.065, right=0.98, top=top, bottom=0.09, wspace=0.14
    )
    heights = [0.62] * (analysis.envelope is not None) + [1.0] * count
    rows = sides[0].subgridspec(len(heights), 1, height_ratios=heights, hspace=0.16)
    left = [figure.add_subplot(rows[0])]
    left += [figure.add_subplot(rows[k], sharex=left[0]) for k in range(1, len(heights))]
    curves = left[-count:]
    right = sides[1].subgridspec(2, 1, height_ratios=(1, 0.022), hspace=0.2)
    plane, bar = figure.add_subplot(right[0]), figure.add_subplot(right[1])

    times = np.array([estimate.time_s for estimate in analysis.estimates])
    means = np.array([estimate.mean for estimate in analysis.estimates]).reshape(-1, count)
    stds = np.array([estimate.std for estimate in analysis.estimates]).reshape(-1, count)
    active = np.array([estimate.active for estimate in analysis.estimates], bool)

    if analysis.envelope is not None:
        _draw_waveform(left[0], analysis.envelope)
    for index, (axes, name) in enumerate(zip(curves, analysis.dimensions, strict=True)):
        _draw_curve(
            axes, name, COLOURS[index % len(COLOURS)], times, means[:, index], stds[:, index]
        )
    for axes in left:
        _shade_silence(axes, times, active)
        axes.tick_params(labelbottom=axes is curves[-1], length=2.5)
        axes.yaxis.set_label_coords(-0.055, 0.5)
    _draw_marks(left, analysis.marks)
    _time_axis(curves[-1], analysis.duration_s)
    pair = [analysis.dimensions.index(name) for name in ("valence", "arousal")]
    path = draw_plane(plane, times, means[:, pair], active, analysis.duration_s)
    draw_scale(figure, bar, path, analysis.duration_s)
    _title(figure, analysis, means, active)


def _title(figure: Figure, analysis: Analysis, means: Any, active: Any) -> None:
    name = analysis.name if len(analysis.name) <= 80 else f"{analysis.name[:79]}…"
    # A dollar sign would begin a formula.
    figure.text(0.065, 0.945, name.replace("$", r"\$"), fontsize=14, fontweight="bold")
    said = [clock(analysis.duration_s)]
    if analysis.model:
        said.append(f"model {analysis.model}")
    if active.any():
        average = means[active].mean(axis=0)
        said += [
            f"mean {dimension} {value:+.2f}".replace("-", "−")
            for dimension, value in zip(analysis.dimensions, average, strict=True)
        ]
    else:
        said.append("no music found")
    figure.text(0.065, 0.9, "  ·  ".join(said).replace("$", r"\$"), color=QUIET_INK)


def _draw_waveform(axes: Axes, envelope: Envelope) -> None:
    times, low, high = envelope.outline(WAVEFORM_COLUMNS)
    axes.fill_between(times, low, high, color=WAVEFORM, linewidth=0.2)
    peak = max(float(np.abs([low, high]).max(initial=0)), 0.05)
    axes.set_ylim(-1.08 * peak, 1.08 * peak)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_ylabel("waveform")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw_curve(axes: Axes, name: str, colour: str, times: Any, mean: Any, std: Any) -> None:
    axes.axhline(0, color=QUIET_INK, linewidth=0.7)
    axes.fill_between(
        times, np.maximum(mean - std, -1), np.minimum(mean + std, 1), color=colour, alpha=0.2, lw=0
    )
    width = float(np.clip(1000 / max(len(times), 1), 0.5, 1.6))
    axes.plot(
        times,
        mean,
        color=colour,
        linewidth=width,
        solid_joinstyle="round",
        marker="o" if len(times) == 1 else None,
    )
    axes.set_ylim(-1, 1)
    axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["−1", "", "0", "", "+1"])
    axes.set_ylabel(name, color=colour, fontweight="bold")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _draw_marks(left: Sequence[Axes], marks: Iterable[MarkedMoment]) -> None:
    for mark in marks:
        for axes in left:
            axes.axvline(mark.time_s, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        label = mark.label if len(mark.label) <= 20 else f"{mark.label[:19]}…"
        left[0].annotate(
            (label or clock(mark.time_s)).replace("$", r"\$"),
            (mark.time_s, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            rotation=30,
            rotation_mode="anchor",
            fontsize=7.5,
        )


def _shade_silence(axes: Axes, times: Any, active: Any) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate([[True], active, [True]]).astype(int)))
    for begin, end in edges.reshape(-1, 2):
        axes.axvspan(times[begin] - STEP_S, times[end - 1], color=SILENCE, lw=0, zorder=0)


def _time_axis(axes: Axes, duration_s: float) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    axes.set_xlim(0, max(duration_s, 0.5))
    axes.xaxis.set_major_locator(MultipleLocator(time_step(duration_s, most=8)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(seconds)))
    axes.set_xlabel("time")
