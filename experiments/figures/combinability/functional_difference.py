"""Disagreement of runs and of combinations of two matched runs against their error, beside what independent errors give."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from experiments.figures.combinability import _runs as runs
from experiments.figures.style import BLUE, GREEN, GREY, RED, label, panels, style
from toykit.combining import mixing
from toykit.combining.difference import Difference, chosen_labels, difference
from toykit.landscape import Pair
from toykit.matching import weight_matching
from toykit.parameters import Parameters

RUNS, DRAWS, CLASSES = 4, 8, 6


def draw() -> Figure:
    """Left the disagreement and its bounds, right the disagreement divided by the sum of the errors and its null."""
    pair = Pair(runs.net(), runs.run(0), runs.run(1))
    pair = replace(pair, theta_b=weight_matching(pair).theta)
    groups = (
        ("runs", [runs.run(number) for number in range(RUNS)], BLUE),
        ("uniform", _combined(pair, "uniform"), GREEN),
        ("vertices", _combined(pair, "bernoulli(0.5)"), RED),
    )
    with style():
        figure, (left, right) = panels(1, 2, height=2.8)
        errors = np.linspace(0.005, 0.75, 100)
        null = [Difference(float(e), float(e), float(e**2), 0.0, 0.0, CLASSES).null for e in errors]
        left.plot(errors, null, color=GREY)
        left.plot(errors, np.minimum(1, 2 * errors), color=GREY, linestyle=":")
        right.plot(errors, null / (2 * errors), color=GREY)
        label(left, "independent", (0.42, null[55]), color=GREY, xytext=(0, -14), textcoords="offset points")
        label(left, r"$e_a+e_b$", (0.42, 0.86), color=GREY, ha="right")
        for place, (name, thetas, colour) in enumerate(groups):
            labels = [chosen_labels(runs.net().outputs(theta)) for theta in thetas]
            found = [difference(one, other, runs.net().targets, CLASSES) for one, other in itertools.combinations(labels, 2)]
            mean = [(each.error_a + each.error_b) / 2 for each in found]
            left.plot(mean, [each.disagreement for each in found], "o", color=colour, markersize=3.5, alpha=0.7)
            right.plot(mean, [each.normalised or 0.0 for each in found], "o", color=colour, markersize=3.5, alpha=0.7)
            label(left, name, (0.98, 0.3 - 0.1 * place), color=colour, xycoords="axes fraction", ha="right")
        left.set_title("disagreement")
        right.set_title("divided by the sum of the errors")
        right.set_ylim(0, 1)
        for axes in (left, right):
            axes.set_xlabel("mean error of the two")
        return figure


def _combined(pair: Pair, spec: str) -> list[Parameters]:
    mixed = mixing(pair, spec)
    return [mixed.centre + mixed.step(xi) for xi in mixed.deviations(DRAWS)]
