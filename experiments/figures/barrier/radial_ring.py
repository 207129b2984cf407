"""A ring of minima: the chord cuts across, and the angle at the centre fixes how far inside it gets."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, ORANGE, RED, label, panels, style, zero_line
from toykit.barriers.measured import barrier
from toykit.chord import grid, profile
from toykit.formula import evaluate
from toykit.networks.radial import Ring, at_angle

SLUG = "barrier/radial_ring"
ANGLES = ((60, BLUE), (90, ORANGE), (120, RED))


def draw() -> Figure:
    """Left: the ring with three chords and the sagitta of one. Right: barrier against angle, formula and measured."""
    with style():
        figure, (plane, heights) = panels(1, 2, height=3.3)
        _plane(plane)
        _heights(heights)
    return figure


def _plane(axes: Axes) -> None:
    x = np.linspace(-1.45, 1.45, 241)
    axes.contour(
        x, x, (np.hypot(x[None, :], x[:, None]) - 1) ** 2 / 2, levels=[0.005, 0.02, 0.08, 0.2, 0.4], colors=LIGHT, linewidths=0.8
    )
    around = np.linspace(0, 2 * math.pi, 241)
    axes.plot(np.cos(around), np.sin(around), color=GREEN)
    for degrees, color in ANGLES:
        half = math.radians(degrees / 2)
        axes.plot([-math.sin(half), math.sin(half)], [math.cos(half)] * 2, color=color, marker="o", markersize=4)
    half = math.radians(60)
    for side in (-1, 1):
        axes.plot([0, side * math.sin(half)], [0, math.cos(half)], color=GREY, linewidth=1.0, linestyle="--")
    axes.plot([0, 0], [math.cos(half), 1], color=BLACK, linewidth=1.2)
    axes.plot(0, 0, "x", color=BLACK)
    label(axes, r"$R(1-\cos\frac{A}{2})$", (0, 1.06), ha="center", va="bottom")
    label(axes, r"$\theta_0$", (0.05, -0.16))
    label(axes, "$A$", (0, 0.17), color=GREY, ha="center")
    label(axes, "minima", (0.0, -1.06), color=GREEN, ha="center", va="top")
    axes.set_aspect("equal")
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
    axes.set_title("a ring of minima and three chords")


def _heights(axes: Axes) -> None:
    degrees = grid(181) * 180
    zero_line(axes)
    axes.plot(degrees, evaluate(SLUG, "ring", {"R": 1.0, "angle": np.radians(degrees)}), color=BLACK)
    for where, color in ANGLES:
        height = barrier(at_angle(Ring(), 1.0, 1.0, math.radians(where))).value
        axes.plot(where, height, "o", color=color, markersize=6)
        label(axes, f"{where}°: {height:.3g}", (where - 3, height + 0.012), color=color, ha="right", va="bottom")
    label(axes, r"$\frac{R^2}{2}(1-\cos\frac{A}{2})^2$", (150, 0.275), ha="right", va="bottom")
    inset = axes.inset_axes((0.08, 0.58, 0.4, 0.34))
    for where, color in ANGLES:
        ts = grid(101)
        inset.plot(ts, profile(at_angle(Ring(), 1.0, 1.0, math.radians(where)), ts).gap, color=color, linewidth=1.4)
    inset.set_xticks([0, 1])
    inset.set_yticks([])
    inset.set_title("the three profiles", fontsize=9)
    axes.set_xlim(0, 180)
    axes.set_ylim(-0.01, 0.52)
    axes.set_xticks([0, 60, 90, 120, 180])
    axes.set_xlabel("angle at the centre in degrees")
    axes.set_title("barrier, dots measured ($R=1$)")
