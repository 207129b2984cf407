"""From grid values to the supremum: a parabolic cap on every cell holds the gap; without the bound a grid can be evaded."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, PURPLE, RED, label, panels, style, zero_line
from toykit.barriers.measured import gap
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.networks.fixtures import grid_evader

SLUG = "barrier/grid_certificate"
CELLS = 5
DEPTH = 32.0
"""c of the gap c t^2(1-t)^2, moved to the right: K is its largest negative curvature."""


def draw() -> Figure:
    """Left: a gap, its grid values and the caps. Right: the ReLU network that is 0 at every tenth of the chord."""
    with style():
        figure, (caps, evader) = panels(1, 2, height=3.1)
        _caps(caps)
        _evader(evader)
        return figure


def hump(t: Floats) -> Floats:
    """c t^3(1-t): stationary at 0, largest at 3/4, with phi'' = c(6t - 12t^2)."""
    return DEPTH * t**3 * (1 - t)


def cap(t: Floats, left: float, height: float) -> Floats:
    """The polygon on the cell from `left` plus the parabola of that height."""
    share = (t - left) * CELLS
    ends = hump(np.array([left, left + 1 / CELLS]))
    found: Floats = (1 - share) * ends[0] + share * ends[1] + 4 * share * (1 - share) * height
    return found


def _caps(axes: Axes) -> None:
    t, ts = np.linspace(0, 1, 401), np.linspace(0, 1, CELLS + 1)
    deepest = 6 * DEPTH  # -phi''(1)
    largest = float(hump(ts).max())
    upper = evaluate(SLUG, "upper", {"g_max": largest, "K": deepest, "h": 1 / CELLS})
    zero_line(axes)
    for left in ts[:-1]:
        cell = np.linspace(left, left + 1 / CELLS, 61)
        top, chord = cap(cell, float(left), upper - largest), cap(cell, float(left), 0.0)
        axes.fill_between(cell, chord, top, color=BLUE, alpha=0.25, linewidth=0)
        axes.plot(cell, chord, color=GREY, linewidth=1.0)
    axes.plot(t, hump(t), color=BLACK)
    axes.plot(ts, hump(ts), "o", color=BLACK, markersize=4.5)
    for height, color in ((upper, BLUE), (largest, GREY)):
        axes.axhline(height, color=color, linewidth=1.0, linestyle=(0, (4, 3)))
    label(axes, r"$\max_i g(t_i)+Kh^2/8$", (0.02, upper + 0.06), color=BLUE, va="bottom")
    label(axes, r"$\max_i g(t_i)$", (0.02, largest + 0.06), color=GREY, va="bottom")
    label(axes, "caps of\nheight $Kh^2/8$", (0.02, 1.85), color=BLUE, va="bottom")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.2, upper + 0.7), xlabel="position on the chord")
    axes.set_title("a cap on every cell holds the gap")


def _evader(axes: Axes) -> None:
    pair = grid_evader()
    t = np.linspace(0.5, 0.6, 1281)
    zero_line(axes)
    axes.plot(t, gap(pair, t), color=BLACK)
    for cells, color, size in ((50, GREEN, 4.5), (20, PURPLE, 6.0), (10, RED, 8.0)):
        ts = np.linspace(0, 1, cells + 1)
        inside = ts[(ts > 0.499) & (ts < 0.601)]
        axes.plot(inside, gap(pair, inside), "o", color=color, markersize=size, clip_on=False)
    label(axes, "$B=500000$", (0.5475, 505000), va="bottom", ha="center")
    label(axes, "51 positions:\n156800", (0.538, 190000), color=GREEN, ha="right", va="center")
    label(axes, "21 positions:\n320000", (0.554, 335000), color=PURPLE, va="center")
    label(axes, "11 positions: 0", (0.599, 45000), color=RED, ha="right", va="center")
    axes.set(xlim=(0.498, 0.602), ylim=(-20000, 570000), xlabel="position on the chord", yticks=[])
    axes.set_title("three ReLU units evade a grid")
