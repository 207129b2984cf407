"""Noisy copies on a saddle: they part along the direction that curves down, and their mean gap grows exponentially."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.networks.branching import Branching, quadratic
from toykit.seeds import generator

SLUG = "barrier/sgd_instability"
NOISE, RATE, STEPS, DRAWN, COPIES = 0.3, 0.05, 30, 12, 2000


def draw() -> Figure:
    """Left: pairs of copies on a saddle. Right: the mean gap with its parts, and simulated pairs."""
    with style():
        figure, (plane, gaps) = panels(1, 2, height=3.4)
        _plane(plane)
        _gaps(gaps)
    return figure


def saddle() -> Branching:
    """L = (y^2 - x^2)/2 with equal noise in both directions."""
    landscape = quadratic((-1.0, 1.0), noise=NOISE, rate=RATE, steps=STEPS).landscape
    if not isinstance(landscape, Branching):
        raise TypeError("copies part on the saddle")
    return landscape


def followed(count: int) -> Floats:
    """`count` pairs of copies from 0, shape (steps + 1, 2, count, 2)."""
    landscape, stream = saddle(), generator("drawn copies")
    points = [np.zeros((2 * count, 2))]
    for _ in range(STEPS):
        points.append(landscape.descend(points[-1], RATE, 1, stream))
    return np.array(points).reshape(STEPS + 1, 2, count, 2)


def _plane(axes: Axes) -> None:
    x, y = np.linspace(-2.4, 2.4, 121), np.linspace(-1.1, 1.1, 121)
    heights = (y[:, None] ** 2 - x[None, :] ** 2) / 2
    axes.contour(x, y, heights, levels=np.linspace(-2.4, 0.6, 16).tolist(), colors=LIGHT, linewidths=0.8, linestyles="solid")
    paths = followed(DRAWN)
    for number in range(DRAWN):
        first = number == _widest(paths)
        color, width = (BLUE, 1.6) if first else (GREY, 0.6)
        for copy in range(2):
            axes.plot(*paths[:, copy, number].T, color=color, linewidth=width, zorder=2 + first)
        if first:
            axes.plot(*paths[-1, :, number].T, color=RED, marker="o", markersize=5, zorder=4)
    axes.plot(0, 0, "o", color=BLACK, markersize=5, zorder=5)
    label(axes, "two copies", (-1.75, -0.62), color=BLUE)
    label(axes, "their chord", (-1.75, -0.85), color=RED)
    label(axes, r"$x$ curves down, $-\mu$", (2.35, -1.05), color=GREY, ha="right")
    label(axes, r"$y$ curves up, $+\mu$", (0.08, 0.98), color=GREY)
    axes.set_xlim(-2.4, 2.4)
    axes.set_ylim(-1.1, 1.1)
    axes.set_xticks([-2, 0, 2])
    axes.set_yticks([-1, 0, 1])
    axes.set_title(f"{DRAWN} pairs that part on a saddle")


def _widest(paths: Floats) -> int:
    return int(np.abs(paths[-1, 0, :, 0] - paths[-1, 1, :, 0]).argmax())


def _gaps(axes: Axes) -> None:
    steps = np.arange(STEPS + 1)
    letters = {"eta": RATE, "v": NOISE**2 / RATE, "k": steps}
    down, up = (evaluate(SLUG, "gap", letters | {"lamda": value}) for value in (-1.0, 1.0))
    time = steps * RATE
    zero_line(axes)
    axes.plot(time, down, color=RED, linewidth=1.2)
    axes.plot(time, up, color=GREEN, linewidth=1.2)
    axes.plot(time, down + up, color=BLACK)
    paths, landscape = followed(COPIES), saddle()
    for step in range(5, STEPS + 1, 5):
        found = landscape.gaps(paths[step, 0], paths[step, 1])
        bar = 2 * found.std() / np.sqrt(COPIES)
        axes.errorbar(step * RATE, found.mean(), bar, fmt="o", color=BLACK, markersize=4)
    label(axes, r"$\frac{\varsigma^2}{8}(e^{2\mu\tau}-1)$", (0.86, 0.118), color=RED, ha="right")
    label(axes, r"$-\frac{\varsigma^2}{8}(1-e^{-2\mu\tau})$", (0.62, -0.032), color=GREEN)
    label(axes, f"sum, and the mean\nof {COPIES} pairs", (1.0, 0.028))
    axes.set_ylim(-0.045, 0.205)
    axes.set_xlabel(r"time $\mu\tau$ after branching")
    axes.set_title("mean gap at the middle of the chord")
