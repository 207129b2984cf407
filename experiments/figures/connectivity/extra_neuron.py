"""The extra unit: twelve subspaces of width three that close to a ring, and the three lines of width two."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, CYCLE, GREEN, GREY, ORANGE, label, panels, style
from toykit.connectivity.labellings import Labelling, Units
from toykit.seeds import generator

TILT = np.array([[1.0, -0.45, 0.0], [0.0, -0.3, 1.0]])
"""Oblique projection of (v_1, v_2, a_1)."""

W, A, REACH = 0.0, 1.0, 1.6


def draw() -> Figure:
    """Left: two units in width three, which subspaces meet. Right: one unit in width two, as three lines."""
    draw_from = generator("figure of the extra neuron")
    units = Units(draw_from.normal(size=(2, 2)), draw_from.normal(size=(2, 1)))
    with style():
        figure, (ring, lines) = panels(1, 2, height=3.4)
        _ring(ring, units)
        _lines(lines)
        return figure


def _ring(axes: Axes, units: Units) -> None:
    meeting = units.meetings(3)
    places = _around(meeting.edges, len(meeting.found))
    for i, j in meeting.edges:
        axes.plot(*zip(places[i], places[j], strict=True), color=GREY, linewidth=1, zorder=0)
    for name, dimension, (x, y) in zip(meeting.found, meeting.dimensions, places, strict=True):
        colour = ORANGE if max(name) > 1 else BLUE
        axes.plot(x, y, "o", color=colour, markersize=7)
        label(axes, f"{_written(name)}\ndim {dimension}", (1.3 * x, 1.24 * y), color=colour, ha="center", va="center")
    for number, other in enumerate(Units(units.incoming, units.outgoing).meetings(2).found):
        axes.plot(0, 0.12 - 0.24 * number, "o", color=GREEN, markersize=7)
        label(axes, _written(other), (0.1, 0.12 - 0.24 * number), color=GREEN, va="center")
    label(axes, "width 2: apart", (0, 0.36), color=GREEN, ha="center")
    axes.set_xlim(-1.65, 1.65)
    axes.set_ylim(-1.45, 1.45)
    axes.set_aspect("equal")
    axes.axis("off")
    label(axes, "0: cancelling", (0, -0.5), color=ORANGE, ha="center")
    axes.set_title(f"2 units in width 3: {len(places)} subspaces, one ring")


def _lines(axes: Axes) -> None:
    free = np.linspace(-REACH, REACH, 2)
    drawn = (
        ("$a_2=0$, $v_2$ free", [np.full(2, W), free, np.full(2, A)], CYCLE[1], (0.12, 0.72)),
        ("$v_1=v_2=w$, $a_1+a_2=a$", [np.full(2, W), np.full(2, W), np.array([-0.9, 1.9])], CYCLE[0], (0.06, -0.75)),
        ("$a_1=0$, $v_1$ free", [free, np.full(2, W), np.zeros(2)], CYCLE[2], (0.12, 0.08)),
    )
    for text, line, colour, place in drawn:
        axes.plot(*(TILT @ np.array(line)), color=colour)
        label(axes, text, place, color=colour)
    for a_1 in (0.0, A):
        axes.plot(*(TILT @ np.array([W, W, a_1])), "o", color=BLACK, markersize=5)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title("1 unit in width 2: lines in $(v_1,v_2,a_1)$")


def _around(edges: tuple[tuple[int, int], ...], count: int) -> list[tuple[float, float]]:
    """Places on a circle in the order of a walk along the edges."""
    order = [0]
    while len(order) < count:
        near = [j for i, j in (*edges, *((j, i) for i, j in edges)) if i == order[-1] and j not in order]
        order.append(near[0] if near else next(k for k in range(count) if k not in order))
    angle = {node: 2 * math.pi * number / count for number, node in enumerate(order)}
    return [(math.sin(angle[k]), math.cos(angle[k])) for k in range(count)]


def _written(name: Labelling) -> str:
    return "".join(str(c + 1) if c < 2 else "0" for c in name)
