"""A tanh network with nine weights: its mean excess against the block trace, and the order of what is left."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style
from toykit.combining.draws import Mixing, mixing
from toykit.combining.trace import exact_trace
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.networks.fixtures import t9

SLUG = "combinability/second_order_law"


def draw() -> Figure:
    """Left: excess of random combinations of growing radius. Right: the remainder, slope 4 or 3, both by enumeration."""
    even, odd = mixing(t9(), "bernoulli(0.5)"), mixing(t9(), "bernoulli(0.25)")
    with style():
        figure, (left, right) = panels(1, 2, height=3.3)
        _excess(left, even)
        _remainder(right, even, odd)
        return figure


def excess(mixed: Mixing, centre: Mixing, ts: Floats) -> Floats:
    """E L(mid + (lambda - m) t Delta) - L(mid), over all vertices."""
    landscape, mid = mixed.pair.landscape, centre.centre
    base = landscape.loss(mid)
    nodes = [(mixed.step(values - mixed.law.mean), weight) for values, weight in mixed.nodes()]
    return np.array([math.fsum(weight * landscape.loss(mid + step * float(t)) for step, weight in nodes) - base for t in ts])


def predicted(mixed: Mixing, centre: Mixing, ts: Floats) -> Floats:
    """(v/2) t^2 times the block trace at the centre."""
    letters = {"v": mixed.law.variance, "trace": exact_trace(centre).value}
    return float(evaluate(SLUG, "excess", letters)) * ts**2


def _excess(axes: Axes, mixed: Mixing) -> None:
    ts = np.linspace(0, 1.5, 16)
    measured, second = excess(mixed, mixed, ts), predicted(mixed, mixed, ts)
    axes.plot(ts, second, color=BLUE)
    axes.plot(ts, measured, color=BLACK, marker="o", markersize=3.5, linewidth=1.2)
    label(axes, r"$\frac{v}{2}\,t^2 \sum_b \Delta_b^T H_{bb} \Delta_b$", (1.06, second[11] + 0.05), color=BLUE, ha="right")
    label(axes, "mean over all\n512 vertices", (1.12, 0.075), ha="left")
    axes.set_xlim(0, 1.5)
    axes.set_ylim(0, None)
    axes.set_xlabel("radius $t$ (1: vertices of the box)")
    axes.set_title("excess over the midpoint loss")


def _remainder(axes: Axes, even: Mixing, odd: Mixing) -> None:
    ts = np.exp2(-np.arange(6, dtype=np.float64))
    for mixed, colour, slope in ((even, BLUE, 4), (odd, RED, 3)):
        rest = np.abs(excess(mixed, even, ts) - predicted(mixed, even, ts))
        axes.loglog(ts, rest[-1] * (ts / ts[-1]) ** slope, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.loglog(ts, rest, "o-", color=colour, markersize=4)
        name = "symmetric law, $p = 1/2$" if slope == 4 else "asymmetric law, $p = 1/4$"
        place = (0.17, rest[3] * 0.12) if slope == 4 else (0.028, rest[3] * 3.5)
        label(axes, f"{name}\nslope {slope}", place, color=colour, va="center")
    axes.set_xlabel("radius $t$")
    axes.set_title("remainder $|R|$")
