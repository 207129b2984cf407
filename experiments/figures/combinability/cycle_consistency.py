"""Three networks of which every pair prefers the swap; loss along A, B, C and back, by pairwise and by factored matching."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.combinability import _runs as runs
from experiments.figures.style import BLACK, BLUE, GREY, LIGHT, RED, label, panels, style
from toykit.landscape import Floats
from toykit.matching import frank_wolfe, rebasin
from toykit.matching.rebasin import inverse
from toykit.matching.universe import Perms, around, composed
from toykit.matching.universe import pairwise as matched_pairwise
from toykit.parameters import Parameters, chord_point

POINTS = 21
CORNERS = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (0.5, 0.85)}


def draw() -> Figure:
    """Left the triangle of swaps, right the loss around the cycle of three trained networks."""
    with style():
        figure, (triangle, profile) = panels(1, 2, height=2.7, width_ratios=(1, 2))
        _triangle(triangle)
        thetas = [runs.run(number) for number in range(3)]
        found = {key: matching.perm for key, matching in matched_pairwise(runs.net(), thetas).items()}
        third = composed(found[0, 1], found[1, 2])
        chain = [thetas[0], _moved(thetas[1], found[0, 1]), _moved(thetas[2], third), _moved(thetas[0], around(found, (0, 1, 2)))]
        frame = frank_wolfe(runs.net(), thetas)
        back = inverse(dict(frame.perms[0]))
        closed = [_moved(theta, back) for theta in frame.thetas]
        ts = np.linspace(0, 1, POINTS)
        for path, colour, name in (([*chain, thetas[0]], RED, "pairwise"), ([*closed, closed[0]], BLUE, "factored")):
            losses = np.concatenate([_losses(*ends, ts) for ends in pairwise(path)])
            places = np.concatenate([number + ts for number in range(len(path) - 1)])
            profile.plot(places, losses, color=colour)
            label(
                profile, name, (places[POINTS // 2], losses[POINTS // 2]), color=colour, xytext=(6, 4), textcoords="offset points"
            )
        for number in range(5):
            profile.axvline(number, color=LIGHT, linewidth=0.8, zorder=0)
        profile.set_xticks(range(5), ["$A$", "$B$", "$C$", "$A$ mapped\naround", "$A$"])
        profile.set_ylim(bottom=0)
        profile.set_title("loss around the cycle")
        return figure


def _triangle(axes: Axes) -> None:
    for one, two in (("A", "B"), ("B", "C"), ("A", "C")):
        ends = np.array([CORNERS[one], CORNERS[two]])
        axes.plot(*ends.T, color=GREY)
        label(axes, "swap: 0\nkeep: $-1$", tuple(ends.mean(axis=0)), color=RED, ha="center", va="center", backgroundcolor="white")
    for name, place in CORNERS.items():
        axes.plot(*place, "o", color=BLACK, markersize=16)
        label(axes, name, place, color="white", ha="center", va="center")
    axes.set_xlim(-0.15, 1.15)
    axes.set_ylim(-0.15, 1.0)
    axes.set_axis_off()
    axes.set_title("three swaps make a swap")


def _moved(theta: Parameters, perm: Perms) -> Parameters:
    return rebasin(runs.net(), theta, perm)


def _losses(first: Parameters, second: Parameters, ts: Floats) -> Floats:
    return runs.net().losses([chord_point(first, second, float(t)) for t in ts])
