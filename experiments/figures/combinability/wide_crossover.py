"""How far apart the neurons of two networks are against their number: 1/n without any alignment, faster with the best one."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.spatial.distance import cdist

from experiments.figures.descent import descended
from experiments.figures.style import BLUE, GREEN, GREY, ORANGE, RED, label, panels, style
from toykit.combining.whole_neurons import whole_neurons
from toykit.data import gaussian_clusters
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy
from toykit.matching import contribution_matching
from toykit.matching.search import assignment
from toykit.networks.mlp import MLP
from toykit.seeds import generator

SLUG = "combinability/wide_crossover"
WIDTHS = (32, 64, 128, 256, 512)
TRAINED = (8, 16, 32, 64, 128, 256)


def draw() -> Figure:
    """Left: random neurons, unaligned and best matched. Right: trained networks, what their whole-neuron vertices add."""
    with style():
        figure, (left, right) = panels(1, 2, height=3.4)
        _random(left)
        _trained(right)
        return figure


def matched_distance(width: int, dimension: int, number: int = 0) -> float:
    """min over permutations of sum_k |psi_k - psi'_perm[k]|^2/n^2 of two samples of n Gaussian points in R^D."""
    first, second = generator(f"neurons in {dimension} dimensions", number).standard_normal((2, width, dimension))
    apart = cdist(first, second, "sqeuclidean")
    return float(apart[np.arange(width), assignment(-apart)].sum()) / width**2


def slope(widths: tuple[int, ...], values: Floats) -> float:
    """The exponent of n in a power law through the values."""
    return float(np.polyfit(np.log(widths), np.log(values), 1)[0])


def _random(axes: Axes) -> None:
    n = np.array(WIDTHS, dtype=float)
    for dimension, colour in ((3, GREEN), (6, BLUE)):
        axes.plot(n, 2 * dimension / n, color=colour, linestyle="--", linewidth=1.2)
        found = np.array([np.mean([matched_distance(width, dimension, i) for i in range(3)]) for width in WIDTHS])
        axes.plot(n, found, color=colour, marker="o", markersize=4)
        label(axes, f"$D={dimension}$: slope {slope(WIDTHS, found):.2f}", (560, found[-1]), color=colour, va="center")
    unaligned, ordered = (np.array([evaluate(SLUG, f"uniform_{name}", {"n": k}) for k in n]) for name in ("unaligned", "sorted"))
    axes.plot(n, unaligned, color=ORANGE, linestyle="--", linewidth=1.2)
    axes.plot(n, ordered, color=ORANGE)
    label(axes, "$u\\,e(x)$: sorted, -2", (560, float(ordered[-1])), color=ORANGE, va="center")
    label(axes, "dashed: unaligned, slope -1", (30, 1.6e-7), color=GREY)
    axes.set_ylim(1e-7, 1)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlim(28, 5200)
    axes.set_xticks(n, [str(width) for width in WIDTHS])
    axes.minorticks_off()
    axes.set_xlabel("neurons $n$")
    axes.set_ylabel(r"$\sum_k G_{kk}$")
    axes.set_title(r"random neurons, $\phi_k=\psi_k/n$")


@cache
def trained(width: int) -> Pair:
    """Two networks with one hidden layer of that width after gradient descent on three noisy classes."""
    net = MLP((5, width, 3), "relu", CrossEntropy(), gaussian_clusters(count=150, spread=1.0))
    ends = [descended(net, net.draw(generator(f"wide {width}", number)), 400, 0.2) for number in (0, 1)]
    return Pair(net, ends[0], ends[1], f"{width} neurons")


def _trained(axes: Axes) -> None:
    rows: list[list[float]] = []
    for width in TRAINED:
        pair = trained(width)
        matched = Pair(pair.landscape, pair.theta_a, contribution_matching(pair).theta, pair.name)
        rows.append([_spread(pair), _spread(matched)])
    table = np.array(rows)
    for k, (colour, name) in enumerate(((RED, "unaligned"), (BLUE, "matched"))):
        axes.plot(TRAINED, table[:, k], color=colour, marker="o", markersize=4)
        text = f"{name}: slope {slope(TRAINED, table[:, k]):.2f}"
        label(axes, text, (9 if k else 20, table[1, k] * (0.32 if k else 1.25)), color=colour)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(TRAINED, [str(width) for width in TRAINED])
    axes.set_yticks([0.05, 0.1, 0.2, 0.5], ["0.05", "0.1", "0.2", "0.5"])
    axes.minorticks_off()
    axes.set_xlabel("neurons $n$")
    axes.set_ylabel("variance over vertices, relative")
    axes.set_title("trained, ReLU 5-$n$-3")


def _spread(pair: Pair) -> float:
    """p(1-p) sum_k G_kk over the variance over examples of the averaged outputs, p = 1/2."""
    mean = (pair.landscape.outputs(pair.theta_a) + pair.landscape.outputs(pair.theta_b)) / 2
    return 0.25 * whole_neurons(pair).letters["units_2"] / float(mean.var(axis=0).sum())
