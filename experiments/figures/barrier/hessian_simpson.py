"""Three curvatures: samples under the tent, weighted 1 : 10 : 1; a higher order helps near pairs and not far ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats

SLUG = "barrier/hessian_simpson"
ESTIMATES = {"barrier/midpoint_expansion": BLUE, "barrier/endpoint_expansion": GREEN, SLUG: RED}


def draw() -> Figure:
    """Left: the tent over the curvature of the double well, and the three weights. Right: errors against the chord's length."""
    t = np.linspace(0, 1, 401)
    with style():
        figure, (tent, errors) = panels(1, 2, height=3.1)
        _tent(tent, t)
        _errors(errors)
        return figure


def weights() -> list[float]:
    """The weights of -h_0, -h_m, -h_1 in the estimate."""
    units = ({name: float(name == here) for name in ("h_0", "h_m", "h_1")} for here in ("h_0", "h_m", "h_1"))
    return [-evaluate(SLUG, "estimate", unit) for unit in units]


def curvature(t: Floats) -> Floats:
    """phi'' of the double well t^2(1-t)^2, scaled down by 10 to the size of the tent."""
    scaled: Floats = (2 - 12 * t + 12 * t**2) / 10
    return scaled


def _tent(axes: Axes, t: Floats) -> None:
    zero_line(axes)
    tent = evaluate("barrier/green_identity", "kernel", {"a": 0.5, "t": t})
    axes.fill_between(t, tent, color=GREY, alpha=0.2, linewidth=0)
    axes.plot(t, tent, color=GREY)
    axes.plot(t, curvature(t), color=BLACK)
    places = np.array([0.0, 0.5, 1.0])
    for place, weight in zip(places, weights(), strict=True):
        axes.plot([place, place], [0, weight], color=RED, linewidth=5, solid_capstyle="butt", clip_on=False)
    axes.plot(places, curvature(places), "o", color=BLACK, markersize=5, clip_on=False)
    label(axes, r"$\frac{1}{96}$", (0.0, -0.03), color=RED, va="center", ha="center")
    label(axes, r"$\frac{5}{48}$", (0.53, 0.06), color=RED, va="center")
    label(axes, r"$\frac{1}{96}$", (1.0, -0.03), color=RED, va="center", ha="center")
    label(axes, "tent $G$", (0.68, 0.17), color=GREY)
    label(axes, r"curvature $\phi''$", (0.5, -0.075), ha="center", va="bottom")
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.13, 0.27), xlabel="position on the chord", yticks=[])
    axes.set_title("three samples, weighted by the tent")


def wave_errors(count: int = 200) -> tuple[Floats, dict[str, Floats], Floats]:
    """|estimate - g(1/2)| on phi = 1 - cos(w t) by claim, for w from 0.6 to 14; w, the errors, |g(1/2)|."""
    w = np.geomspace(0.6, 14.0, count)
    gap = 1 - np.cos(w / 2) - (1 - np.cos(w)) / 2
    letters = {"s_0": 0.0, "s_1": w * np.sin(w), "h_0": w**2, "h_m": w**2 * np.cos(w / 2), "h_1": w**2 * np.cos(w)}
    return w, {slug: np.abs(evaluate(slug, "estimate", letters) - gap) for slug in ESTIMATES}, np.abs(gap)


def _errors(axes: Axes) -> None:
    w, errors, _ = wave_errors()
    orders = {"barrier/midpoint_expansion": 384 / w**4, "barrier/endpoint_expansion": 128 / w**4, SLUG: 30720 / w**6}
    for slug, error in errors.items():
        axes.plot(w, error, color=ESTIMATES[slug])
        axes.plot(w, 1 / orders[slug], color=ESTIMATES[slug], linewidth=0.9, linestyle=(0, (2, 2)))
    axes.axhline(2.0, color=GREY, linewidth=0.8)
    label(axes, "largest gap", (0.65, 2.4), color=GREY)
    label(axes, "endpoints", (0.95, 2.5e-2), color=GREEN, ha="center")
    label(axes, "middle", (1.5, 6e-3), color=BLUE, ha="left", va="top")
    label(axes, "three\ncurvatures", (1.7, 6e-5), color=RED, ha="left", va="center")
    label(axes, "dotted:\nremainders", (13.5, 3e-6), color=GREY, ha="right")
    axes.set(xscale="log", yscale="log", xlim=(0.6, 14), ylim=(1e-6, 3e2), xlabel=r"length $w$, $\phi=1-\cos(wt)$")
    axes.set_title("error: better near, no better far")
