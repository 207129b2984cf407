"""Two trained networks, layer by layer: how far apart they are, what matching gains, and the floor that spectra set."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.barrier._small_nets import trained_pairs
from experiments.figures.style import BLUE, GREY, LIGHT, ORANGE, RED, label, panels, style
from toykit.checks.barrier.mirsky_floor import floors
from toykit.landscape import Pair
from toykit.matching import weight_matching
from toykit.matching.matching import layered, layers64
from toykit.parameters import Parameters

MIDDLE = 2
"""The layer whose singular values are shown."""


def draw() -> Figure:
    """Left: the singular values of one layer at both ends. Right: every layer's distance as given, aligned, and its floor."""
    pair = trained_pairs(1)[0]
    with style():
        figure, (spectrum, bars) = panels(1, 2, height=3.0, width_ratios=(1, 1.4))
        _spectrum(spectrum, pair)
        _bars(bars, pair)
    return figure


def _spectrum(axes: Axes, pair: Pair) -> None:
    net = layered(pair)
    ours, theirs = (
        np.linalg.svd(layers64(net, theta)[MIDDLE - 1].weight, compute_uv=False) for theta in (pair.theta_a, pair.theta_b)
    )
    places = np.arange(1, len(ours) + 1)
    axes.vlines(places, np.minimum(ours, theirs), np.maximum(ours, theirs), color=LIGHT, linewidth=5)
    axes.plot(places, ours, "o", color=BLUE, markersize=5)
    axes.plot(places, theirs, "o", color=RED, markersize=5)
    label(axes, f"$W_{MIDDLE}$ of $a$", (6.2, 0.86 * float(ours[0])), color=BLUE)
    label(axes, f"$W_{MIDDLE}$ of $b$", (6.2, 0.74 * float(ours[0])), color=RED)
    axes.set_ylim(bottom=0)
    axes.set_xticks(places[::3])
    axes.set_xlabel("place in the order")
    axes.set_title("singular values: no\npermutation moves them")


def _bars(axes: Axes, pair: Pair) -> None:
    net, aligned = layered(pair), weight_matching(pair).theta
    kept = [floor for floor in floors(net, pair) if floor.array.endswith("weight")]
    kinds = (
        (GREY, "as given", [_apart(pair.theta_a, pair.theta_b, floor.array) for floor in kept]),
        (ORANGE, "aligned", [_apart(pair.theta_a, aligned, floor.array) for floor in kept]),
        (BLUE, "floor", [math.sqrt(max(0.0, floor.squared)) for floor in kept]),
    )
    places = np.arange(len(kept))
    for shift, (color, words, heights) in enumerate(kinds):
        axes.bar(places + 0.27 * (shift - 1), heights, width=0.25, color=color, label=words)
    axes.set_xticks(places, [f"$W_{layer}$" for layer in range(1, net.depth + 1)])
    axes.tick_params(axis="x", length=0)
    axes.legend(ncols=3, loc="upper right")
    axes.set_ylim(top=1.18 * max(kinds[0][2]))
    axes.set_ylabel("distance of $a$ and $b$")
    axes.set_title("matching stays far\nabove the floor")


def _apart(theta_a: Parameters, theta_b: Parameters, name: str) -> float:
    return float(np.linalg.norm(theta_a[name] - theta_b[name]))
