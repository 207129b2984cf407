"""How much of the variance over the vertices sits in each degree, before and after matching: neurons stop at degree 2."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.combinability._trained import trained_pair
from experiments.figures.style import BLUE, ORANGE, label, panels, style
from toykit.combining.draws import mixing
from toykit.combining.spectrum import spectrum
from toykit.matching.contribution import contribution_matching

DEGREES = 4


def draw() -> Figure:
    """Left: one lambda per neuron. Right: one per row. Two trained ReLU networks, 5-10-3, squared loss."""
    with style():
        figure, (left, right) = panels(1, 2, height=3.0, sharey=True)
        _bars(left, "neuron", "whole neurons, 10 blocks")
        _bars(right, "row", "rows, 13 blocks")
        left.set_ylabel(r"weight $\sum_{|S|=k} c_S^2$")
        label(left, "as trained", (2.7, 4.9), color=ORANGE)
        label(left, "matched", (2.7, 4.1), color=BLUE)
        return figure


def _bars(axes: Axes, granularity: str, title: str) -> None:
    pair = trained_pair()
    places = np.arange(1, DEGREES + 1)
    for shift, colour, second in ((-0.2, ORANGE, pair.theta_b), (0.2, BLUE, contribution_matching(pair).theta)):
        weights = spectrum(mixing(replace(pair, theta_b=second), granularity=granularity)).weights
        axes.bar(places + shift, weights[1 : DEGREES + 1], width=0.38, color=colour, alpha=0.85)
    axes.set_xticks(places)
    axes.set_xlabel("degree $k$")
    axes.set_title(title)
