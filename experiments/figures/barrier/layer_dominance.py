"""Merging one layer after the other: the step that merges the last layer always goes down."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.barrier._small_nets import trained_pairs
from experiments.figures.style import BLUE, GREEN, GREY, label, panels, style, zero_line
from toykit.checks.barrier._one_layer import with_layer
from toykit.landscape import Floats, Pair
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters, chord_point

PAIRS = 8


def draw() -> Figure:
    """Symmetrised barrier after merging the first l layers of eight pairs, up to the full barrier at the right."""
    with style():
        figure, (axes,) = panels(height=3.3)
        zero_line(axes)
        highest = 0.0
        for pair in trained_pairs(PAIRS):
            heights = cumulative(pair)
            highest = max(highest, float(heights.max()))
            axes.plot(range(4), heights[:4], color=GREY, linewidth=1.2)
            axes.plot([3, 4], heights[3:], color=GREEN, linewidth=2.0)
            axes.plot(4, heights[4], "o", color=BLUE, markersize=4)
        axes.set_xticks(range(5), ["none", "1", "1, 2", "1, 2, 3", "all four"])
        axes.set_xlabel("merged layers; the others from both ends, averaged")
        label(axes, r"full barrier $g(\frac{1}{2})$", (4.06, float(highest) / 2), color=BLUE, va="center", ha="left")
        label(axes, "last step: always down", (3.5, highest), color=GREEN, ha="center", va="top")
        axes.set_xlim(-0.1, 4.75)
        axes.set_title("symmetrised barrier at $t=1/2$ of eight trained pairs")
    return figure


def cumulative(pair: Pair) -> Floats:
    """Mean over both ends of L(end with its first l layers from theta_{1/2}), minus the mean of L_a and L_b; l = 0..L."""
    net = pair.landscape
    if not isinstance(net, MLP):
        return np.empty(0)
    middle = chord_point(pair.theta_a, pair.theta_b, 0.5)
    points: list[list[Parameters]] = [[pair.theta_a, pair.theta_b]]
    for layer in range(1, net.depth + 1):
        points.append([with_layer(net, theta, layer, middle) for theta in points[-1]])
    means: Floats = np.array([net.losses(both).mean() for both in points])
    found: Floats = means - means[0]
    return found
