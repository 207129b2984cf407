"""The mean excess of a thinned layer lies on a line of slope 1 against 1/k - 1/n; the best set lies far below it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.connectivity.waypoint_certificate import layered
from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style
from toykit.checks.connectivity.dropout_scaling import SLUG, units
from toykit.connectivity.rebuilding import best_readout
from toykit.connectivity.thinning import Thinnable, subsets
from toykit.data import teacher_student
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator

WIDTH, DRAWS = 64, 300


def draw() -> Figure:
    """Left: every set of the six units. Right: a layer of 64 units with its best read-out, on log axes."""
    with style():
        figure, (six, wide) = panels(1, 2, height=3.2, width_ratios=(1, 1.15))
        _six(six)
        _wide(wide)
        return figure


def _six(axes: Axes) -> None:
    pair = units((3, -1, 4, 1, -5, 9), 2, "six units")
    layer = Thinnable.of(layered(pair), pair.theta_a)
    sizes = np.arange(1, 7)
    for size in sizes:
        _, excess = _excess(layer, int(size))
        axes.plot(np.full(len(excess), 1 / size - 1 / 6), excess, "_", color=GREY, markersize=9, zorder=1)
        axes.plot(1 / size - 1 / 6, excess.mean(), "o", color=BLUE, markersize=5, zorder=3)
    law = 1 / sizes - 1 / 6
    axes.plot(law, 677 / 60 * law, color=BLUE, linewidth=1.5, zorder=2)
    label(axes, "mean = 677/60 (1/k $-$ 1/6)", (0.14, 14), color=BLUE)
    label(axes, "one set", (0.8, 24.5), color=GREY, va="center", ha="right")
    axes.set_ylim(-2, 28)
    axes.set_xlabel("1/k $-$ 1/6")
    axes.set_ylabel("excess loss")
    axes.set_title("all sets of six units")


def _wide(axes: Axes) -> None:
    pair = _fitted()
    layer = Thinnable.of(layered(pair), pair.theta_a)
    sizes = np.array([4, 6, 8, 12, 16, 24, 32, 40, 48, 54, 58, 61])
    found = [_excess(layer, int(size))[1] for size in sizes]
    law = 1 / sizes - 1 / WIDTH
    predicted = evaluate(SLUG, "excess", {"kept": sizes, "n": WIDTH, "scatter": layer.scatter(), "factor": 0.5})
    axes.loglog(law, predicted, color=BLUE, linewidth=1.5)
    axes.loglog(law, [e.mean() for e in found], "o", color=BLUE, markersize=5)
    axes.loglog(law, [e.min() for e in found], "v", color=RED, markersize=5)
    half = 1 / WIDTH
    axes.axvline(half, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    low, high = axes.get_ylim()
    label(axes, "k = n/2", (half * 1.08, high), color=GREY, va="top")
    label(axes, "mean of 300 draws,\nand the law", (law[-1], predicted[2]), color=BLUE, va="center")
    label(axes, "best draw", (law[3], found[3].min() * 0.45), color=RED, va="top", ha="center")
    axes.set_ylim(low, high)
    axes.set_xlabel("1/k $-$ 1/n")
    axes.set_ylabel("excess loss", color=BLACK)
    axes.set_title("64 units with their best read-out")


def _excess(layer: Thinnable, size: int) -> tuple[Floats, Floats]:
    kept = subsets(layer.width, size, DRAWS, generator("figure dropout scaling", size))
    return layer.measured(kept.counts, layer.width / size)


def _fitted() -> Pair:
    data = teacher_student(200)
    net = MLP((4, WIDTH, 1), "relu", SquaredLoss(), data)
    theta = net.draw(generator("figure dropout scaling"))
    best = best_readout(net.features(theta, 1), data)
    theta = theta.replace({net.weight_name(2): best.weight, str(net.bias_name(2)): best.bias})
    return Pair(net, theta, theta, "64 units")
