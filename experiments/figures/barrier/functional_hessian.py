"""Curvature split in two: the Gauss-Newton part only lowers the gap, the functional part alone can raise it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.descent import descended
from experiments.figures.style import BLACK, BLUE, GREEN, RED, label, panels, style, zero_line
from toykit.barriers.measured import gap
from toykit.curvature.functional import FunctionalNodes, functional_nodes
from toykit.data import teacher_student
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator

POINTS = 61
STEPS, RATE = 200, 0.1


def draw() -> Figure:
    """Left: phi'' of two trained tanh networks and its two parts. Right: the gap below the tent's view of the functional part."""
    pair = trained()
    found = functional_nodes(pair, POINTS)
    total = np.array([pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)).curvature for t in found.ts])
    with style():
        figure, (parts, below) = panels(1, 2, height=3.1)
        _parts(parts, found, total)
        _bounded(below, found, pair)
        for axes in (parts, below):
            axes.set_xlim(0, 1)
            axes.set_xlabel("position on the chord")
        return figure


def trained() -> Pair:
    """Two 3-8-1 tanh networks after full-batch gradient descent from different first weights."""
    net = MLP((3, 8, 1), "tanh", SquaredLoss(), teacher_student(count=40, width=3))
    ends = [descended(net, net.draw(generator("figure of the functional part", number)), STEPS, RATE) for number in (0, 1)]
    return Pair(net, ends[0], ends[1], "two tanh networks")


def _parts(axes: Axes, found: FunctionalNodes, total: Floats) -> None:
    gauss_newton = total - found.functional
    zero_line(axes)
    axes.fill_between(found.ts, gauss_newton, 0, color=BLUE, alpha=0.3, linewidth=0)
    axes.fill_between(found.ts, found.functional, 0, color=RED, alpha=0.3, linewidth=0)
    axes.plot(found.ts, total, color=BLACK)
    label(axes, "Gauss-Newton part", (0.55, 0.9 * float(gauss_newton.max())), color=BLUE, ha="center")
    label(axes, "functional part", (0.02, 0.6 * float(found.functional.min())), color=RED)
    label(axes, r"$\phi''$", (0.04, float(total[2])), va="bottom")
    axes.set_title("curvature along the chord")


def _bounded(axes: Axes, found: FunctionalNodes, pair: Pair) -> None:
    kernel = evaluate("barrier/green_identity", "kernel", {"a": found.ts[:, None], "t": found.ts[None, :]})
    raising = evaluate("barrier/functional_hessian", "raising", {"functional": found.functional})
    bound = kernel @ raising / (POINTS - 1)
    gaps = gap(pair, found.ts)
    zero_line(axes)
    axes.plot(found.ts, bound, color=GREEN)
    axes.plot(found.ts, gaps, color=BLACK)
    label(axes, "what the functional part\nallows", (0.5, 1.03 * float(bound.max())), color=GREEN, ha="center", va="bottom")
    label(axes, "gap", (0.5, float(gaps[POINTS // 2]) * 0.9), ha="center", va="top")
    axes.set_ylim(None, 1.35 * float(bound.max()))
    axes.set_title("the gap stays below")
