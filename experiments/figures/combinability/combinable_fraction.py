"""The fraction of combinations with a loss below a level, along the line and inside the box, and what the formulas promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.combinability._trained import trained_pair
from experiments.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, label, panels, style
from toykit.combining.draws import mixing
from toykit.combining.fraction import fraction
from toykit.combining.whole_neurons import whole_neurons
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.matching.contribution import contribution_matching

SLUG, LAW = "combinability/combinable_fraction", "combinability/neuron_vertices"
CURVES = (
    ("line", "uniform", "global", GREY),
    ("uniform", "uniform", "element", GREEN),
    ("neurons", "bernoulli(0.5)", "neuron", BLUE),
    ("elements", "bernoulli(0.5)", "element", ORANGE),
)
DRAWS, RIGHT = 1000, 12.0


def draw() -> Figure:
    """Left: two networks as trained. Right: after matching. Dashed: at least this fraction of the neuron vertices."""
    pair = trained_pair()
    with style():
        figure, (left, right) = panels(1, 2, height=3.2, sharey=True)
        _curves(left, pair, "as trained")
        _curves(right, replace(pair, theta_b=contribution_matching(pair).theta), "matched")
        left.set_ylabel("fraction with a loss below $c$")
        for row, (text, _, _, colour) in enumerate(CURVES):
            label(right, text, (0.74 * RIGHT, 0.52 - 0.09 * row), color=colour)
        label(right, "neurons, promised", (0.54 * RIGHT, 0.52 - 0.09 * len(CURVES)), color=BLUE)
        return figure


def _curves(axes: Axes, pair: Pair, title: str) -> None:
    for _, spec, granularity, colour in CURVES:
        losses = np.sort(fraction(mixing(pair, spec, granularity), draws=DRAWS).losses)
        axes.step(losses, np.arange(1, len(losses) + 1) / len(losses), color=colour, where="post")
    letters = whole_neurons(pair).letters | {"factor": 1.0}
    mean, variance = (evaluate(LAW, name, letters) for name in ("mean", "variance"))
    levels = np.linspace(mean, RIGHT, 200)
    promised = evaluate(SLUG, "cantelli", {"M_mean": mean, "V_loss": variance, "level": levels})
    axes.plot(levels, promised, color=BLUE, linestyle=(0, (4, 3)))
    worse = max(pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b))
    axes.axvline(worse, color=BLACK, linewidth=1.0)
    label(axes, " worse end", (worse, 1.06), va="center")
    axes.set_xlim(0, RIGHT)
    axes.set_ylim(0, 1.1)
    axes.set_xlabel("level $c$ of the loss")
    axes.set_title(title)
