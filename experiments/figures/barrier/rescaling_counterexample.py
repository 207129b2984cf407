"""A network against its rescaled copy: the least barrier over all permutations, at three widths."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREEN, GREY, ORANGE, RED, label, panels, style
from toykit.checks.barrier.rescaling_counterexample import SLUG, copies, matchings, rescaled_pair
from toykit.formula import evaluate

FACTORS = np.geomspace(1.0, 12.0, 200)
MEASURED = (1.5, 2, 3, 5, 8, 12)
WIDTHS = ((2, "least_2", BLUE), (3, "least_3", ORANGE), (4, "least", RED))
KINDS = {"own": BLUE, "own_dead": ORANGE, "crossed_dead": GREEN, "dead": RED}


def draw() -> Figure:
    """Left: the barrier of each kind of matching at width 4. Right: the least of them at widths 2, 3 and 4."""
    with style():
        figure, (kinds, least) = panels(1, 2, height=3.1, sharey=True)
        _kinds(kinds)
        _least(least)
        for axes in (kinds, least):
            axes.set_xscale("log")
            axes.set_xticks([1, 2, 4, 8, 12], ["1", "2", "4", "8", "12"])
            axes.minorticks_off()
            axes.set_xlabel("factor $m$ of the rescaling")
            axes.set_ylim(-0.03, 1.5)
        kinds.set_ylabel("barrier")
    return figure


def _kinds(axes: Axes) -> None:
    for kind, color in KINDS.items():
        axes.plot(FACTORS, evaluate(SLUG, kind, {"m": FACTORS}) + 0 * FACTORS, color=color)
    label(axes, "both own", (5.2, 1.38), color=BLUE, ha="right")
    label(axes, "one own,\none dead", (7.4, 0.62), color=ORANGE)
    label(axes, "one crossed,\none dead", (1.05, 0.42), color=GREEN)
    label(axes, "both dead", (7.4, 0.28), color=RED)
    axes.set_title("where the two live units may go")


def _least(axes: Axes) -> None:
    for width, name, color in WIDTHS:
        axes.plot(FACTORS, evaluate(SLUG, name, {"m": FACTORS}) + 0 * FACTORS, color=color)
        for m in MEASURED:
            pair = rescaled_pair(m, width)
            found = copies(pair)
            if found is not None:
                smallest = min(number.value for number in matchings(pair, found).values())
                axes.plot([m], [smallest], "o", color=color, markersize=4)
    label(axes, "width 2", (5.9, 1.1), color=BLUE, ha="right")
    label(axes, "width 3", (8.2, 0.92), color=ORANGE)
    label(axes, "width 4 and more", (12, 0.12), color=RED, ha="right")
    axes.axhline(0.0, color=GREY, linewidth=0.6, zorder=0)
    axes.set_title("the best of all permutations")
