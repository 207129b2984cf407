"""The mean loss of random combinations of a deep linear network against the variance of lambda: a polynomial, per partition."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREEN, GREY, ORANGE, RED, label, panels, style
from toykit.combining.draws import mixing, sample
from toykit.combining.linear_moments import second_moment
from toykit.formula import evaluate
from toykit.landscape import Layered
from toykit.networks.fixtures import d3

SLUG = "combinability/deep_linear_moments"
COLOURS = {"row": RED, "col": BLUE, "element": ORANGE, "layer": GREEN}
DRAWS = 400


def draw() -> Figure:
    """Left: lines from the recursion, dots from random combinations. Right: the three parts of the polynomial, per element."""
    with style():
        figure, (left, right) = panels(1, 2, height=3.2)
        _lines(left)
        _degrees(right)
        return figure


def mean_loss(spec: str, granularity: str) -> float:
    """E L of the linear network 2-2-2-1 from the recursion."""
    pair = d3()
    net = pair.landscape
    if not isinstance(net, Layered):
        raise TypeError("the fixture is a layered network")
    mixed = mixing(pair, spec, granularity)
    middle = net.outputs(mixed.centre)
    letters = {
        "factor": 1.0,
        "output_2": float(np.trace(second_moment(net, mixed))),
        "aimed": float((net.targets * middle).sum(axis=1).mean()),
        "targets_2": float(np.square(net.targets).sum(axis=1).mean()),
    }
    return float(evaluate(SLUG, "mean", letters))


def _lines(axes: Axes) -> None:
    radii = np.linspace(0.02, 1.1, 40)
    for number, (granularity, colour) in enumerate(COLOURS.items()):
        means = [mean_loss(f"radial({r!r})", granularity) for r in radii.tolist()]
        # per element and per column nearly coincide: one is dashed, so that both are seen
        axes.plot(radii**2 / 4, means, color=colour, linestyle="--" if granularity == "element" else "-")
        for r in (0.4, 0.7, 0.9, 1.05):
            found = sample(mixing(d3(), f"radial({r})", granularity), DRAWS)
            axes.errorbar(r**2 / 4, found.mean, 2 * found.error, color=colour, marker="o", markersize=3.5, linewidth=1.0)
        label(axes, f"per {granularity}", (0.02, 0.98 - 0.06 * number), color=colour)
    axes.axvline(0.25, color=GREY, linewidth=0.8, linestyle=(0, (2, 3)))
    label(axes, "vertices", (0.246, 1.03), color=GREY, ha="right")
    axes.set_xlabel(r"variance $v$ of $\lambda$, mean 1/2")
    axes.set_ylabel("mean loss")
    axes.set_title("linear 2-2-2-1, recursion and draws")


def _degrees(axes: Axes) -> None:
    """The coefficients of v, v^2 and v^3, each at the variance of the uniform law and of vertices."""
    variances = np.array([0.05, 0.1, 0.15, 0.2])
    means = [mean_loss(f"radial({r!r})", "element") for r in (2 * np.sqrt(variances)).tolist()]
    cubic = np.polynomial.Polynomial.fit(variances, means, 3).convert().coef
    v = np.linspace(0, 0.25, 100)
    below = np.zeros_like(v)
    for degree, colour in ((1, BLUE), (2, GREEN), (3, ORANGE)):
        above = below + cubic[degree] * v**degree
        axes.fill_between(v, below, above, color=colour, alpha=0.5, linewidth=0)
        label(
            axes,
            f"$v{'' if degree == 1 else f'^{degree}'}$",
            (0.252, float((below[-1] + above[-1]) / 2)),
            color=colour,
            va="center",
        )
        below = above
    axes.axvline(1 / 12, color=GREY, linewidth=0.8, linestyle=(0, (2, 3)))
    label(axes, "uniform", (1 / 12 - 0.003, 0.3), color=GREY, ha="right")
    axes.set_xlim(0, 0.27)
    axes.set_xlabel(r"variance $v$ of $\lambda$, mean 1/2")
    axes.set_ylabel("excess over the loss at the mean")
    axes.set_title("per element: one degree per layer")
