"""A used unit moves into a free slot: the slot takes over its row, then its outgoing edges, and the output never moves."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, RED, panels, style
from toykit.connectivity.join import relocate
from toykit.connectivity.toys import point
from toykit.connectivity.units import Layers, units
from toykit.data import Data
from toykit.landscape import Floats
from toykit.losses import SquaredLoss
from toykit.networks import MLP
from toykit.parameters import Parameters, chord_point

INCOMING = np.array([[1.0, 0.6], [-0.8, 1.2], [0.5, -1.0]])
OUTGOING = np.array([[1.0, 0.8, 0.0], [-0.7, 1.0, 0.0]])
FRAMES = ("before", "copied", "half-way", "shifted")


def draw() -> Figure:
    """Four moments: before, row copied, half of the shift, all of it; the width of an edge is the size of its weight."""
    network = MLP((2, 3, 2), "relu", SquaredLoss(), Data([[1.0, 0.5]], [[0.0, 0.0]]), bias=False)
    theta = point([INCOMING, OUTGOING])
    path = relocate(Layers.of(network, theta), theta, {1: (units([0]), units([2]))})
    start, copied, end = path.waypoints
    moments = (start, copied, chord_point(copied, end, 0.5), end)
    with style():
        figure, frames = panels(1, 4, height=2.9)
        for axes, title, moment in zip(frames, FRAMES, moments, strict=True):
            _network(axes, moment)
            z = network.outputs(moment)[0]
            axes.set_title(title)
            axes.annotate(f"output ({z[0]:.2f}, {z[1]:.2f})", (1.0, -0.75), ha="center", color=BLACK, annotation_clip=False)
        return figure


def _network(axes: Axes, theta: Parameters) -> None:
    first, last = theta["layers.1.weight"], theta["layers.2.weight"]
    free = [not np.any(last[:, unit]) for unit in range(3)]
    copies = np.array_equal(first[0], first[2])
    colours = [BLUE, GREY, BLUE if copies else GREEN]
    _edges(axes, 0, first, colours, rows=True)
    _edges(axes, 1, last, colours, rows=False)
    for layer in (0, 2):
        axes.plot([layer, layer], [_height(unit, 2) for unit in range(2)], "o", markersize=8, color=BLACK)
    for unit, colour in enumerate(colours):
        face = "white" if free[unit] else colour
        axes.plot(1, _height(unit, 3), "o", markersize=13, color=face, markeredgecolor=colour)
    axes.annotate("used", (1, _height(0, 3) + 0.22), ha="center", color=BLUE, fontsize=9)
    axes.annotate("slot", (1, _height(2, 3) - 0.3), ha="center", color=RED, fontsize=9)
    axes.set_xlim(-0.25, 2.25)
    axes.set_ylim(-0.9, 2.5)
    axes.set_axis_off()


def _edges(axes: Axes, layer: int, weight: Floats, colours: list[str], *, rows: bool) -> None:
    targets, sources = weight.shape
    for to in range(targets):
        for source in range(sources):
            ends = (_height(source, sources), _height(to, targets))
            colour, width = colours[to if rows else source], 3.2 * abs(float(weight[to, source]))
            axes.plot((layer, layer + 1), ends, color=colour, linewidth=width, alpha=0.55, zorder=0)


def _height(unit: int, count: int) -> float:
    return 2.0 - unit * 1.0 if count == 3 else 1.5 - unit * 1.0
