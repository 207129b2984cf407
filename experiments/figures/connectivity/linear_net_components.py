"""Solutions of the smallest linear networks: two branches for two layers, four sheets for three, three with a skip connection."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, CYCLE, GREEN, RED, label, panels, style

REACH = 3.0


def draw() -> Figure:
    """Left: the loss of two layers with its pass. Middle and right: the solutions of three layers, seen from above."""
    with style():
        figure, (two, three, skip) = panels(1, 3, height=2.6)
        _two(two)
        _three(three)
        _skip(skip)
        return figure


def _two(axes: Axes) -> None:
    w, v = np.meshgrid(np.linspace(-REACH, REACH, 301), np.linspace(-REACH, REACH, 301))
    loss = (w * v - 1) ** 2 / 2
    axes.contourf(w, v, loss, levels=[0, 0.125, 0.5], colors=["#cfe3f0", "#e9f2f8"])
    axes.contour(w, v, loss, levels=[0.5], colors=[BLACK], linewidths=0.8)
    branch = np.linspace(1 / REACH, REACH, 100)
    for sign, colour in ((1, BLUE), (-1, RED)):
        axes.plot(sign * branch, sign / branch, color=colour)
    axes.plot(0, 0, "o", color=BLACK, markersize=5)
    label(axes, "pass at 1/2", (0.2, -0.65))
    label(axes, "(+,+)", (1.3, 1.9), color=BLUE)
    label(axes, "(-,-)", (-1.3, -2.2), color=RED, ha="right")
    _framed(axes, "two layers: $w_1w_2=1$")


def _three(axes: Axes) -> None:
    for number, (x, y) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        axes.fill([0, x * REACH, x * REACH, 0], [0, 0, y * REACH, y * REACH], color=CYCLE[number], alpha=0.3, linewidth=0)
        third = "+" if x * y > 0 else "-"
        signs = f"({'+' if x > 0 else '-'},{'+' if y > 0 else '-'},{third})"
        label(axes, signs, (1.5 * x, 1.5 * y), color=CYCLE[number], ha="center", va="center")
    axes.axhline(0, color="white", linewidth=3)
    axes.axvline(0, color="white", linewidth=3)
    _framed(axes, "three layers: $w_3=1/(w_1w_2)$")


def _skip(axes: Axes) -> None:
    branch = np.linspace(1 / REACH, REACH, 200)
    axes.set_facecolor(_pale(BLUE))
    for sign, colour in ((1, RED), (-1, GREEN)):
        corner = np.full(branch.shape, -sign * REACH)
        axes.fill_between(sign * branch, -sign / branch, corner, color=_pale(colour), linewidth=0)
        axes.plot(sign * branch, -sign / branch, color="white", linewidth=3)
        label(axes, "$w_3<0$", (2.0 * sign, -2.0 * sign), color=colour, ha="center", va="center")
    label(axes, "$w_3>0$", (0, 0), color=BLUE, ha="center", va="center")
    _framed(axes, "skip: $w_3=1/(1+w_1w_2)$")


def _pale(colour: str) -> tuple[float, float, float]:
    red, green, blue = to_rgb(colour)
    return 1 - 0.3 * (1 - red), 1 - 0.3 * (1 - green), 1 - 0.3 * (1 - blue)


def _framed(axes: Axes, title: str) -> None:
    axes.set_xlim(-REACH, REACH)
    axes.set_ylim(-REACH, REACH)
    axes.set_aspect("equal")
    axes.set_xlabel("$w_1$")
    axes.set_ylabel("$w_2$")
    axes.set_title(title)
