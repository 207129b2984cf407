"""Thinned halves are far from the endpoint where rebuilt halves reach it, and the paths follow."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.connectivity.waypoint_certificate import layered
from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style
from toykit.connectivity.built import Built, build
from toykit.connectivity.rebuilding import Halves, trained
from toykit.connectivity.thinned import Thinner
from toykit.connectivity.toys import point
from toykit.data import teacher_student
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters

WIDTHS, DRAWS = [24, 24, 24], 100


def draw() -> Figure:
    """Left: loss of both endpoints with halves from each layer on. Right: loss along both paths and the chord."""
    with style():
        figure, (bars, paths) = panels(1, 2, height=3.0, width_ratios=(1, 1.5))
        _bars(bars)
        _paths(paths)
        return figure


@cache
def _nets() -> Pair:
    data = teacher_student(64, outputs=2)
    net = MLP((4, *WIDTHS, 2), "tanh", SquaredLoss(), data)
    ends = [point(*map(list, trained(data, WIDTHS, net.activation, True, f"figure {end}", 60))) for end in "ab"]
    return Pair(net, ends[0], ends[1], "two trained nets")


@cache
def _thinned() -> tuple[Built, dict[int, list[float]]]:
    pair = _nets()
    found = [Thinner(layered(pair), theta).stages(DRAWS, f"figure {e}") for e, theta in zip("ab", _ends(pair), strict=True)]
    built = build(pair, found[0][0], found[1][0])
    return built, {layer: [losses[layer] for _, losses, _ in found] for layer in (1, 2, 3)}


@cache
def _rebuilt() -> tuple[Built, dict[int, list[float]]]:
    pair = _nets()
    plan = Halves.of(pair, layered(pair))
    stages = [plan.stages(theta, f"figure {e}", 3) for e, theta in zip("ab", _ends(pair), strict=True)]
    built = build(pair, stages[0], stages[1])
    pairs = list(zip(_ends(pair), stages, strict=True))
    return built, {layer: [plan.loss_of(theta, found[layer]) for theta, found in pairs] for layer in (1, 2, 3)}


def _ends(pair: Pair) -> tuple[Parameters, Parameters]:
    return pair.theta_a, pair.theta_b


def _bars(axes: Axes) -> None:
    worse = _thinned()[0].worse
    for shift, colour, losses in ((-0.17, RED, _thinned()[1]), (0.17, BLUE, _rebuilt()[1])):
        for layer, values in losses.items():
            axes.plot([layer + shift] * 2, values, "o", color=colour, markersize=6)
    axes.axhline(worse, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    axes.set_yscale("log")
    label(axes, "worse endpoint", (0.6, worse * 1.15), color=GREY)
    axes.set_xticks([1, 2, 3])
    axes.set_xlim(0.5, 3.5)
    label(axes, "thinned", (1.1, _thinned()[1][1][0]), color=RED, va="center")
    label(axes, "rebuilt", (1.3, _rebuilt()[1][1][0]), color=BLUE, va="center")
    axes.set_xlabel("halves from layer")
    axes.set_ylabel("loss")
    axes.set_title("thinned and rebuilt halves")


def _paths(axes: Axes) -> None:
    for colour, built, text in ((RED, _thinned()[0], "thinned"), (BLUE, _rebuilt()[0], "rebuilt")):
        losses: Floats = built.walked.losses.ravel()
        ts = np.linspace(0, 1, losses.size)
        axes.semilogy(ts, losses, color=colour)
        where = (0.15, 0.075) if colour == RED else (0.4, float(losses[losses.size * 2 // 5]) * 1.3)
        label(axes, text, where, color=colour, ha="center")
    pair = _nets()
    ts = np.linspace(0, 1, 101)
    chord = pair.landscape.profile(pair.theta_a, pair.theta_b, ts)
    axes.semilogy(ts, chord, color=BLACK, linewidth=1.2, linestyle=(0, (4, 3)))
    label(axes, "chord", (0.5, float(chord[50]) * 1.25), ha="center")
    axes.set_xlabel("position on the path")
    axes.set_title("loss along paths")
