"""The loss at all 1024 mixtures of ten whole neurons, with the mean and the standard deviation that the formulas give."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.combinability._trained import trained_pair
from experiments.figures.style import BLUE, GREEN, GREY, LIGHT, RED, label, panels, style
from toykit.combining.draws import mixing
from toykit.combining.whole_neurons import whole_neurons
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.fixtures import f10

SLUG = "combinability/neuron_vertices"


def draw() -> Figure:
    """Left: two untrained networks. Right: two trained ones. Ensemble, midpoint network and ends are marked."""
    with style():
        figure, (left, right) = panels(1, 2, height=3.3)
        _histogram(left, f10(), "untrained, ReLU 4-10-2")
        _histogram(right, trained_pair(), "trained, ReLU 5-10-3")
        return figure


def _histogram(axes: Axes, pair: Pair, title: str) -> None:
    mixed = mixing(pair, granularity="neuron")
    losses = np.array([pair.landscape.loss(mixed.point(values)) for values, _ in mixed.nodes()])
    found = whole_neurons(pair)
    letters = found.letters | {"factor": 1.0}
    mean, deviation = evaluate(SLUG, "mean", letters), math.sqrt(evaluate(SLUG, "variance", letters))
    heights, _, _ = axes.hist(losses, bins=36, color=LIGHT)
    top = float(np.max(heights))
    axes.set_ylim(0, 1.85 * top)
    axes.axvspan(mean - deviation, mean + deviation, ymax=1 / 1.85, color=BLUE, alpha=0.15, linewidth=0)
    marks = (
        (mean, r"mean $\pm$ deviation", BLUE),
        (found.ensemble, "ensemble $f_p$", GREEN),
        (pair.landscape.loss(mixed.centre), "midpoint network", RED),
        (found.loss_a, "end a", GREY),
        (found.loss_b, "end b", GREY),
    )
    # from left to right the lines get shorter, so that none runs through the text of another
    for number, (place, text, colour) in enumerate(sorted(marks)):
        height = top * (1.78 - 0.15 * number)
        axes.plot([place, place], [0, height], color=colour, linewidth=1.2)
        label(axes, text, (place + 0.012 * float(losses.max()), height), color=colour, va="center")
    axes.set_xlabel("loss")
    axes.set_ylabel("vertices")
    axes.set_title(title)
