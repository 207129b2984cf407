"""Barrier height from the two solutions: the end parabolas see the walls, not the ridge between them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats

SLUG = "barrier/endpoint_expansion"
DEPTH = 16.0
"""c of the double well c t^2(1-t)^2: h_0 = h_1 = 2c, B = c/16, estimate c/4."""


def draw() -> Figure:
    """Left: the double well, its two end parabolas and their mean weighted as in the claim. Right: estimate against gap."""
    t = np.linspace(0, 1, 401)
    with style():
        figure, (well, family) = panels(1, 2, height=3.1)
        _well(well, t)
        _family(family)
        return figure


def _well(axes: Axes, t: Floats) -> None:
    letters = {"a": t, "s_0": 0.0, "s_1": 0.0, "h_0": 2 * DEPTH, "h_1": 2 * DEPTH}
    zero_line(axes)
    for start, side in ((0.0, t <= 0.62), (1.0, t >= 0.38)):
        axes.plot(t[side], DEPTH * (t[side] - start) ** 2, color=GREY, linestyle=(0, (4, 3)))
    axes.plot(t, evaluate(SLUG, "estimate_at", letters), color=BLUE)
    axes.plot(t, DEPTH * t**2 * (1 - t) ** 2, color=BLACK)
    axes.plot([0.5, 0.5], [1, 4], "o", color=RED, markersize=4.5)
    axes.annotate("", (0.5, 3.9), (0.5, 1.1), arrowprops={"arrowstyle": "<->", "color": RED})
    label(axes, "3 too high", (0.515, 1.5), color=RED, va="center")
    label(axes, "parabola at each end", (0.62, 5.4), color=GREY)
    label(axes, "estimate", (0.04, 2.9), color=BLUE)
    label(axes, "double well", (0.5, 0.85), ha="center", va="top")
    axes.set(xlim=(0, 1), ylim=(0, 6.2), xlabel="position on the chord")
    axes.set_title("the ends see walls, no ridge")


def waves(count: int = 121) -> tuple[Floats, Floats, Floats]:
    """1 - cos(w t) tilted, for w from 0.4 to 8: w, g(1/2), estimate. The chord grows longer with w."""
    w = np.linspace(0.4, 8.0, count)
    gap = 1 - np.cos(w / 2) - (1 - np.cos(w)) / 2
    letters = {"s_0": 0.0, "s_1": w * np.sin(w), "h_0": w**2, "h_1": w**2 * np.cos(w)}
    return w, gap, evaluate(SLUG, "estimate", letters)


def _family(axes: Axes) -> None:
    w, gap, estimate = waves()
    remainder = evaluate(SLUG, "remainder_4", {"K_4": w**4})
    zero_line(axes)
    axes.fill_between(w, estimate - remainder, estimate + remainder, color=BLUE, alpha=0.15, linewidth=0)
    axes.plot(w, estimate, color=BLUE)
    axes.plot(w, gap, color=BLACK)
    label(axes, "estimate $\\pm K_4/128$", (5.0, 6.3), color=BLUE, ha="right", va="center")
    label(axes, "$g(1/2)$", (6.2, 1.3), ha="center", va="top")
    label(axes, "short chords:\nthe estimate is right", (0.6, -3.6), color=GREY)
    axes.set(xlim=(0.4, 8), ylim=(-6, 12), xlabel=r"length $w$ of the chord, $\phi=1-\cos(wt)$")
    axes.set_title("near pairs: right; far pairs: too high")
