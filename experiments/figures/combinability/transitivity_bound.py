"""Pairs matched to a third network: barriers unmatched, by way of the third and direct; cosines against what chance gives."""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.combinability import _runs as runs
from experiments.figures.style import BLUE, GREY, LIGHT, RED, label, panels, style
from toykit.barriers.measured import gap
from toykit.chord import grid
from toykit.landscape import Pair
from toykit.matching import Matching, activation_matching, via, weight_matching

RUNS, POINTS = 4, 11


def by_activations(pair: Pair) -> Matching:
    """Activation matching before the activation, where no unit is constant."""
    return activation_matching(pair, place="pre")


MATCHERS = (("weights", weight_matching, BLUE), ("activations", by_activations, RED))


def draw() -> Figure:
    """Mean barriers over all choices of a third among four runs, and cos(A', B') beside rho_a rho_b."""
    triples = [(a, b, c) for c in range(RUNS) for a, b in itertools.combinations(sorted({*range(RUNS)} - {c}), 2)]
    with style():
        figure, (bars, points) = panels(1, 2, height=2.8, width_ratios=(1.2, 1))
        ts = grid(POINTS)
        for place, (name, match, colour) in enumerate(MATCHERS):
            found = [via(Pair(runs.net(), runs.run(a), runs.run(b), name), runs.run(c), match) for a, b, c in triples]
            unmatched = [Pair(runs.net(), runs.run(a), runs.run(b)) for a, b, _ in triples]
            rows = [(pair, v.pair, v.direct) for pair, v in zip(unmatched, found, strict=True)]
            barriers = np.array([[float(gap(pair, ts).max()) for pair in row] for row in rows])
            at = np.arange(3) + 0.38 * (place - 0.5)
            bars.bar(at, barriers.mean(axis=0), 0.36, color=colour, alpha=0.85)
            bars.plot(np.repeat(at[None], len(barriers), 0), barriers, ".", color=GREY, markersize=2.5)
            letters = [v.letters for v in found]
            null, joint = [row["rho_a"] * row["rho_b"] for row in letters], [row["cosine"] for row in letters]
            points.plot(null, joint, "o", color=colour, markersize=4, alpha=0.8)
            points.plot(null, [row["rho_direct"] for row in letters], "_", color=colour, markersize=8)
            above = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center"}
            label(points, name, (float(np.mean(null)), max(joint)), color=colour, **above)
        bars.set_xticks(range(3), ["unmatched", "by way of $C$", "direct"])
        bars.set_title("barrier between two of four runs")
        most = points.get_xlim()[1]
        points.plot([0, most], [0, most], color=LIGHT, linewidth=1.2, zorder=0)
        label(points, "chance", (most / 2, most / 2), color=GREY, xytext=(4, -10), textcoords="offset points")
        points.set_xlabel(r"$\rho_a\rho_b$")
        points.set_title(r"$\cos(A',B')$; a dash: matched directly")
        return figure
