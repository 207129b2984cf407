"""The shallow memoriser: a strip around the line of each group, and the four ramps that live in it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, CYCLE, GREY, label, panels, style, zero_line
from toykit.connectivity.shallow_memoriser import Grouping, shallow_memoriser
from toykit.landscape import Floats
from toykit.seeds import generator

REACH = 2.6
HEIGHT = 0.6
"""x = delta v.f of the drawn ramps, in units of epsilon."""


def draw() -> Figure:
    """Left: six points of the plane in three groups of two. Right: the sum of the four ramps across a strip."""
    draw_from = generator("figure of the shallow memoriser", 3)
    points, targets = draw_from.uniform(-2, 2, size=(6, 2)), draw_from.normal(size=(6, 1))
    made, grouping = shallow_memoriser(points, targets, name="figure")
    with style():
        figure, (strips, ramps) = panels(1, 2, height=3.2, width_ratios=(1, 1))
        _strips(strips, points, grouping)
        _ramps(ramps, made.residual)
        return figure


def _strips(axes: Axes, points: Floats, grouping: Grouping) -> None:
    grid = np.linspace(-REACH, REACH, 400)
    x, y = np.meshgrid(grid, grid)
    for members, u, colour in zip(grouping.members, grouping.normals, CYCLE, strict=False):
        tau = u[0] * x + u[1] * y - 1
        others = np.delete(points, members, axis=0)
        epsilon = np.abs(others @ u - 1).min() / 4
        axes.contourf(x, y, np.abs(tau), levels=[0, epsilon], colors=[colour], alpha=0.2)
        axes.contour(x, y, tau, levels=[0], colors=[colour], linewidths=1)
        axes.plot(*points[members].T, "o", color=colour, markersize=6)
    axes.plot(0, 0, "+", color=BLACK)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title("6 points, 3 groups: strips of width 2ε")


def _ramps(axes: Axes, residual: float) -> None:
    tau = np.linspace(-4.5, 4.5, 901)  # in units of epsilon
    pieces = [(1.0, HEIGHT, 1.0), (1.0, 0.0, -1.0), (-1.0, HEIGHT, -1.0), (-1.0, 0.0, 1.0)]
    total = sum(sign * np.maximum(0, tau + shift + x) for shift, x, sign in pieces)
    axes.plot(tau, total, color=CYCLE[0])
    axes.plot([0], [HEIGHT], "o", color=CYCLE[0], markersize=6)
    axes.plot([-4, 4], [0, 0], "o", color=GREY, markersize=6)
    zero_line(axes)
    label(axes, "on the line: δ·t", (0.35, HEIGHT * 1.04), color=CYCLE[0])
    label(axes, "other points: |τ| ≥ 4ε, exactly 0", (0, -0.08), color=GREY, ha="center", va="top")
    axes.set_ylim(-0.2, 0.8)
    axes.set_xticks([-4, -1, 0, 1, 4], ["-4ε", "-ε", "0", "ε", "4ε"])
    axes.set_yticks([0, HEIGHT], ["0", "δ·t"])
    axes.set_xlabel("τ = u·f - 1: on the line 0")
    axes.set_title(f"four ramps; largest residual {residual:.0e}")
