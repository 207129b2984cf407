"""The Hessian at a solution has exactly NK curved directions; with u^2 the rank stops growing although p > N."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.connectivity.waypoint_certificate import layered
from experiments.figures.style import BLUE, GREEN, GREY, RED, label, panels, style
from toykit.checks.connectivity.interpolation_dimension import CUBIC, SQUARE, polynomial
from toykit.connectivity.interpolation import Interpolation
from toykit.data import gaussian_clusters
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.seeds import generator

ROUNDED = 1e-18
"""Below this fraction of the largest an eigenvalue is drawn at the floor."""


def draw() -> Figure:
    """Left: eigenvalues of the Hessian for three numbers of examples. Right: rank against the number of examples."""
    with style():
        figure, (spectrum, ranks) = panels(1, 2, height=3.0, width_ratios=(1.5, 1))
        _spectrum(spectrum)
        _ranks(ranks)
        return figure


def _spectrum(axes: Axes) -> None:
    net = MLP((5, 10, 8, 3), "tanh", CrossEntropy(), gaussian_clusters())
    theta = net.draw(generator("figure interpolation dimension"))
    for examples, colour in ((10, BLUE), (20, GREEN), (30, RED)):
        at = Interpolation.of(net, theta, examples)
        values = np.sort(np.abs(np.linalg.eigvalsh(at.jacobian.T @ at.jacobian)))[::-1]
        axes.semilogy(np.arange(1, len(values) + 1), np.maximum(values / values[0], ROUNDED), ".", color=colour, ms=4)
        axes.axvline(3 * examples + 0.5, color=colour, linewidth=1, linestyle=(0, (4, 3)))
        label(axes, f"NK = {3 * examples}", (3 * examples + 2.5, 10.0 ** (-6.5 - examples / 8)), color=colour)
    label(axes, "p = 175", (175, 3e-15), color=GREY, ha="right")
    axes.set_ylim(1e-18, 5)
    axes.set_xlabel("number of the eigenvalue")
    axes.set_ylabel("eigenvalue / largest")
    axes.set_title("Hessian of a network at a solution")


def _ranks(axes: Axes) -> None:
    counts = list(range(1, 10))
    for activation, colour, name in ((CUBIC, BLUE, "$u^2+u^3$"), (SQUARE, RED, "$u^2$")):
        found = []
        for count in counts:
            pair = polynomial(activation, 2, 2, count)
            found.append(Interpolation.of(layered(pair), pair.theta_a, count).rank)
        axes.plot(counts, found, "o-", color=colour, markersize=4)
        label(axes, name, (9.2, found[-1]), color=colour, va="center")
    axes.plot(counts[:7], counts[:7], color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    label(axes, "N", (7.1, 7.0), color=GREY, va="center")
    axes.set_ylim(0, 7.5)
    axes.set_xlabel("examples N")
    axes.set_ylabel("rank of the Jacobian")
    axes.set_title("two units, p = 6")
