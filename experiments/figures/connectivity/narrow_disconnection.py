"""Two valleys and a pass at the exact level; searched paths stay low between solutions of one sign, never between two signs."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import minimize

from experiments.figures.style import BLACK, BLUE, RED, label, panels, style
from toykit.connectivity.narrow import Targets
from toykit.data import gaussian_clusters
from toykit.landscape import Floats
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator

WAYPOINTS, POSITIONS, SHARPNESS = 3, 9, 300.0
"""Free waypoints of a searched path, positions per segment, and how close the soft maximum is to the maximum."""


def draw() -> Figure:
    """Left: one unit, one example. Right: searched paths of narrow nets with three classes."""
    with style():
        figure, (valleys, paths) = panels(1, 2, height=3.2, width_ratios=(1, 1.25))
        _valleys(valleys)
        _searched(paths)
        return figure


def _valleys(axes: Axes) -> None:
    w, v = np.meshgrid(np.linspace(-2.6, 2.6, 261), np.linspace(-2.6, 2.6, 261))
    loss = (w * v - 1) ** 2 / 2
    axes.contourf(w, v, loss, levels=[0, 0.125, 0.5], colors=["#cfe3f0", "#e9f2f8"])
    axes.contour(w, v, loss, levels=[0.5], colors=[RED], linewidths=1.2)
    branch = np.linspace(0.39, 2.6, 100)
    for sign in (1, -1):
        axes.plot(sign * branch, sign / branch, color=BLUE)
    label(axes, "$D=1$", (0.35, 0.35), color=BLUE)
    label(axes, "$D=-1$", (-0.35, -0.35), color=BLUE, ha="right", va="top")
    label(axes, "pass at 1/2", (0.15, -0.3), color=RED)
    axes.plot(0, 0, "o", color=RED, markersize=5)
    axes.set_xlabel("incoming weight")
    axes.set_ylabel("outgoing weight")
    axes.set_title("loss of $(wv-1)^2/2$")


def _searched(axes: Axes) -> None:
    net = MLP((5, 8, 2, 3), "tanh", SquaredLoss(), gaussian_clusters(30, clusters=3))
    targets = Targets.of(net, 3)
    level = 0.5 * targets.sigma**2 / 30
    ends = [_trained(net, number, 0.15 * level) for number in range(6)]
    pairs = [Ends(a, b, targets.sign(a) == targets.sign(b)) for i, a in enumerate(ends) for b in ends[:i]]
    for colour, same in ((BLUE, True), (RED, False)):
        for ends_found in [pair for pair in pairs if pair.same is same][:3]:
            losses = _searched_losses(net, ends_found)
            axes.plot(np.linspace(0, 1, losses.size), losses, color=colour, linewidth=1.5)
    axes.axhline(level, color=BLACK, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_ylim(-0.15 * level, 1.3 * level)
    label(axes, "level 1/6", (0, level * 1.02), va="bottom")
    label(axes, "opposite signs", (0.5, level * 1.12), color=RED, ha="center", va="bottom")
    label(axes, "same sign", (0.5, -0.04 * level), color=BLUE, ha="center", va="top")
    axes.set_xlabel("position on a searched path")
    axes.set_ylabel("loss")
    axes.set_title("two units, three classes")


class Ends(NamedTuple):
    """Two solutions, and whether their signs agree."""

    a: Parameters
    b: Parameters
    same: bool


def _trained(net: MLP, number: int, wanted: float) -> Parameters:
    """The first of a few seeded trainings that ends below the loss that is wanted."""
    for attempt in range(10):
        start = net.draw(generator("figure narrow disconnection", 100 * number + attempt))

        def objective(flat: Floats, start: Parameters = start) -> tuple[float, Floats]:
            theta = _point(flat, start)
            return net.loss(theta), _flat(net.gradient(theta))

        theta = _point(minimize(objective, _flat(start), jac=True, method="L-BFGS-B", options={"maxiter": 60}).x, start)
        if net.loss(theta) < wanted:
            break
    return theta


def _searched_losses(net: MLP, ends: Ends) -> Floats:
    """The losses along a polygonal path whose free waypoints minimise a soft maximum, on a fine grid."""
    ts = np.linspace(0.0, 1.0, POSITIONS)
    size = _flat(ends.a).size
    first = [chord_point(ends.a, ends.b, s) for s in np.linspace(0, 1, WAYPOINTS + 2)[1:-1]]
    noise = generator("figure narrow path").normal(size=WAYPOINTS * size)

    def way(flat: Floats) -> list[Parameters]:
        return [ends.a, *(_point(part, ends.a) for part in flat.reshape(WAYPOINTS, size)), ends.b]

    def objective(flat: Floats) -> tuple[float, Floats]:
        losses, slopes = list[float](), list[tuple[int, float, Floats]]()
        for i, (before, after) in enumerate(pairwise(way(flat))):
            for t in ts:
                theta = chord_point(before, after, float(t))
                losses.append(net.loss(theta))
                slopes.append((i, float(t), _flat(net.gradient(theta))))
        values = np.array(losses)
        shares = np.exp(SHARPNESS * (values - values.max()))
        soft = values.max() + np.log(shares.mean()) / SHARPNESS
        gradient = np.zeros((WAYPOINTS + 2, size))
        for (i, t, slope), share in zip(slopes, shares / shares.sum(), strict=True):
            gradient[i] += (1 - t) * share * slope
            gradient[i + 1] += t * share * slope
        return float(soft), gradient[1:-1].ravel()

    start = np.concatenate([_flat(theta) for theta in first]) + 0.1 * noise
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 80})
    pieces = [net.profile(before, after, np.linspace(0, 1, 101)) for before, after in pairwise(way(found.x))]
    return np.concatenate(pieces)


def _flat(theta: Parameters) -> Floats:
    return np.concatenate([np.ravel(array) for array in theta.values()])


def _point(flat: Floats, template: Parameters) -> Parameters:
    ends = np.cumsum([array.size for array in template.values()])[:-1]
    pieces = zip(template, np.split(flat, ends), strict=True)
    return Parameters({name: piece.reshape(template[name].shape) for name, piece in pieces})
