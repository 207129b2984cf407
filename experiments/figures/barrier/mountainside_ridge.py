"""Mountainside and ridge: the chord of two runs climbs back to where they came from, and a ridge adds to the climb."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Arc

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, RED, label, panels, style
from toykit.chord import grid, profile
from toykit.landscape import Pair
from toykit.mountainside import Mountainside, mountainside
from toykit.networks.mountains import across_a_ridge, on_a_mountain

RIGHT_ANGLE = math.pi / 2
HALF_WIDTH, TOP, BOTTOM = 1.05, 0.25, -1.15
LEVELS = np.array([0.0, 0.005, 0.02, 0.045, 0.08, 0.125, 0.18, 0.25, 0.4])
RELIEF = LinearSegmentedColormap.from_list("relief", ["#eef5ea", "#f6ecd2", "#e3c9a0", "#c9a27a"])


def draw() -> Figure:
    """Above: two mountains from above, with base, angle, runs and chord. Below: the loss on the way down and along the chord."""
    smooth, ridged = on_a_mountain(RIGHT_ANGLE), across_a_ridge()
    with style():
        figure, (left, right, under_left, under_right) = panels(2, 2, height=2.75, gridspec_kw={"height_ratios": [1, 1.15]})
        for axes, pair, words in ((left, smooth, "a mountain"), (right, ridged, "a mountain with ridges")):
            _relief(axes, pair)
            axes.set_title(words)
        label(left, "same\ndistance", (0.62, -0.53))
        label(right, "ridge", (0.04, -0.99), color=GREEN)
        right.plot([0, 0], [-0.32, BOTTOM], color=GREEN, linestyle=":", linewidth=1.6, zorder=2)
        for axes, pair in ((under_left, smooth), (under_right, ridged)):
            _heights(axes, pair)
        under_left.set_title(r"the chord climbs back: $\rho_2=1$")
        under_right.set_title(r"and over the ridge: $\rho_2=2.2$")
    return figure


def letters(pair: Pair) -> Mountainside:
    """The letters of a pair that has a base."""
    found = mountainside(pair)
    if found is None or found.on_run is None:
        raise ArithmeticError(f"{pair.name} has a base and runs that pass the distance of the midpoint")
    return found


def _relief(axes: Axes, pair: Pair) -> None:
    x, y = np.linspace(-HALF_WIDTH, HALF_WIDTH, 161), np.linspace(BOTTOM, TOP, 121)
    heights = np.array([[pair.landscape.loss(pair.landscape.point(x_1=u, x_2=v)) for u in x] for v in y])  # type: ignore[attr-defined]
    axes.contourf(x, y, heights, levels=LEVELS, cmap=RELIEF, extend="max")
    axes.contour(x, y, heights, levels=LEVELS[1:], colors=GREY, linewidths=0.5, alpha=0.6)
    ends = [tuple(map(float, pair.landscape.values(theta))) for theta in (pair.theta_a, pair.theta_b)]  # type: ignore[attr-defined]
    arrow = {"arrowstyle": "->", "color": BLUE, "linewidth": 1.8, "shrinkA": 4, "shrinkB": 3}
    for x_end, y_end in ends:
        axes.annotate("", (x_end, y_end), (0, 0), arrowprops=arrow)
    middle = (0.0, ends[0][1])
    axes.plot(*np.array(ends).T, color=RED, zorder=3)
    axes.plot(*np.array(ends).T, "o", color=BLACK, markersize=5, zorder=4)
    axes.plot(*middle, "D", color=RED, markersize=5, zorder=4)
    axes.plot(0, 0, "^", color=BLACK, markersize=8, zorder=4)
    _equal_distance(axes, abs(middle[1]))
    axes.add_patch(Arc((0, 0), 0.5, 0.5, theta1=225, theta2=315, color=BLACK, linewidth=1.0))
    label(axes, r"$\theta_0$", (0.07, 0.03))
    label(axes, "$A$", (0.0, -0.2), ha="center")
    label(axes, r"$\theta_a$", (ends[0][0] - 0.09, ends[0][1]), ha="right", va="center")
    label(axes, r"$\theta_b$", (ends[1][0] + 0.09, ends[1][1]), va="center")
    label(axes, "run", (-0.33, -0.27), color=BLUE, ha="right")
    label(axes, "run", (0.33, -0.27), color=BLUE)
    label(axes, "chord", (-0.4, middle[1] - 0.03), color=RED, ha="center", va="top")
    axes.set_aspect("equal")
    axes.set_xlim(-HALF_WIDTH, HALF_WIDTH)
    axes.set_ylim(BOTTOM, TOP)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)


def _equal_distance(axes: Axes, distance: float) -> None:
    """The points of both runs that are as far from the base as the midpoint, on a dashed circle."""
    angles = np.radians(np.linspace(218, 322, 61))
    axes.plot(distance * np.cos(angles), distance * np.sin(angles), color=BLACK, linestyle="--", linewidth=0.9, zorder=2)
    for angle in np.radians([225, 315]):
        axes.plot(distance * math.cos(angle), distance * math.sin(angle), "o", color=BLUE, markersize=5, zorder=4)


def _heights(axes: Axes, pair: Pair) -> None:
    """The loss over the distance from the base: down on a run, back up on the chord to the midpoint."""
    found, ts = letters(pair), grid(161)
    if pair.theta_0 is None or found.on_run is None:
        return
    run = pair.landscape.profile(pair.theta_0, pair.theta_b, ts)
    curve = profile(pair, ts).values
    away = np.hypot(found.dbar_norm, (2 * ts - 1) * found.Delta_norm / 2)
    axes.plot(ts, run, color=BLUE)
    axes.plot(away[80:], curve[80:], color=RED, linewidth=2.4)
    d = found.dbar_norm
    axes.plot([d, d], [-0.02, max(found.L_m, found.on_run)], color=BLACK, linestyle="--", linewidth=0.9, zorder=0)
    axes.plot(d, found.on_run, "o", color=BLUE, markersize=6)
    axes.plot(d, found.L_m, "D", color=RED, markersize=6)
    axes.plot(0, found.start, "^", color=BLACK, markersize=8, clip_on=False)
    axes.plot(1, found.L_b, "o", color=BLACK, markersize=6)
    _bracket(axes, d - 0.03, found.L_bar, found.on_run, "climb", BLUE)
    if found.L_m > found.on_run * 1.01:
        _bracket(axes, d - 0.03, found.on_run, found.L_m, "", GREEN)
        label(axes, "ridge", (d - 0.05, found.L_m), color=GREEN, ha="right", va="center")
    label(axes, r"$\theta_0$", (0.04, found.start + 0.005))
    label(axes, "run", (0.2, 0.19), color=BLUE, ha="right")
    label(axes, "chord", (0.86, 0.042 if found.L_m < 0.1 else 0.075), color=RED)
    label(axes, r"$\theta_b$", (1.02, 0.012))
    axes.set_xlim(0, 1.1)
    axes.set_ylim(-0.012, 0.27)
    axes.set_xticks([0, d, 1], ["0", r"$|\bar\delta|$", "$r$"])
    axes.set_yticks([0, 0.1, 0.2])
    axes.set_xlabel(r"distance from $\theta_0$")
    axes.set_ylabel("loss")


def _bracket(axes: Axes, x: float, low: float, high: float, words: str, color: str) -> None:
    axes.annotate("", (x, high), (x, low), arrowprops={"arrowstyle": "<->", "color": color, "shrinkA": 0, "shrinkB": 0})
    label(axes, words, (x - 0.02, (low + high) / 2), color=color, ha="right", va="center")
