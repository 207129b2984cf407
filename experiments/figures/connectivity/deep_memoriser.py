"""The deep memoriser: a broken line through all points, made of units that all groups share."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, CYCLE, GREY, LIGHT, label, panels, style, zero_line
from toykit.connectivity.deep_memoriser import deep_memoriser, lined_up
from toykit.connectivity.memorisers import Memoriser, relu
from toykit.landscape import Floats
from toykit.seeds import generator

GROUPS, SIZE = 4, 4


def draw() -> Figure:
    """Top: the output over the line of the points, A = B = 4. Bottom: two of the eight shared units before their ReLU."""
    draw_from = generator("figure of the deep memoriser", 1)
    points = np.linspace(0, 1, GROUPS * SIZE)[:, None] + draw_from.uniform(-0.02, 0.02, size=(GROUPS * SIZE, 1))
    targets = draw_from.uniform(-1, 1, size=(GROUPS * SIZE, 1))
    made = deep_memoriser(points, targets, GROUPS, SIZE, name="figure")
    line = lined_up(points, "figure")
    with style():
        figure, (graph, units) = panels(2, 1, height=2.2, sharex=True)
        _boundaries(line.z, graph, units)
        _graph(graph, made, line.z, targets)
        _units(units, made)
        return figure


def _boundaries(z: Floats, *every: Axes) -> None:
    order = np.sort(z)
    for axes in every:
        for k in range(0, len(order), SIZE):
            axes.axvspan(order[k] - 0.008, order[k + SIZE - 1] + 0.008, color=LIGHT, alpha=0.5, linewidth=0, zorder=0)


def _graph(axes: Axes, made: Memoriser, z: Floats, targets: Floats) -> None:
    grid = np.linspace(0.99, 2.01, 4001)
    axes.plot(grid, _second(made, grid, True) @ made.weights[-1][0], color=BLUE)
    axes.plot(z, targets[:, 0], "o", color=BLACK, markersize=4)
    axes.set_ylim(-1.6, 1.6)
    first, second = made.widths
    axes.set_title(f"{len(z)} points on {first} + {second} units; between the groups the line does what it likes")


def _units(axes: Axes, made: Memoriser) -> None:
    grid = np.linspace(0.99, 2.01, 4001)
    before = _second(made, grid, False)
    zero_line(axes)
    for unit, colour, name in ((2, CYCLE[1], "bend at the 1st point, upwards"), (3, CYCLE[2], "the same, downwards")):
        axes.plot(grid, before[:, unit], color=colour)
        label(axes, name, (1.0 if unit == 2 else 1.8, 3.3), color=colour)
    label(axes, "a group that has no such bend: -1, silent", (1.0, -2.3), color=GREY)
    axes.set_ylim(-3, 4.3)
    axes.set_xlabel("z, the points in a line; grey: the four groups")
    axes.set_title("two units of the second layer, before their ReLU: affine on each group")


def _second(made: Memoriser, z: Floats, active: bool) -> Floats:
    """The second layer over z: the rows of V_1 are u and the biases offset - s, so z - s = z + b_1 - b_1[first] - 1/2."""
    shift = made.biases[0] - made.biases[0][0] - 0.5
    values = relu(z[:, None] + shift) @ made.weights[1].T + made.biases[1]
    return relu(values) if active else values
