"""The double well and every estimate of its height, as lines across it; with a tilt the barrier moves off the middle."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats

SLUG = "barrier/double_well"
DEPTH = 16.0
"""c: the height is 1."""

LINES = (
    ("endpoint", "endpoints  $c/4$", GREEN),
    ("midpoint", "middle; curvature bound  $c/8$", BLUE),
    ("ridge", "ridge bound  $c/12$", RED),
    ("simpson", "three curvatures  $c/16$", BLACK),
    ("forced", "forced  $c/32$", PURPLE),
)
TILTS = (0.0, 4.0, 8.0, 16.0)


def draw() -> Figure:
    """Left: the well with the table as lines. Right: gaps of wells with growing tilt, and their barriers."""
    with style():
        figure, (table, tilted) = panels(1, 2, height=3.3)
        _table(table)
        _tilted(tilted)
        return figure


def _gap(t: Floats, d: float) -> Floats:
    found: Floats = evaluate(SLUG, "gap_at", {"c": DEPTH, "d": d, "u": t - 0.5})
    return found


def _table(axes: Axes) -> None:
    t = np.linspace(0, 1, 401)
    zero_line(axes)
    axes.plot(t, _gap(t, 0.0), color=BLACK, linewidth=2.4)
    for row, words, color in LINES:
        height = evaluate(SLUG, row, {"c": DEPTH, "d": 0.0})
        axes.axhline(height, color=color, linewidth=1.2, linestyle=(0, (4, 3)))
        place, side = (0.5, "center") if row == "forced" else (0.02, "left")
        label(axes, words, (place, height + 0.04), color=color, va="bottom", ha=side)
    axes.set(xlim=(0, 1), ylim=(0, 4.5), xlabel="position on the chord")
    axes.set_title("one well, every estimate")


def summit(d: float) -> tuple[float, float]:
    """The position and the height of the barrier, from the root of the derivative of the gap."""
    roots = np.roots([4 * DEPTH, -6 * d, -DEPTH, d / 2])
    inside = np.array([root.real for root in roots if abs(root.real) <= 0.5])
    heights = evaluate(SLUG, "gap_at", {"c": DEPTH, "d": d, "u": inside})
    best = int(np.argmax(heights))
    return float(inside[best]) + 0.5, float(heights[best])


def _tilted(axes: Axes) -> None:
    t = np.linspace(0, 1, 401)
    zero_line(axes)
    axes.axvline(0.5, color=GREY, linewidth=0.6)
    for d, color in zip(TILTS, (BLACK, BLUE, PURPLE, ORANGE), strict=True):
        place, height = summit(d)
        axes.plot(t, _gap(t, d), color=color)
        axes.plot([place], [height], "o", color=color, markersize=5)
        beside = (place + 0.035, height + 0.02) if d else (0.05, 0.4)
        label(axes, f"$d={d:g}$", beside, color=color, va="bottom")
    label(axes, "$g(1/2)=c/16$\nfor every tilt", (0.47, 1.16), color=GREY, ha="right", va="bottom")
    axes.plot([0.5], [1.0], "o", color=GREY, markersize=4)
    axes.set(xlim=(0, 1), ylim=(-0.9, 2.3), xlabel="position on the chord", ylabel="gap")
    axes.set_title("a tilt moves the barrier, not $g(1/2)$")
