"""A supremum and what grids see of it: pieces with kinks between break points, and a spike that four grids miss."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED, label, panels, style, zero_line
from toykit.barriers import exact_barrier
from toykit.barriers.measured import gap
from toykit.chord import grid
from toykit.networks.evaders import GRIDS, evader, two_units_three_examples

COLOURS = (BLUE, ORANGE, GREEN, GREY)


def draw() -> Figure:
    """Left: the pieces of a small network. Right: a spike of three neurons between the points of four grids."""
    with style():
        figure, (pieces, spike) = panels(1, 2, height=3.2)
        _pieces(pieces)
        _spike(spike)
    return figure


def _pieces(axes: Axes) -> None:
    pair, ts = two_units_three_examples(), np.linspace(0, 0.5, 601)
    found = exact_barrier(pair)
    inside = [kink for kink in found.kinks() if kink.lo < 0.5]
    zero_line(axes)
    axes.plot(ts, gap(pair, ts), color=BLACK)
    for kink in inside:
        at, color = float(kink.lo), RED if kink.jump < 0 else BLUE
        height = float(gap(pair, np.array([at]))[0])
        axes.plot([at, at], [-0.06, height], color=color, linewidth=1.0, linestyle=":")
        axes.plot(at, height, "o", color=color, markersize=5)
    label(axes, f"$B={found.lo}$", (float(found.argmax[0]) - 0.012, float(found.lo)), color=RED, ha="right")
    label(axes, "a quartic\nbetween two\nbreak points", (0.03, 0.07))
    label(axes, "all kinks\nare concave", (0.395, 0.21), color=RED)
    axes.set_ylim(-0.06, 0.25)
    axes.set_xlim(0, 0.5)
    axes.set_xticks([0, *(float(kink.lo) for kink in inside), 0.5], ["0", *(str(kink.lo) for kink in inside), "1/2"])
    axes.set_xlabel("position on the chord")
    axes.set_title("two ReLU units on three examples")


def _spike(axes: Axes) -> None:
    pair, around = evader(), (0.478, 0.552)
    ts = np.linspace(*around, 2001)
    axes.plot(ts, gap(pair, ts), color=RED)
    found = exact_barrier(pair)
    for row, (count, color) in enumerate(zip(GRIDS, COLOURS, strict=True)):
        points = grid(count)
        inside = points[(points > around[0]) & (points < around[1])]
        height = -0.06e6 - 0.075e6 * row
        axes.plot(inside, np.full(inside.size, height), "|", color=color, markersize=9, markeredgewidth=1.6)
        label(axes, f"{count} points: {gap(pair, points).max():.0f}", (0.554, height), color=color, va="center")
    best = float(found.argmax[0])
    label(axes, f"$B=10^6$ at\n$t={found.argmax[0]}$", (best + 0.004, 0.85e6), color=RED)
    label(axes, "four grids,\nlargest value", (0.554, 0.05e6), color=BLACK)
    axes.set_xlim(*around)
    axes.set_ylim(-0.33e6, 1.06e6)
    axes.set_yticks([0, 0.5e6, 1e6], ["0", "$0.5\\cdot10^6$", "$10^6$"])
    axes.set_xticks([0.48, 0.5, 0.52, 0.54])
    axes.set_xlabel("position on the chord")
    axes.set_title("three neurons that four grids miss")
