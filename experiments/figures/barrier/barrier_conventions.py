"""One profile with unequal ends, and the five lengths on it that are all called "barrier"."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, ORANGE, PURPLE, RED, label, panels, style
from toykit.barriers.conventions import barriers
from toykit.chord import Profile

POSITIONS = 6401
"""A grid with the positions 1/2 and 19/32 on it."""


def draw() -> Figure:
    """phi = 16 t^2(1-t)^2 + t^2(3-2t): each convention is a vertical bracket from its own reference up to the profile."""
    ts = np.linspace(0, 1, POSITIONS)
    curve = Profile(ts, 16 * ts**2 * (1 - ts) ** 2 + ts**2 * (3 - 2 * ts))
    with style():
        figure, (axes,) = panels(height=3.9)
        axes.plot(ts, curve.line, color=GREY, linestyle="--", linewidth=1.0)
        axes.plot(ts, curve.values, color=BLACK)
        _brackets(axes, curve)
        axes.set_xlim(0, 1.34)
        axes.set_ylim(-0.04, 1.78)
        axes.set_xticks(np.linspace(0, 1, 5))
        axes.set_xlabel("position $t$ on the chord", loc="left")
        axes.set_title(r"five brackets on one profile: $d=|L_a-L_b|=1$")
    return figure


def _brackets(axes: Axes, curve: Profile) -> None:
    found = barriers(curve)
    best, top, middle = int(curve.gap.argmax()), int(curve.values.argmax()), POSITIONS // 2
    height, mean = float(curve.values[top]), float(curve.values[[0, -1]].mean())
    for level, words, t in ((height, r"$\sup\phi$", 0.01), (1.0, "larger end", 0.01), (mean, "mean of the ends", 0.75)):
        axes.plot([0, 1.3], [level, level], color=LIGHT, linewidth=1.0, zorder=0)
        label(axes, words, (t, level - 0.02), color=GREY, va="top")
    for index, number, name, color, where, side in (
        (middle, found.half, "$B_{half}$", GREEN, (0.49, 0.32), "right"),
        (best, found.barrier, "$B$", BLUE, (0.535, 0.32), "left"),
        (top, found.argmax, "$B_{arg}$", PURPLE, (0.605, 1.3), "left"),
    ):
        t, low, high = float(curve.ts[index]), float(curve.line[index]), float(curve.values[index])
        axes.plot([t, t], [low, high], color=color, linewidth=1.6, marker="_", markersize=7)
        label(axes, f"{name} = {number.value:.3f}", where, color=color, ha=side, va="top")
    for t, low, number, name, color in (
        (1.06, mean, found.mean, "$B_{mean}$", RED),
        (1.18, 1.0, found.max, "$B_{max}$", ORANGE),
    ):
        axes.plot([t, t], [low, height], color=color, linewidth=1.6, marker="_", markersize=7)
        label(axes, f" {name}\n = {number.value:.3f}", (t, low + 0.25), color=color, va="center")
