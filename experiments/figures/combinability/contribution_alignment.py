"""How far apart the contributions of ten neurons are in 20,000 random orders, and in the orders that matchers find."""

from __future__ import annotations

import warnings

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.combinability._trained import trained_pair
from experiments.figures.style import BLACK, BLUE, GREY, LIGHT, ORANGE, RED, label, panels, style
from toykit.checks.combinability.contribution_alignment import distance
from toykit.combining.whole_neurons import whole_neurons
from toykit.landscape import Layered, Pair
from toykit.matching.activation import activation_matching
from toykit.matching.contribution import contribution_matching, contribution_products
from toykit.matching.weight import weight_matching
from toykit.networks.fixtures import f10
from toykit.seeds import generator

ORDERS = 20_000


def draw() -> Figure:
    """Left: two untrained networks. Right: two trained ones."""
    with style():
        figure, (left, right) = panels(1, 2, height=3.2)
        _histogram(left, f10(), "untrained, ReLU 4-10-2")
        _histogram(right, trained_pair(), "trained, ReLU 5-10-3")
        return figure


def _histogram(axes: Axes, pair: Pair, title: str) -> None:
    net = pair.landscape
    if not isinstance(net, Layered):
        return
    table, stream, rows = contribution_products(pair), generator("orders in a figure"), np.arange(net.widths[0])
    scores = np.array([table[rows, stream.permutation(len(rows))].sum() for _ in range(ORDERS)])
    heights, _, _ = axes.hist(whole_neurons(pair).sizes - 2 * scores, bins=40, color=LIGHT)
    top = float(np.max(heights))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a dead unit has no correlation; the figure shows the matcher as it is
        by_activation = activation_matching(pair).perm[1]
    marks = (
        (contribution_matching(pair).perm[1], "contribution matching", BLUE),
        (weight_matching(pair).perm[1], "weight matching", RED),
        (by_activation, "activation matching", ORANGE),
        (rows, "as given", GREY),
    )
    places = sorted((distance(net, pair, order), text, colour) for order, text, colour in marks)
    for number, (place, text, colour) in enumerate(places):
        height = top * (1.62 - 0.15 * number)
        axes.plot([place, place], [0, height], color=colour, linewidth=1.4)
        label(axes, f" {text}", (place, height), color=colour, va="center")
    label(axes, "random orders", (float(np.median(whole_neurons(pair).sizes - 2 * scores)), 0.4 * top), color=BLACK, ha="center")
    axes.set_ylim(0, 1.7 * top)
    axes.set_yticks([])
    axes.set_xlabel(r"$\sum_k E\,|\phi^a_k - \phi^b_{perm[k]}|^2$")
    axes.set_title(title)
