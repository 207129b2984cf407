"""How much variance the pre-activations of a combination keep, layer by layer, and what REPAIR restores."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.combinability._trained import deep_pair
from experiments.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, label, panels, style
from toykit.combining.collapse import collapse, weights
from toykit.combining.draws import mixing
from toykit.data import teacher_student
from toykit.landscape import Layered, Pair
from toykit.losses import SquaredLoss
from toykit.matching import activation_matching
from toykit.networks.mlp import MLP
from toykit.seeds import generator

CORRELATION, WIDTH, DEPTH, NETS = 0.4, 64, 5, 12


def draw() -> Figure:
    """Left: random networks and the depth product. Right: two trained networks, before and after their correction."""
    with style():
        figure, (left, right) = panels(1, 2, height=3.3)
        _random(left)
        _trained(right)
        return figure


def _random(axes: Axes) -> None:
    data = teacher_student(count=40, width=16, outputs=2)
    net = MLP((16, *(WIDTH,) * (DEPTH - 1), 2), "relu", SquaredLoss(), data, bias=False)
    layers = np.arange(1, DEPTH + 1)
    for spec, colour, name in (
        ("bernoulli(0.5)", BLUE, "vertices"),
        ("uniform", ORANGE, "uniform"),
        ("constant(0.5)", RED, "midpoint"),
    ):
        found = [_second_moments(net, spec, number) for number in range(NETS)]
        variance = mixing(_correlated(net, 0), spec).law.variance
        kappa = (1 + CORRELATION) / 2 + 2 * variance * (1 - CORRELATION)
        axes.plot(layers, kappa**layers, color=colour, linestyle="--", linewidth=1.2)
        axes.plot(layers, np.mean(found, axis=0), color=colour, marker="o", markersize=4, linestyle="none")
        label(axes, name, (DEPTH + 0.12, float(kappa**DEPTH)), color=colour, va="center")
    axes.set_ylim(0, 1.25)
    axes.set_xlim(0.7, DEPTH + 1.3)
    axes.set_xticks(layers)
    axes.set_xlabel("layer")
    axes.set_ylabel("second moment, relative to the ends")
    axes.set_title(r"random ReLU networks, $\rho=0.4$")
    label(axes, r"dashed: $\kappa^l$", (0.85, 0.06), color=GREY)


def _correlated(net: MLP, number: int) -> Pair:
    stream = generator("correlated networks of a figure", number)
    first, other = net.draw(stream), net.draw(stream)
    return Pair(net, first, CORRELATION * first + math.sqrt(1 - CORRELATION**2) * other)


def _second_moments(net: MLP, spec: str, number: int) -> list[float]:
    mixed = mixing(_correlated(net, number), spec)
    point = mixed.centre + mixed.step(next(mixed.deviations(1, number))) if mixed.law.variance else mixed.centre
    found = []
    for layer in range(1, DEPTH + 1):
        sizes = [np.square(net.preactivations(theta, layer)).sum() for theta in (mixed.pair.theta_a, mixed.pair.theta_b, point)]
        found.append(float(2 * sizes[2] / (sizes[0] + sizes[1])))
    return found


def _trained(axes: Axes) -> None:
    pair = deep_pair()
    net = pair.landscape
    if not isinstance(net, Layered):
        raise TypeError("the pair has layers")
    aligned = replace(pair, theta_b=activation_matching(pair, place="pre").theta)
    layers = np.arange(1, net.depth)
    shown = (
        (aligned, "bernoulli(0.5)", BLUE, "vertices, matched"),
        (aligned, "constant(0.5)", GREEN, "midpoint, matched"),
        (pair, "constant(0.5)", RED, "midpoint, as trained"),
    )
    for where, spec, colour, name in shown:
        rows = collapse(mixing(where, spec), 10, method="repair")[:-1]
        axes.plot(layers, [row.measured for row in rows], color=colour, marker="o", markersize=4)
        axes.plot(layers, [row.from_ends for row in rows], color=colour, linestyle="--", linewidth=1.0)
        label(axes, name, (net.depth - 0.88, rows[-1].measured), color=colour, va="center")
        if where is aligned and spec.startswith("bernoulli"):
            axes.plot(layers, [row.renormalised or 0.0 for row in rows], color=PURPLE, marker="s", markersize=4, linestyle="none")
            label(axes, "after REPAIR", (net.depth - 0.88, rows[-1].renormalised or 0.0), color=PURPLE, va="center")
    axes.set_ylim(0, 1.9)
    axes.set_xlim(0.7, net.depth + 1.5)
    axes.set_xticks(layers)
    axes.set_xlabel("hidden layer")
    axes.set_ylabel("variance, relative to the ends")
    axes.set_title("trained, ReLU " + "-".join(map(str, (weights(net, pair.theta_a, 1).shape[1], *net.widths, 3))))
    label(axes, "dashed: from the ends alone", (0.85, 1.8), color=GREY)
