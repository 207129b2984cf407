"""No negative curvature, no barrier: every gap of a profile with curvature >= m lies below one parabola; a kink escapes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREY, LIGHT, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.seeds import generator

SLUG = "barrier/curvature_bound"
LOWEST = -8.0
PROFILES = 40


def draw() -> Figure:
    """Left: random gaps with phi'' >= m and the parabola -a(1-a)m/2. Right: the fold net, phi'' = 4 but for one kink."""
    a = np.linspace(0, 1, 401)
    with style():
        figure, (smooth, kinked) = panels(1, 2, height=2.9)
        _below(smooth, a)
        _fold(kinked, a)
        for axes in (smooth, kinked):
            axes.set_xlabel("position $a$ on the chord")
            axes.set_xlim(0, 1)
        smooth.set_ylabel("gap $g(a)$")
        return figure


def _below(axes: Axes, a: Floats) -> None:
    bound = evaluate(SLUG, "upper_at", {"a": a, "m": LOWEST})
    zero_line(axes)
    axes.fill_between(a, bound, 1.25, color=LIGHT, alpha=0.5, linewidth=0)
    for number in range(PROFILES):
        axes.plot(a, random_gap(a, number), color=GREY, linewidth=0.7, alpha=0.7)
    axes.plot(a, bound, color=BLUE, linewidth=2.4)
    label(axes, r"the bound  $-a(1-a)\,m/2$", (0.5, 1.06), color=BLUE, ha="center", va="bottom")
    axes.set_ylim(-0.75, 1.25)
    axes.set_title(rf"{PROFILES} profiles with $\phi''\geq m={LOWEST:g}$")


def random_gap(a: Floats, number: int) -> Floats:
    """The gap of a profile whose curvature, m on some stretches and above it on others, is drawn at random."""
    draw_from = generator("figure/curvature_bound", number)
    cells = draw_from.integers(2, 7)
    high = 30 * draw_from.random() ** 2
    curvature = np.where(draw_from.random(cells) < 0.6, LOWEST, LOWEST + high * draw_from.random(cells))
    steps = curvature[np.minimum((a * cells).astype(int), cells - 1)]
    h = a[1] - a[0]
    slope = np.concatenate([[0.0], np.cumsum((steps[1:] + steps[:-1]) / 2 * h)])
    phi = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * h)])
    gap: Floats = phi - a * phi[-1]
    return gap


def _fold(axes: Axes, a: Floats) -> None:
    phi = (1 - np.abs(1 - 2 * a)) ** 2 / 2
    axes.plot(a, phi, color=BLACK)
    axes.plot(a, np.zeros_like(a) + evaluate(SLUG, "upper", {"m": 4.0}), color=BLUE, linewidth=2.4)
    label(axes, "the bound says 0", (0.5, 0.015), color=BLUE, ha="center", va="bottom")
    axes.plot([0.5], [0.5], "o", color=RED, markersize=5)
    label(axes, r"kink: $B=1/2$", (0.53, 0.5), color=RED, va="center")
    label(axes, r"$\phi''=4$", (0.19, 0.16), ha="right")
    label(axes, r"$\phi''=4$", (0.81, 0.16))
    axes.set_ylim(-0.05, 0.56)
    axes.set_title("one concave kink: the bound fails")
