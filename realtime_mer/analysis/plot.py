"""A file's emotion as a picture: waveform, curves with their bands, path on the plane."""

from __future__ import annotations

import importlib.util
import warnings
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S
from realtime_mer.mood import SECTORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    from realtime_mer.analysis.whole_file import Analysis

DPI = 160
WAVEFORM_COLUMNS = 1800
MOST_PATH_POINTS = 600
"""Beyond five minutes the path is drawn through means, or it would be a thicket."""

INK = "#22262b"
QUIET_INK = "#7a828c"
GRID = "#e3e6ea"
SILENCE = "#f1f2f4"
WAVEFORM = "#8f99a6"
# Okabe and Ito's palette for every kind of colour vision (2008).
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7")
TIME_MAP = "viridis"

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


def require_matplotlib() -> None:
    """Raise UserError where the plot's library is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UserError(
            "--plot needs matplotlib: install it with  pip install 'realtime-mer[plot]'."
        )


def write_plot(analysis: Analysis, file: IO[bytes]) -> None:
    """Draw an analysis and write it as PNG.

    Args:
        analysis: with its envelope.
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


def _compose(figure: Figure, analysis: Analysis) -> None:
    count = len(analysis.dimensions)
    sides = figure.add_gridspec(
        1, 2, width_ratios=(1.42, 1), left=0.065, right=0.98, top=0.86, bottom=0.09, wspace=0.14
    )
    rows = sides[0].subgridspec(1 + count, 1, height_ratios=(0.62, *[1.0] * count), hspace=0.16)
    waveform = figure.add_subplot(rows[0])
    curves = [figure.add_subplot(rows[1 + k], sharex=waveform) for k in range(count)]
    right = sides[1].subgridspec(2, 1, height_ratios=(1, 0.022), hspace=0.2)
    plane, bar = figure.add_subplot(right[0]), figure.add_subplot(right[1])

    times = np.array([estimate.time_s for estimate in analysis.estimates])
    means = np.array([estimate.mean for estimate in analysis.estimates]).reshape(-1, count)
    stds = np.array([estimate.std for estimate in analysis.estimates]).reshape(-1, count)
    active = np.array([estimate.active for estimate in analysis.estimates], bool)

    _draw_waveform(waveform, analysis)
    for index, (axes, name) in enumerate(zip(curves, analysis.dimensions, strict=True)):
        _draw_curve(
            axes, name, COLOURS[index % len(COLOURS)], times, means[:, index], stds[:, index]
        )
    for axes in (waveform, *curves):
        _shade_silence(axes, times, active)
        axes.tick_params(labelbottom=axes is curves[-1], length=2.5)
        axes.yaxis.set_label_coords(-0.055, 0.5)
    _time_axis(curves[-1], analysis.duration_s)
    pair = [analysis.dimensions.index(name) for name in ("valence", "arousal")]
    path = _draw_plane(plane, times, means[:, pair], active, analysis.duration_s)
    _draw_scale(figure, bar, path, analysis.duration_s)
    _title(figure, analysis, means, active)


def _title(figure: Figure, analysis: Analysis, means: Any, active: Any) -> None:
    name = analysis.name if len(analysis.name) <= 80 else f"{analysis.name[:79]}…"
    # A dollar sign would begin a formula.
    figure.text(0.065, 0.945, name.replace("$", r"\$"), fontsize=14, fontweight="bold")
    said = [_clock(analysis.duration_s), f"model {analysis.model}"]
    if active.any():
        average = means[active].mean(axis=0)
        said += [
            f"mean {dimension} {value:+.2f}".replace("-", "−")
            for dimension, value in zip(analysis.dimensions, average, strict=True)
        ]
    else:
        said.append("no music found")
    figure.text(0.065, 0.9, "  ·  ".join(said).replace("$", r"\$"), color=QUIET_INK)


def _draw_waveform(axes: Axes, analysis: Analysis) -> None:
    if analysis.envelope:
        times, low, high = analysis.envelope.outline(WAVEFORM_COLUMNS)
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


def _shade_silence(axes: Axes, times: Any, active: Any) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate([[True], active, [True]]).astype(int)))
    for begin, end in edges.reshape(-1, 2):
        axes.axvspan(times[begin] - STEP_S, times[end - 1], color=SILENCE, lw=0, zorder=0)


def _time_axis(axes: Axes, duration_s: float) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    axes.set_xlim(0, max(duration_s, 0.5))
    axes.xaxis.set_major_locator(MultipleLocator(_time_step(duration_s, most=8)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: _clock(seconds)))
    axes.set_xlabel("time")


def _time_step(duration_s: float, most: int) -> float:
    """A round number of seconds that divides a duration into at most so many parts."""
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
    return next((step for step in steps if duration_s / step <= most), duration_s / most)


def _draw_plane(
    axes: Axes, times: Any, points: Any, active: Any, duration_s: float
) -> LineCollection:
    """Draw the path, coloured by time, and return it.

    Args:
        axes: where.
        times: seconds, ``[estimates]``.
        points: valence and arousal, ``[estimates, 2]``.
        active: where there was music, ``[estimates]``.
        duration_s: where the colours end.
    """
    import matplotlib as mpl
    from matplotlib.collections import LineCollection
    from matplotlib.colors import ListedColormap, Normalize
    from matplotlib.patheffects import withStroke

    axes.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="valence", ylabel="arousal")
    axes.set_aspect("equal", adjustable="box", anchor="N")
    ticks = [-1, -0.5, 0, 0.5, 1]
    axes.set_xticks(ticks, ["−1", "", "0", "", "+1"])
    axes.set_yticks(ticks, ["−1", "", "0", "", "+1"])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_color(GRID)
    axes.axhline(0, color=QUIET_INK, linewidth=0.7)
    axes.axvline(0, color=QUIET_INK, linewidth=0.7)
    for sector, label in enumerate(SECTORS):
        angle = sector * np.pi / 4
        axes.text(
            0.84 * np.cos(angle),
            0.84 * np.sin(angle),
            label,
            ha="center",
            va="center",
            color=QUIET_INK,
            fontstyle="italic",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    # The map's last yellows are lost on white.
    colours = ListedColormap(mpl.colormaps[TIME_MAP](np.linspace(0, 0.92, 256)))
    halo = [withStroke(linewidth=2.5, foreground="white")]
    scale = Normalize(0, max(duration_s, 0.5))
    spans, span_s = _spans(len(times))
    path_points = np.array([points[span].mean(axis=0) for span in spans])
    path = LineCollection(
        list(np.stack([path_points[:-1], path_points[1:]], axis=1)),
        cmap=colours,
        norm=scale,
        linewidths=2.0,
        capstyle="round",
        zorder=3,
    )
    # What is between two points belongs to the later one.
    path.set_array(np.array([times[span].mean() for span in spans])[1:])
    axes.add_collection(path)
    if span_s > STEP_S:
        axes.text(0.98, -0.97, f"means of {span_s:g} s", color=QUIET_INK, ha="right", fontsize=8)
    heard = [k for k, span in enumerate(spans) if active[span].any()]
    ends = (("start", 0, (-6, -12), "right"), ("end", -1, (6, 6), "left"))
    for label, end, offset, side in ends[: len(heard)]:
        index = heard[end]
        axes.scatter(
            path_points[index, 0],
            path_points[index, 1],
            s=55,
            c=[times[spans[index]].mean()],
            cmap=colours,
            norm=scale,
            edgecolors="white",
            linewidths=1.3,
            zorder=4,
        )
        axes.annotate(
            label,
            path_points[index],
            xytext=offset,
            textcoords="offset points",
            ha=side,
            fontsize=8,
            fontweight="bold",
            zorder=5,
            path_effects=halo,
        )
    return path


def _spans(count: int) -> tuple[list[slice], float]:
    """Divide estimates into as few as can be told apart on the plane, and say their length."""
    size = max(1, -(-count // MOST_PATH_POINTS))
    return [slice(k, k + size) for k in range(0, count, size)], size * STEP_S


def _draw_scale(figure: Figure, axes: Axes, path: LineCollection, duration_s: float) -> None:
    bar = figure.colorbar(path, cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    step = _time_step(duration_s, most=5)
    bar.set_ticks(list(np.arange(0, duration_s + step / 1000, step)))
    bar.ax.xaxis.set_major_formatter(lambda seconds, _: _clock(seconds))
    bar.ax.tick_params(length=0)


def _clock(seconds: float) -> str:
    """Minutes and seconds, with hours or tenths only where there are any."""
    tenths = round(10 * seconds)
    minutes, rest = divmod(tenths, 600)
    second = f"{rest // 10:02}" + (f".{rest % 10}" if rest % 10 else "")
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second}" if hours else f"{minute}:{second}"
