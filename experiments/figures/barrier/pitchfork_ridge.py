"""A valley that forks: two copies of one trunk take the same arm or both, and the later they part, the rarer both."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, RED, label, panels, style
from toykit.checks.barrier.pitchfork_ridge import apart
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.fork import Fork, constant_fork, opening_fork
from toykit.seeds import generator

SLUG = "barrier/pitchfork_ridge"
RATE, LONG, NOISE = 0.02, 900, 0.03
PARTED = 150
"""Step at which the two drawn copies part, a little before the saddle."""

COPIES = 2000


def draw() -> Figure:
    """Left: a fork seen from above, with a trunk, two copies and the chord between them. Right: how often both arms are taken."""
    with style():
        figure, (plane, chances) = panels(1, 2, height=3.5)
        _plane(plane, opening_fork(noise=NOISE))
        _chances(chances)
    return figure


def branched(pair: Pair) -> tuple[Floats, Floats]:
    """A trunk and two copies that take different arms, shapes (steps, 2) and (2, steps, 2): the first such seed."""
    landscape, base = pair.landscape, pair.theta_0
    if not isinstance(landscape, Fork) or base is None:
        raise TypeError("the pair lies on a fork and has a base")
    for number in range(100):
        stream = generator("drawn fork", number)
        trunk = _followed(landscape, np.array([landscape.values(base)], dtype=np.float64), PARTED, stream)
        copies = _followed(landscape, np.repeat(trunk[-1], 2, axis=0), LONG, stream)
        if copies[-1, 0, 0] < 0 < copies[-1, 1, 0]:
            return trunk[:, 0], copies.swapaxes(0, 1)
    raise ArithmeticError("no drawn pair of copies took both arms")


def _followed(landscape: Fork, start: Floats, steps: int, stream: np.random.Generator) -> Floats:
    points = [start]
    for _ in range(steps):
        points.append(landscape.descend(points[-1], RATE, 1, stream))
    return np.array(points)


def _plane(axes: Axes, pair: Pair) -> None:
    x, y = np.linspace(-1.5, 1.5, 161), np.linspace(-1.2, 1.5, 161)
    heights = x[None, :] ** 4 / 4 - y[:, None] * x[None, :] ** 2 / 2 + (y[:, None] - 0.5) ** 2 / 2
    axes.contour(x, y, heights, levels=np.linspace(-0.12, 1.4, 16).tolist(), colors=LIGHT, linewidths=0.8, linestyles="solid")
    axes.plot([0, 0], [0, 1.5], color=GREY, linestyle=":", linewidth=1.4)
    trunk, copies = branched(pair)
    axes.plot(*trunk.T, color=BLACK, linewidth=1.4)
    for copy in copies:
        axes.plot(*copy.T, color=BLUE, linewidth=1.0)
    axes.plot([-1, 1], [1, 1], color=RED, marker="o", markersize=5)
    axes.plot(*trunk[0], "o", color=BLACK, markersize=5)
    axes.plot(0, 0.5, "x", color=GREEN, markersize=7, markeredgewidth=2)
    label(axes, "ridge", (0.04, 1.36), color=GREY)
    label(axes, "chord", (-0.5, 1.06), color=RED, ha="center")
    label(axes, "saddle", (-0.1, 0.4), color=GREEN, ha="right", va="top")
    label(axes, "two copies", (0.62, 0.36), color=BLUE, va="top")
    label(axes, "trunk", (0.06, -0.6))
    label(axes, r"$\theta_0$", (0.08, -1.08))
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
    axes.set_xlabel("across the valley, $x$")
    axes.set_ylabel("along the valley, $y$")
    axes.set_title("a fork, its ridge and a branched pair")


def _chances(axes: Axes) -> None:
    tau = np.linspace(0, 3.2, 201)
    law = evaluate(SLUG, "forked", {"mu": 1.0, "tau": tau})
    axes.plot(tau, law, color=BLACK)
    axes.plot(tau, np.sqrt(2) * np.exp(-tau) / np.pi, color=GREY, linestyle="--", linewidth=1.0)
    times = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
    found = [apart(constant_fork(1, noise=NOISE, trunk=float(time)), COPIES) for time in times]
    bar = 2 * np.sqrt(np.array(found) * (1 - np.array(found)) / COPIES)
    axes.errorbar(times, found, bar, fmt="o", color=RED, markersize=5, linewidth=1.2)
    label(axes, r"$\frac{1}{\pi}\arccos(1-e^{-2\mu\tau})$", (0.75, 0.29))
    label(axes, r"$\frac{\sqrt{2}}{\pi}e^{-\mu\tau}$", (0.15, 0.2), color=GREY)
    label(axes, f"{COPIES} simulated pairs,\ntwo standard errors", (1.35, 0.2), color=RED)
    axes.set_xlim(-0.08, 3.2)
    axes.set_ylim(0, 0.56)
    axes.set_xlabel(r"branching time $\mu\tau$")
    axes.set_title("fraction of pairs with a barrier")
