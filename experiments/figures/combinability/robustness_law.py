"""Distance and midpoint accuracy after re-shuffling part of the matched units: the law, draws, and the level without matching."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.combinability import _runs as runs
from experiments.figures.combinability._runs import UNITS
from experiments.figures.style import BLUE, GREY, RED, label, panels, style
from toykit.landscape import Pair
from toykit.matching import rebasin, weight_matching
from toykit.matching.reshuffling import expected_distance_2, reshuffling
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator

DRAWS = 12


def draw() -> Figure:
    """Both quantities against the part of the units that is re-shuffled, for a 4-24-24-6 ReLU network."""
    net, away = runs.net(), runs.run(1)
    pair = Pair(net, runs.run(0), away, "two trained networks")
    pair, stream = replace(pair, theta_b=weight_matching(pair).theta), generator("figure of re-shuffling")
    counts = np.arange(1, UNITS + 1)
    law = [expected_distance_2(net, pair.theta_a, pair.theta_b, dict.fromkeys((1, 2), int(m))) for m in counts]
    found = {}
    for m in (*counts[::4], counts[-1]):
        perms = [reshuffling(net, dict.fromkeys((1, 2), int(m)), stream) for _ in range(DRAWS)]
        found[m / UNITS] = [rebasin(net, pair.theta_b, perm) for perm in perms]
    with style():
        figure, (left, right) = panels(1, 2, height=2.7)
        left.plot(counts / UNITS, law, color=BLUE)
        for part, thetas in found.items():
            left.plot([part] * DRAWS, [(pair.theta_a - theta).norm() ** 2 for theta in thetas], ".", color=RED, alpha=0.5)
        unmatched = (pair.theta_a - away).norm() ** 2
        left.axhline(unmatched, color=GREY, linestyle=":")
        label(left, "as trained", (0.0, unmatched), color=GREY, xytext=(0, 4), textcoords="offset points")
        label(left, "law", (0.52, law[UNITS // 2]), color=BLUE, xytext=(8, -12), textcoords="offset points")
        left.set_title(r"$|\theta_a - P\theta_b|^2$")
        means = [float(np.mean([_accuracy(pair, theta) for theta in thetas])) for thetas in found.values()]
        for part, thetas in found.items():
            right.plot([part] * DRAWS, [_accuracy(pair, theta) for theta in thetas], ".", color=RED, alpha=0.5)
        right.plot(list(found), means, color=RED)
        right.axhline(_accuracy(pair, away), color=GREY, linestyle=":")
        label(right, "as trained", (0.0, _accuracy(pair, away)), color=GREY, xytext=(0, 4), textcoords="offset points")
        right.set_title("accuracy at the midpoint")
        for axes in (left, right):
            axes.set_xlabel("part of the units re-shuffled, $m/n$")
        return figure


def _accuracy(pair: Pair, theta: Parameters) -> float:
    error = pair.landscape.error(chord_point(pair.theta_a, theta, 0.5))
    return 1 - (error or 0.0)
