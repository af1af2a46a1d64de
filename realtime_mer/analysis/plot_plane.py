"""The path on the arousal–valence plane, coloured by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from realtime_mer.analysis.plot_style import GRID, QUIET_INK, clock, time_step
from realtime_mer.estimate import STEP_S
from realtime_mer.mood import SECTORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

TIME_MAP = "viridis"
MOST_PATH_POINTS = 600
"""Beyond five minutes the path is drawn through means, or it would be a thicket."""


def draw_plane(
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


def draw_scale(figure: Figure, axes: Axes, path: LineCollection, duration_s: float) -> None:
    """Draw the scale of the path's colours, with round times."""
    bar = figure.colorbar(path, cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    step = time_step(duration_s, most=5)
    bar.set_ticks(list(np.arange(0, duration_s + step / 1000, step)))
    bar.ax.xaxis.set_major_formatter(lambda seconds, _: clock(seconds))
    bar.ax.tick_params(length=0)
