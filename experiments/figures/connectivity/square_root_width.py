"""Widths of order sqrt(N): how wide the last two layers have to be, and the path on the toy where they are."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, CYCLE, GREY, RED, label, panels, style
from toykit.checks.connectivity.square_root_width import check
from toykit.connectivity.square_root import Widths
from toykit.connectivity.toys_square_root import published

COUNTS = (36, 1_000, 10_000, 60_000)
LEAST = 8
"""The last hidden layer never needs fewer units."""

TRIED = ((36, 22, 32, "toy", (26, 34)), (60_000, 245, 245, "245 ≈ √N", (285, 225)))


def draw() -> Figure:
    """Left: smallest width of layer L-1 against that of layer L-2, kappa = 1. Right: loss along the path on the toy."""
    with style():
        figure, (plane, path) = panels(1, 2, height=3.2)
        _plane(plane)
        _path(path)
        return figure


def _plane(axes: Axes) -> None:
    for count, colour in zip(COUNTS, CYCLE, strict=False):
        left = np.unique(np.geomspace(8, 3000, 60).astype(int))
        right = [_smallest(count, int(n)) for n in left]
        shown = [(n, m) for n, m in zip(left, right, strict=True) if LEAST < m <= 4000]
        axes.loglog(*zip(*shown, strict=True), color=colour)
        axes.loglog(left, 16 * count / left, color=colour, linewidth=1, linestyle=(0, (4, 3)))
        label(axes, f"N = {count:,}", (shown[-1][0] * 1.08, shown[-1][1]), color=colour, va="center")
    for count, n, m, name, place in TRIED:
        axes.plot(n, m, "o", color=CYCLE[COUNTS.index(count)], markersize=6)
        label(axes, name, place, color=CYCLE[COUNTS.index(count)])
    axes.set_xlim(8, 16_000)
    axes.set_ylim(8, 4000)
    axes.set_xlabel("width of layer L-2")
    axes.set_ylabel("width of layer L-1")
    axes.set_title("needed, κ = 1; dashed: product 16N")


def _smallest(count: int, left: int) -> int:
    """The smallest n_{L-1} that meets both conditions beside a given n_{L-2}, by bisection."""
    low, high = 1, 8 * count
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if Widths(count, 1, left, middle).violated else (low, middle)
    return low


def _path(axes: Axes) -> None:
    extra = check(published(0), per_segment=21).extra
    along, chord, waypoints = extra["path"], extra["chord"], extra["path"]["waypoints"]
    axes.semilogy(chord["positions"], chord["losses"], color=RED)
    axes.semilogy(along["positions"], along["losses"], color=BLUE)
    axes.semilogy(np.linspace(0, 1, len(waypoints)), waypoints, "o", color=BLACK, markersize=3.5)
    axes.axhline(max(waypoints[0], waypoints[-1]), color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    label(axes, "chord", (0.5, extra["chord_maximum"] * 1.2), color=RED, ha="center", va="bottom")
    label(axes, f"path, {len(waypoints) - 1} segments", (0.5, min(waypoints) * 0.7), color=BLUE, ha="center", va="top")
    axes.set_ylim(min(waypoints) / 3, extra["chord_maximum"] * 4)
    axes.set_xlabel("position on the path")
    axes.set_title("36 random labels: loss on the path")
