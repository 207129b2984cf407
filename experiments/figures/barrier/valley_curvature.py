"""A bent valley and the chord that cuts its corner: the barrier falls with the fourth power of the chord, not with the second."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, ORANGE, PURPLE, RED, label, panels, style
from toykit.barriers.measured import barrier
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.fork import constant_fork
from toykit.networks.radial import at_angle
from toykit.networks.valleys import mirrored, parabola, ring
from toykit.parameters import chord_point

SLUG = "barrier/valley_curvature"
WIDE = 0.9


def draw() -> Figure:
    """Left: a parabola of minimisers, a chord and the way from chord to curve. Right: barrier against the length of the chord."""
    with style():
        figure, (plane, powers) = panels(1, 2, height=3.4)
        _plane(plane)
        _powers(powers)
    return figure


def bent(x: float) -> Pair:
    """The minima of y = x^2 at -x and x."""
    valley = parabola(1)
    return Pair(valley, valley.minimum(-x), valley.minimum(x), valley.name)


def over_the_ridge(half: float) -> Pair:
    """Two points on both sides of a ridge of the curvature -1, `half` away from it."""
    pair = constant_fork(1, noise=0.0)
    landscape = pair.landscape
    return Pair(landscape, pair.theta_a * half, pair.theta_b * half, "across a ridge")


def _plane(axes: Axes) -> None:
    x, y = np.linspace(-1.15, 1.15, 161), np.linspace(-0.3, 1.3, 121)
    heights = (y[:, None] - x[None, :] ** 2) ** 2 / 2
    axes.contour(x, y, heights, levels=[0.005, 0.03, 0.1, 0.2, 0.35], colors=LIGHT, linewidths=0.8)
    axes.plot(x, x**2, color=GREEN)
    pair = bent(WIDE)
    ends = np.array([pair.landscape.values(theta) for theta in (pair.theta_a, pair.theta_b)])  # type: ignore[attr-defined]
    axes.plot(*ends.T, color=RED, marker="o", markersize=5)
    for t in (0.15, 0.3, 0.5, 0.7, 0.85):
        point = chord_point(pair.theta_a, pair.theta_b, t)
        at, height = float(point["x"][0]), float(point["y"][0])
        axes.plot([at, at], [at**2, height], color=BLACK if t == 0.5 else GREY, linewidth=1.4 if t == 0.5 else 0.8)
    label(axes, "chord", (-0.4, WIDE**2 + 0.03), color=RED, ha="center")
    label(axes, r"$\leq d$", (0.04, 0.42))
    label(axes, "valley of minima", (0.0, -0.06), color=GREEN, ha="center", va="top")
    axes.set_aspect("equal")
    axes.set_xlim(-1.15, 1.15)
    axes.set_ylim(-0.3, 1.25)
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([0, 1])
    axes.set_title("the chord cuts the corner of the valley")


def _powers(axes: Axes) -> None:
    sizes = np.geomspace(0.05, 0.6, 12)
    for words, where, color, pairs in (
        ("across a ridge", (0.1, 1.6e-2), PURPLE, [over_the_ridge(float(x)) for x in sizes]),
        ("ring", (0.55, 2.2e-4), BLUE, [at_angle(ring(), 1.0, 1.0, float(x) * 2) for x in sizes]),
        ("parabola", (0.1, 1.0e-4), GREEN, [bent(float(x)) for x in sizes]),
        ("hyperbola", (0.65, 6e-5), ORANGE, [mirrored(float(x)) for x in sizes]),
    ):
        axes.loglog(*series(pairs), "o", color=color, markersize=3.5)
        label(axes, words, where, color=color)
    chord = np.geomspace(0.08, 1.8, 50)
    leading = evaluate(SLUG, "leading", {"beta": 1.0, "kappa": 1.0, "Delta_norm": chord})
    axes.loglog(chord, chord**2 / 8, color=GREY, linewidth=1.0, linestyle="--", zorder=0)
    axes.loglog(chord, leading, color=GREY, linewidth=1.0, zorder=0)
    label(axes, r"slope 2: $|\Delta|^2/8$", (0.1, 6e-2), color=GREY)
    label(axes, r"slope 4: $\beta\kappa^2|\Delta|^4/128$", (0.2, 3e-6), color=GREY)
    axes.set_xlim(0.08, 2)
    axes.set_xlabel(r"length $|\Delta|$ of the chord")
    axes.set_title("barrier $B$ against the length of the chord")


def series(pairs: list[Pair]) -> tuple[Floats, Floats]:
    """|Delta| and B of every pair."""
    return np.array([pair.delta.norm() for pair in pairs]), np.array([barrier(pair).value for pair in pairs])


def slope(pairs: list[Pair]) -> float:
    """The slope of log B against log |Delta| between the first two pairs."""
    lengths, heights = series(pairs[:2])
    return math.log(heights[1] / heights[0]) / math.log(lengths[1] / lengths[0])
