"""The gap is curvature averaged with a tent: a smooth profile, and the fold net, whose barrier sits in one kink."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats

SLUG = "barrier/green_identity"
ARROW = {"color": RED, "shrinkA": 0, "shrinkB": 0}


def draw() -> Figure:
    """Above: the profile and its gap at 1/2. Below: the curvature, weighted with the tent; the areas add up to the gap."""
    t = np.linspace(0, 1, 401)
    with style():
        figure, (well, fold, well_below, fold_below) = panels(2, 2, height=2.5, sharex=True)
        _profile(well, t, 16 * t**2 * (1 - t) ** 2 + t**2 * (3 - 2 * t) / 2, "smooth profile")
        _weighted(well_below, t, 16 * (2 - 12 * t + 12 * t**2) + 3 - 6 * t)
        well_below.plot(t, 16 * evaluate(SLUG, "kernel", {"a": 0.5, "t": t}), color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
        label(well_below, "tent", (0.16, 2.4), color=GREY)
        label(well_below, "the ridge\nraises the gap", (0.5, 0.6), color=RED, ha="center", va="bottom")
        label(well_below, "the walls lower it", (0.1, -1.05), color=BLUE, va="top", ha="left")
        well_below.set_ylim(-1.9, 4.5)
        _profile(fold, t, (1 - np.abs(1 - 2 * t)) ** 2 / 2, "two ReLU units that change places")
        _weighted(fold_below, t, np.full_like(t, 4.0))
        _kink(fold_below, jump=-4.0)
        well.set_ylabel("loss")
        well_below.set_ylabel(r"$-G(1/2,t)\,\phi''(t)$")
        for axes in (well_below, fold_below):
            axes.set_xlabel("position $t$ on the chord")
        return figure


def _profile(axes: Axes, t: Floats, phi: Floats, title: str) -> None:
    line = (1 - t) * phi[0] + t * phi[-1]
    middle = len(t) // 2
    axes.plot(t, line, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.plot(t, phi, color=BLACK)
    axes.annotate("", (0.5, phi[middle]), (0.5, line[middle]), arrowprops={**ARROW, "arrowstyle": "<->"})
    gap = float(phi[middle] - line[middle])
    label(axes, rf"$g(1/2)={gap:g}$", (0.48, line[middle] + 0.13 * gap), color=RED, ha="right", va="center")
    axes.set_title(title)
    axes.set_xlim(0, 1)


def _weighted(axes: Axes, t: Floats, curvature: Floats) -> None:
    """-G(1/2,t) phi''(t), red where it raises the gap, and the outline of the tent that weights it."""
    tent = evaluate(SLUG, "kernel", {"a": 0.5, "t": t})
    weighted = -tent * curvature
    zero_line(axes)
    axes.fill_between(t, weighted, 0, where=(weighted > 0).tolist(), color=RED, alpha=0.35, linewidth=0)
    axes.fill_between(t, weighted, 0, where=(weighted < 0).tolist(), color=BLUE, alpha=0.35, linewidth=0)
    axes.plot(t, weighted, color=BLACK, linewidth=1.2)
    area = float(np.trapezoid(weighted, t))
    axes.set_title(rf"area ${area:+.2g}$")


def _kink(axes: Axes, jump: float) -> None:
    """The kink as an arrow of height -G(1/2,1/2) J."""
    height = -evaluate(SLUG, "kernel", {"a": 0.5, "t": 0.5}) * jump
    axes.annotate("", (0.5, height), (0.5, 0), arrowprops={**ARROW, "arrowstyle": "-|>", "linewidth": 2})
    label(axes, rf"$-G\,J={height:+g}$", (0.53, height * 0.8), color=RED)
    axes.set_ylim(-1.25, 1.25)
    axes.set_title(rf"{axes.get_title(loc='left')} and kink ${height:+g}$")
