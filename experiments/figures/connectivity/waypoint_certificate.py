"""A typed path is a staircase of flat steps and convex arcs: no arc rises above its ends; the 0-1 error does."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style
from toykit.connectivity.certificate import typed, walk
from toykit.connectivity.join import connect
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.toys import opposite_margins, random_nets
from toykit.errors import InputError
from toykit.landscape import Layered, Pair
from toykit.parameters import chord_point

PAIR = 177
"""Number of a pair of toys whose stages have clearly different losses."""


def draw() -> Figure:
    """Left: the loss along a path through rebuilt halves. Right: cross-entropy and error on one output segment."""
    with style():
        figure, (path, segment) = panels(1, 2, height=3.0, width_ratios=(2, 1))
        _staircase(path, random_nets(PAIR))
        _segment(segment, opposite_margins())
        return figure


def layered(pair: Pair) -> Layered:
    """The landscape of a toy, which has layers.

    Raises:
        InputError: it has none.

    """
    if not isinstance(pair.landscape, Layered):
        raise InputError(f"a path figure shows a layered toy; got {type(pair.landscape).__name__}")
    return pair.landscape


def _staircase(axes: Axes, pair: Pair) -> None:
    network = layered(pair)
    halves = Halves.of(pair, network)
    a, b = (halves.stages(theta, "figure", draws=1) for theta in (pair.theta_a, pair.theta_b))
    path = typed(network, connect(halves.layers, pair.theta_a, pair.theta_b, a, b))
    losses = walk(network, path, 41).losses
    for number, segment in enumerate(path.segments):
        colour = RED if segment.kind == "O" else BLUE
        axes.plot(number + np.linspace(0, 1, 41), losses[number], color=colour, linewidth=2.2)
        place = (number + 0.5, losses[number].min())
        axes.annotate(segment.kind, place, (0, -12), textcoords="offset points", ha="center", color=GREY)
    waypoints = np.append(losses[:, 0], losses[-1, -1])
    axes.plot(np.arange(len(waypoints)), waypoints, "o", color=BLACK, markersize=4, zorder=3)
    axes.axhline(waypoints.max(), color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    low, high = float(losses.min()), float(losses.max())
    axes.set_ylim(low - 0.22 * (high - low), high + 0.12 * (high - low))
    label(axes, "largest waypoint", (len(path.segments), waypoints.max()), color=GREY, ha="right", va="bottom")
    axes.set_xlabel("segment")
    axes.set_xticks(range(0, len(waypoints), 2))
    axes.set_title("loss along a path: constant steps, convex arcs")


def _segment(axes: Axes, pair: Pair) -> None:
    network, t = layered(pair), np.linspace(0, 1, 201)
    points = [chord_point(pair.theta_a, pair.theta_b, float(s)) for s in t]
    axes.plot(t, network.losses(points), color=RED)
    axes.plot(t, [network.error(p) or 0.0 for p in points], color=BLACK, drawstyle="steps-mid")
    label(axes, "cross-entropy", (0.5, 1.28), color=RED, ha="center", va="top")
    label(axes, "0-1 error", (0.5, 0.96), ha="center", va="top")
    axes.set_ylim(0, 1.85)
    axes.set_xlabel("position on an O segment")
    axes.set_title("the error can rise")
