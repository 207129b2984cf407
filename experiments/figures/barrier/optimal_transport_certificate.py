"""Two clouds of neurons and who goes to whom; the certified output error falls as the clouds fill up."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREY, ORANGE, RED, label, panels, style
from toykit.arrays import to_numpy
from toykit.checks.barrier.optimal_transport_certificate import SLUG, sizes
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.matching.transport import Transport, as_given, neurons, transported
from toykit.networks.mlp import MLP
from toykit.outputs import OutputChord
from toykit.seeds import generator

FEW = 24
COUNTS = (16, 32, 64, 128, 256, 512, 1024)


def draw() -> Figure:
    """Left: the neurons (w, v) of two samples of one law, matched. Right: bound and |E| at t = 1/2 by their number."""
    with style():
        figure, (clouds, errors) = panels(1, 2, height=3.2, width_ratios=(1, 1.25))
        _clouds(clouds)
        _errors(errors)
    return figure


def sampled_pair(count: int) -> tuple[Pair, MLP]:
    """Two samples of `count` neurons v tanh(w x), both numbers normal, read out as means, on 33 inputs between -1 and 1."""
    stream = generator("neurons of one law", count)
    net = MLP((1, count, 1), "tanh", SquaredLoss(), Data(np.linspace(-1, 1, 33)[:, None], np.zeros((33, 1))), bias=False)
    theta_a, theta_b = (net.point(stream.normal(size=(count, 1)), stream.normal(size=(1, count)) / count) for _ in range(2))
    return Pair(net, theta_a, theta_b, f"{count} neurons"), net


def _clouds(axes: Axes) -> None:
    pair, net = sampled_pair(FEW)
    ours, moved = neurons(net, pair.theta_a), neurons(net, transported(pair, net).theta)
    for here, there in zip(ours, moved, strict=True):
        axes.plot([here[0], there[0]], [here[1], there[1]], color=GREY, linewidth=1.0, zorder=0)
    for cloud, color in ((ours, BLUE), (moved, RED)):
        axes.plot(cloud[:, 0], cloud[:, 1], "o", color=color, markersize=5)
    axes.set_xlabel("incoming weight $w_j$")
    axes.set_ylabel("outgoing weight $v_j$")
    axes.set_title("neurons of $a$ and $b$, matched")


def _errors(axes: Axes) -> None:
    found = {words: np.array([_numbers(count, words) for count in COUNTS]) for words in ("as given", "matched")}
    for words, color in (("as given", ORANGE), ("matched", BLUE)):
        bounds, errors = found[words].T
        axes.loglog(COUNTS, bounds, "-", color=color)
        axes.loglog(COUNTS, errors, "o", color=color, markersize=4)
    label(axes, "bound, as given", (18, 2.3), color=ORANGE)
    label(axes, "measured, as given", (17, 0.2), color=ORANGE)
    label(axes, "bound, matched", (300, 0.062), color=BLUE)
    label(axes, "measured, matched", (17, 0.00042), color=BLUE)
    axes.set_ylim(3e-5, 8)
    axes.set_xticks(COUNTS[::2], [str(count) for count in COUNTS[::2]])
    axes.minorticks_off()
    axes.set_xlabel("neurons $N$")
    axes.set_ylabel(r"largest $|E_{1/2}(x)|$")
    axes.set_title("more neurons, shorter ways")


def _numbers(count: int, words: str) -> tuple[float, float]:
    """K/8 times the mean squared distance, and the largest output error at the middle."""
    pair, net = sampled_pair(count)
    matching = transported(pair, net) if words == "matched" else as_given(pair, net)
    curvature = evaluate(SLUG, "curvature", sizes(pair, net))
    return float(evaluate(SLUG, "smooth", {"K": curvature, "transport_2": matching.squared})), _largest(pair, matching)


def _largest(pair: Pair, matching: Transport) -> float:
    error: Floats = to_numpy(OutputChord(Pair(pair.landscape, pair.theta_a, matching.theta)).at(0.5).error)
    return float(np.abs(error).max())
