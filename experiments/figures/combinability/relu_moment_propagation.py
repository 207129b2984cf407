"""Accuracy of random combinations, predicted without drawing lambda and measured; what the covariance between units is worth."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.descent import descended
from experiments.figures.style import BLUE, GREY, LIGHT, RED, label, panels, style
from toykit.combining.draws import mixing
from toykit.combining.prediction import predict
from toykit.data import gaussian_clusters
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy
from toykit.matching import activation_matching
from toykit.networks.mlp import MLP
from toykit.seeds import generator

DEPTHS, DRAWS = (1, 2, 3, 4), 60
LAWS = (("uniform", "element"), ("bernoulli(0.5)", "element"), ("bernoulli(0.5)", "row"))


def draw() -> Figure:
    """Left: one point per network, matching and law. Right: predicted over measured variance of the outputs, by depth."""
    with style():
        figure, (left, right) = panels(1, 2, height=3.3)
        rows = list(_rows())
        _accuracies(left, rows)
        _variances(right, rows)
        return figure


def _rows() -> Iterator[tuple[int, Floats, Floats]]:
    """Number of hidden layers; accuracy and output variance, measured, with full covariance and with variances only."""
    for hidden in DEPTHS:
        pair = trained(hidden)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a dead unit has no correlation; the figure shows the matcher as it is
            matched = replace(pair, theta_b=activation_matching(pair).theta)
        for where in (pair, matched):
            for spec, granularity in LAWS:
                mixed, net = mixing(where, spec, granularity), where.landscape
                if not isinstance(net, Layered):
                    raise TypeError("the pair has layers")
                outputs = np.array([net.outputs(mixed.centre + mixed.step(xi)) for xi in mixed.deviations(DRAWS)])
                accuracy = float((outputs.argmax(axis=2) == net.targets).mean())
                spread = float(outputs.var(axis=0, ddof=1).sum(axis=1).mean())
                found = [predict(mixed, variant) for variant in ("full", "diagonal")]
                accuracies = [accuracy, *(1 - (one.error or 0.0) for one in found)]
                yield hidden, np.array(accuracies), np.array([spread, *(one.variance for one in found)])


@cache
def trained(hidden: int) -> Pair:
    """Two ReLU networks with that many hidden layers of 24 units after gradient descent on four noisy classes."""
    data = gaussian_clusters(count=160, width=10, classes=4, clusters=8, spread=1.2)
    net = MLP((10, *(24,) * hidden, 4), "relu", CrossEntropy(), data)
    ends = [descended(net, net.draw(generator(f"moments {hidden}", number)), 300, 0.2) for number in (0, 1)]
    return Pair(net, ends[0], ends[1], f"{hidden} hidden layers")


def _accuracies(axes: Axes, rows: list[tuple[int, Floats, Floats]]) -> None:
    table = np.array([accuracy for _, accuracy, _ in rows])
    low = float(table.min()) - 0.04
    axes.plot([low, 1], [low, 1], color=LIGHT, linewidth=1.2, zorder=0)
    axes.plot(table[:, 0], table[:, 2], color=RED, marker="x", markersize=5, linestyle="none")
    axes.plot(table[:, 0], table[:, 1], color=BLUE, marker="o", markersize=4, linestyle="none")
    away = [float(np.abs(table[:, k] - table[:, 0]).max()) * 100 for k in (1, 2)]
    axes.set_xlabel("measured accuracy, 60 draws")
    axes.set_ylabel("predicted accuracy")
    axes.set_title("1 to 4 hidden layers")
    label(axes, f"full covariance, off by at most {away[0]:.1f} points", (low + 0.02, 0.97), color=BLUE)
    label(axes, f"variances only, {away[1]:.1f} points", (low + 0.02, 0.92), color=RED)


def _variances(axes: Axes, rows: list[tuple[int, Floats, Floats]]) -> None:
    axes.axhline(1.0, color=LIGHT, linewidth=1.2, zorder=0)
    for hidden, _, spread in rows:
        axes.plot(hidden + 0.08, spread[2] / spread[0], color=RED, marker="x", markersize=5)
        axes.plot(hidden - 0.08, spread[1] / spread[0], color=BLUE, marker="o", markersize=4)
    axes.set_ylim(0, 1.4)
    axes.set_xticks(DEPTHS)
    axes.set_xlabel("hidden layers")
    axes.set_ylabel("variance of outputs, predicted / measured")
    axes.set_title("what the covariance is worth")
    label(axes, "dots: full covariance", (0.8, 0.16), color=BLUE)
    label(axes, "crosses: variances only", (0.8, 0.06), color=RED)
    label(axes, "measured", (1.35, 1.05), color=GREY)
