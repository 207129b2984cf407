"""Rebuilt features, frame by frame: which units the output reads at each waypoint, and whose weights they carry."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.figures.connectivity.waypoint_certificate import layered
from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, RED, label, panels, style
from toykit.connectivity.built import Built, build
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.segments import Stack
from toykit.connectivity.toys import random_nets
from toykit.connectivity.units import Layers

PAIR = 177
LEGEND = (("weights of a", BLUE, 0.0), ("rebuilt or moved", GREEN, 2.5), ("weights of b", RED, 6.0), ("not read", GREY, 8.5))


def draw() -> Figure:
    """Above: one column of dots per waypoint, a row of blocks per hidden layer. Below: the loss at the waypoints."""
    pair = random_nets(PAIR)
    halves = Halves.of(pair, layered(pair))
    stages = [halves.stages(theta, "figure", draws=1) for theta in (pair.theta_a, pair.theta_b)]
    built = build(pair, *stages, clean=False, per_segment=21)
    with style():
        figure, (units, loss) = panels(2, 1, height=2.8, sharex=True, height_ratios=(3, 2))
        _units(units, built, halves.layers)
        _loss(loss, built)
        return figure


def read_units(layers: Layers, stack: Stack) -> list[NDArray[np.bool_]]:
    """Per hidden layer the units that the output can see: those with a nonzero weight to a unit that it sees."""
    seen = [np.ones(layers.sizes[-1], dtype=bool)]
    for p in range(layers.depth, 1, -1):
        seen.insert(0, (stack.weights[p - 1][seen[0]] != 0).any(axis=0))
    return seen[:-1]


def _units(axes: Axes, built: Built, layers: Layers) -> None:
    stacks = [Stack.of(layers, point) for point in built.path.waypoints]
    top = 0.0
    for p in layers.hidden:
        for column, stack in enumerate(stacks):
            read = read_units(layers, stack)[p - 1]
            of_a, of_b = ~stack.moved(stacks[0], p), ~stack.moved(stacks[-1], p)
            for unit in range(layers.sizes[p]):
                origin = BLUE if of_a[unit] else RED if of_b[unit] else GREEN
                colour = origin if read[unit] else "white"
                edge = origin if read[unit] else LIGHT
                axes.plot(column, top - unit, "o", markersize=6.5, color=colour, markeredgecolor=edge)
        label(axes, f"layer {p}", (-0.35, top - (layers.sizes[p] - 1) / 2), ha="right", va="center")
        top -= layers.sizes[p] + 1.0
    for number, segment in enumerate(built.path.segments):
        place = (number + 0.5, 1.2)
        axes.annotate(segment.label.split()[0], place, ha="center", va="bottom", fontsize=8, color=GREY, annotation_clip=False)
    for text, colour, place_x in LEGEND:
        label(axes, text, (place_x, top - 0.5), color=colour, va="top")
    axes.set_ylim(top - 1.5, 2)
    axes.set_axis_off()
    axes.set_title("units that the output reads, waypoint by waypoint")


def _loss(axes: Axes, built: Built) -> None:
    profile = built.path.assembled(list(built.walked.losses))
    built.path.draw(axes, profile, color=BLACK)
    axes.axhline(built.worse, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    label(axes, "worse endpoint", (4.5, built.worse), color=GREY, ha="center", va="bottom")
    axes.set_xticks(range(len(built.path.waypoints)))
    axes.set_xlabel("waypoint")
    axes.set_title("loss: its maximum is that of a small network or an endpoint")
