"""Separable features: the path never rises above the worse endpoint where the chord climbs a mountain; margins by layer."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.connectivity.waypoint_certificate import layered
from experiments.figures.style import BLACK, BLUE, CYCLE, GREY, RED, label, panels, style
from toykit.checks.connectivity.separable_features import check
from toykit.connectivity.separability import separator
from toykit.connectivity.toys import separable_nets
from toykit.landscape import Pair
from toykit.seeds import generator

SIZES = (4, 6, 8, 12, 20, 28, 36)
DRAWS = 5


def draw() -> Figure:
    """Left: loss along path and chord, logarithmic. Right: best margin of the kept features against their number."""
    pair = separable_nets(0)
    with style():
        figure, (path, margins) = panels(1, 2, height=3.1, width_ratios=(3, 2))
        _path(path, pair)
        _margins(margins, pair)
        return figure


def _path(axes: Axes, pair: Pair) -> None:
    extra = check(pair, per_segment=21).extra
    along, chord, waypoints = extra["path"], extra["chord"], extra["path"]["waypoints"]
    worse = max(waypoints[0], waypoints[-1])
    axes.semilogy(chord["positions"], chord["losses"], color=RED)
    axes.semilogy(along["positions"], along["losses"], color=BLUE)
    axes.semilogy(np.linspace(0, 1, len(waypoints)), waypoints, "o", color=BLACK, markersize=4)
    axes.axhline(worse, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    label(axes, "chord", (0.5, extra["chord_maximum"] * 1.3), color=RED, ha="center", va="bottom")
    label(axes, "worse endpoint", (0.5, worse * 1.3), color=GREY, ha="center", va="bottom")
    label(axes, f"built path, {len(waypoints) - 1} segments", (0.5, min(waypoints) * 0.75), color=BLUE, ha="center", va="top")
    axes.set_ylim(min(waypoints) / 3, extra["chord_maximum"] * 5)
    axes.set_xlabel("position on the path")
    axes.set_title("loss: around the mountain at excess 0")


def _margins(axes: Axes, pair: Pair) -> None:
    network = layered(pair)
    for layer, colour, place in zip((1, 2, 3), CYCLE, ("bottom", "top", "center"), strict=False):
        features = np.asarray(network.features(pair.theta_a, layer))
        best = [_best_margin(features, network.targets, size, layer) for size in SIZES]
        shown = [(size, margin) for size, margin in zip(SIZES, best, strict=True) if margin > 0]
        axes.plot(*zip(*shown, strict=True), "o-", color=colour, markersize=3)
        label(axes, f"layer {layer}", (shown[-1][0] + 1, shown[-1][1]), color=colour, va=place)
    axes.set_xlim(0, 46)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("kept units of 40")
    axes.set_title(f"margin, best of {DRAWS} draws")


def _best_margin(features: np.ndarray, labels: np.ndarray, size: int, layer: int) -> float:
    sets = [generator(f"margin figure {layer}", draw).permutation(features.shape[1])[:size] for draw in range(DRAWS)]
    found = [separator(features[:, kept], labels, 3) for kept in sets]
    return max((s.margin for s in found if s is not None), default=0.0)
