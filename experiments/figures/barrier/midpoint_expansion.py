"""The average sits on a ridge: the parabola at the middle falls by h_m/8 to the ends, and the gap is that up to K_3/48."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style, zero_line
from toykit.checks.barrier.midpoint_expansion import SLUG, cases, check
from toykit.formula import evaluate
from toykit.landscape import Floats

DEPTH = 16.0
"""c of the double well c t^2(1-t)^2: h_m = -c, B = c/16, estimate c/8."""

COUNT = 240


def draw() -> Figure:
    """Left: the double well and its parabola at 1/2. Right: gap against estimate in units of K_3/48, on random chords."""
    t = np.linspace(0, 1, 401)
    with style():
        figure, (well, strip) = panels(1, 2, height=3.1)
        _well(well, t)
        _strip(strip)
        return figure


def _well(axes: Axes, t: Floats) -> None:
    top, estimate = DEPTH / 16, evaluate(SLUG, "estimate", {"h_m": -DEPTH})
    zero_line(axes)
    axes.plot(t, top - DEPTH / 2 * (t - 0.5) ** 2, color=BLUE)
    axes.plot(t, DEPTH * t**2 * (1 - t) ** 2, color=BLACK)
    axes.plot([0, 1], [top - estimate] * 2, "o", color=BLUE, markersize=4.5, clip_on=False)
    axes.plot([0, 1], [0, 0], "o", color=BLACK, markersize=4.5, clip_on=False)
    axes.annotate("", (0.42, top), (0.42, top - estimate), arrowprops={"arrowstyle": "<->", "color": BLUE})
    axes.annotate("", (0.58, 0.93), (0.58, 0), arrowprops={"arrowstyle": "<->", "color": BLACK})
    axes.plot([0, 0.42], [top - estimate] * 2, color=BLUE, linewidth=0.8, linestyle=(0, (2, 2)))
    label(axes, r"$-h_m/8=2$", (0.4, -0.4), color=BLUE, ha="right")
    label(axes, r"$g(1/2)=1$", (0.5, -0.2), va="center")
    label(axes, "parabola at the average", (0.5, 1.1), color=BLUE, ha="center", va="bottom")
    axes.set(xlim=(0, 1), ylim=(-1.2, 1.4), xlabel="position on the chord")
    axes.set_title("the parabola falls twice as far")


def relative(count: int = COUNT) -> tuple[Floats, Floats]:
    """Estimate and gap in units of the remainder K_3/48, on the random chords of the check; both shape (count,)."""
    found = [check(pair) for pair in cases(count)]
    units = [r.bound.value if r.bound is not None else 0.0 for r in found]
    both = [(r.extra["estimate"] / u, r.extra["gap at 1/2"] / u) for r, u in zip(found, units, strict=True) if u > 0]
    estimates, gaps = np.array(both).T
    return estimates, gaps


def _strip(axes: Axes) -> None:
    estimates, gaps = relative()
    edge = np.array([-5.0, 5.0])
    zero_line(axes)
    axes.axvline(0, color=GREY, linewidth=0.6)
    axes.fill_between(edge, edge - 1, edge + 1, color=BLUE, alpha=0.15, linewidth=0)
    axes.plot(estimates, gaps, "o", color=BLACK, markersize=2.4, alpha=0.6)
    wrong = np.sign(estimates) * np.sign(gaps) < 0
    axes.plot(estimates[wrong], gaps[wrong], "o", color=RED, markersize=3.2)
    label(axes, "sign missed:\nonly in the strip", (0.5, -3.2), color=RED)
    label(axes, r"$|R|\leq K_3/48$", (1.6, 3.4), color=BLUE, ha="right")
    axes.set(xlim=(-5, 5), ylim=(-5, 5), xlabel=r"estimate $-h_m/8$, in units of $K_3/48$", ylabel="$g(1/2)$")
    axes.set_title(f"{COUNT} random chords")
