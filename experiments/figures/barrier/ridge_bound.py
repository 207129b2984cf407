"""Walls and ridge: the curvature squared off to M, m, M with walls as large as the ridge gives the highest barrier."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats

SLUG = "barrier/ridge_bound"
DEPTH = 16.0
"""c of the double well c t^2(1-t)^2: m = -c, M = 2c, sigma = 0, B = c/16."""


def draw() -> Figure:
    """Left: the curvature of a double well and the extremal one. Right: its gap below both bounds."""
    t = np.linspace(0, 1, 601)
    with style():
        figure, (curvature, gap) = panels(1, 2, height=3.1)
        _curvature(curvature, t)
        _gaps(gap, t)
        for axes in (curvature, gap):
            axes.set_xlim(0, 1)
            axes.set_xlabel("position on the chord")
        return figure


def extremal_curvature(t: Floats) -> Floats:
    """m on the middle interval of length M/(M+|m|), M outside: both areas are |m|M/(|m|+M)."""
    middle = 2 * DEPTH / (3 * DEPTH)
    return np.where(np.abs(t - 0.5) < middle / 2, -DEPTH, 2 * DEPTH)


def _curvature(axes: Axes, t: Floats) -> None:
    squared_off = extremal_curvature(t)
    zero_line(axes)
    axes.fill_between(t, squared_off, 0, where=(squared_off > 0).tolist(), color=BLUE, alpha=0.3, linewidth=0)
    axes.fill_between(t, squared_off, 0, where=(squared_off < 0).tolist(), color=RED, alpha=0.3, linewidth=0)
    axes.step(t, squared_off, color=GREEN, where="mid")
    axes.plot(t, DEPTH * (2 - 12 * t + 12 * t**2), color=BLACK)
    label(axes, "wall", (0.083, 8), color=BLUE, ha="center")
    label(axes, "wall", (0.917, 8), color=BLUE, ha="center")
    label(axes, "ridge", (0.5, -8), color=RED, ha="center", va="center")
    label(axes, r"$\phi''$ of the double well", (0.5, 8), ha="center")
    label(axes, "$M$", (0.81, 2 * DEPTH), color=GREEN, va="center", ha="right")
    label(axes, "$m$", (0.85, -DEPTH), color=GREEN, va="center")
    axes.set_title("curvature: wall area = ridge area")


def _gaps(axes: Axes, t: Floats) -> None:
    letters = {"a": t, "m": -DEPTH, "M": 2 * DEPTH, "sigma": 0.0}
    h = t[1] - t[0]
    slope = np.concatenate([[0.0], np.cumsum(extremal_curvature((t[1:] + t[:-1]) / 2) * h)])
    extremal = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * h)])
    zero_line(axes)
    axes.plot(t, evaluate("barrier/curvature_bound", "upper_at", letters), color=GREY, linestyle=(0, (4, 3)))
    axes.plot(t, evaluate(SLUG, "upper_at", letters), color=BLUE, linewidth=2.2)
    axes.plot(t, extremal, color=GREEN)
    axes.plot(t, DEPTH * t**2 * (1 - t) ** 2, color=BLACK)
    label(axes, r"curvature bound  $|m|/8$", (0.5, 2.05), color=GREY, ha="center", va="bottom")
    label(axes, "ridge bound\n" + r"$|m|M\,/\,8(|m|+M)$", (0.5, 1.36), color=BLUE, ha="center", va="bottom")
    label(axes, "extremal", (0.5, 1.2), color=GREEN, ha="center", va="center")
    label(axes, "double well", (0.5, 0.88), ha="center", va="top")
    axes.set_ylim(0, 2.35)
    axes.set_title("gap: below both parabolas")
