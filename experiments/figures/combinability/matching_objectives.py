"""The gains of one layer before and after matching, and where 576 descents of a small network end."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, RED, label, panels, style
from toykit.data import gaussian_clusters
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy
from toykit.matching import Alignment, identity, rebasin, weight_matching
from toykit.matching.matching import layered
from toykit.networks.fixtures import m4
from toykit.networks.mlp import MLP
from toykit.seeds import generator

UNITS, NOISE = 24, 0.4
"""Units of the hidden layer, and how far b is from a permuted copy of a, relative to independent networks."""


def draw() -> Figure:
    """C_1[i, j], what unit i of a gains from unit j of b, in the order as it is and in the order found; descents of M4."""
    with style():
        figure, axes = panels(1, 3, height=2.7, width_ratios=(1, 1, 1.25))
        before, after = _gains()
        limit = float(np.abs(before).max())
        for place, table, title in zip(axes, (before, after), ("gains, as given", "gains, matched"), strict=False):
            place.imshow(table, cmap="RdBu", vmin=-limit, vmax=limit)
            place.set_title(title)
            place.set_xlabel("unit of $b$")
            place.set_xticks([])
            place.set_yticks([])
        axes[0].set_ylabel("unit of $a$")
        _descents(axes[2])
        return figure


def _gains() -> tuple[Floats, Floats]:
    net = MLP((4, UNITS, 3), "relu", CrossEntropy(), gaussian_clusters(30, 4, 3))
    stream = generator("figure of matching")
    theta = net.draw(stream)
    copy = rebasin(net, theta, {1: stream.permutation(UNITS)}) + NOISE * net.draw(stream)
    table = Alignment(net, theta, copy).gains(1, identity(net))
    found = weight_matching(Pair(net, theta, copy)).perm[1]
    strongest = np.argsort(-table[np.arange(UNITS), found])  # the units of a from the largest gain to the smallest
    return table[strongest], table[strongest][:, found[strongest]]


def _descents(axes: Axes) -> None:
    net, pair = layered(m4()), m4()
    alignment = Alignment(net, pair.theta_a, pair.theta_b)
    orders = [np.array(order) for order in itertools.permutations(range(4))]
    starts = [dict(enumerate(start, start=1)) for start in itertools.product(orders, repeat=2)]
    traces = [alignment.descend(start, [1, 2]).trace for start in starts]
    ends = Counter(round(trace[-1], 3) for trace in traces)
    longest = max(map(len, traces))
    for trace in traces[::5]:  # enough of them to see the bundle
        held = [*trace, *[trace[-1]] * (longest - len(trace))]
        axes.plot(held, color=BLUE if round(trace[-1], 3) == max(ends) else RED, linewidth=0.7, alpha=0.35)
    for (end, count), below in zip(sorted(ends.items(), reverse=True), (-0.6, 1.1, 0), strict=True):
        color = BLUE if end == max(ends) else RED
        axes.plot([longest - 1], [end], "o", color=color, markersize=4)
        label(axes, f"{count} at {end}", (longest - 0.9, end - below), color=color, va="center")
    axes.set_xlim(0, longest + 0.4)
    axes.set_xticks(range(longest))
    axes.set_xlabel("assignments that gained")
    axes.set_ylabel(r"$\langle\theta_a, P\theta_b\rangle$")
    axes.set_title("576 starts, three ends")
