"""The smallest landscape with a symmetry: two hyperbolas of minima, a ridge between them, and two chords."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, RED, label, panels, style, zero_line
from toykit.chord import grid, profile
from toykit.formula import evaluate
from toykit.networks.scalar_product import minima

SLUG = "barrier/scalar_product_net"
S = 0.8
SIDE = 2.7
CHORDS = ((minima(S, -S), "same", BLUE, "one branch"), (minima(S, -S, same_branch=False), "opposite", RED, "two branches"))


def draw() -> Figure:
    """Left: the landscape from above with its two chords. Right: their profiles and the closed heights."""
    with style():
        figure, (plane, gaps) = panels(1, 2, height=3.3)
        _plane(plane)
        _gaps(gaps)
    return figure


def _plane(axes: Axes) -> None:
    w = np.linspace(-SIDE, SIDE, 241)
    loss = (w[None, :] * w[:, None] - 1) ** 2 / 2
    axes.contour(w, w, loss, levels=[0.02, 0.1, 0.25, 0.5, 1, 2, 4, 8], colors=LIGHT, linewidths=0.8)
    axes.plot([-SIDE, SIDE], [SIDE, -SIDE], color=GREY, linestyle="--", linewidth=1.0)
    s = np.linspace(-1.0, 1.0, 101)
    for branch in (1, -1):
        axes.plot(branch * np.exp(s), branch * np.exp(-s), color=GREEN)
    for pair, _, color, _ in CHORDS:
        ends = np.array([[theta["w_1"][0], theta["w_2"][0]] for theta in (pair.theta_a, pair.theta_b)])
        axes.plot(ends[:, 0], ends[:, 1], color=color, marker="o", markersize=4)
    axes.plot(0, 0, color=BLACK, marker="x", markersize=7)
    label(axes, "saddle", (0.12, 0.2), va="bottom")
    label(axes, "minima", (0.62, 2.2), color=GREEN)
    label(axes, "ridge", (-1.75, 2.1), color=GREY)
    axes.set_aspect("equal")
    axes.set_xlim(-SIDE, SIDE)
    axes.set_ylim(-SIDE, SIDE)
    axes.set_xlabel("$w_1$")
    axes.set_ylabel("$w_2$")
    axes.set_title("$L=(w_1w_2-1)^2/2$ from above")


def _gaps(axes: Axes) -> None:
    ts = grid(201)
    zero_line(axes)
    for pair, branch, color, words in CHORDS:
        height = evaluate(SLUG, branch, {"u": S})
        formula = r"$\frac{1}{2}\sinh^4u$" if branch == "same" else r"$\frac{1}{2}\cosh^4u$"
        axes.plot(ts, profile(pair, ts).gap, color=color)
        label(axes, f"{words}: {formula} = {height:.3g}", (0.5, height + 0.04), color=color, ha="center", va="bottom")
    axes.axhline(0.5, color=GREY, linewidth=1.0, linestyle="--")
    label(axes, "saddle", (0.01, 0.51), color=GREY, va="bottom")
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.05, 2.0)
    axes.set_xlabel("position on the chord")
    axes.set_title(f"profiles $16\\,t^2(1-t)^2B$, $u={S}$")
