"""What the four networks in the middle predict, and the error on the way: no order of the hidden units helps."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from experiments.figures.style import BLACK, BLUE, GREY, LIGHT, ORANGE, RED, WIDTH, label, style
from toykit.checks.barrier.permutation_counterexample import ORDERS, WORDS, Order, construction
from toykit.chord import grid
from toykit.parameters import chord_point

COLORS = {ORDERS[0]: RED, ORDERS[1]: RED, ORDERS[2]: BLUE, ORDERS[3]: ORANGE}


def draw() -> Figure:
    """Above: the square at t = 1/2 for each order of the hidden units. Below: the error along the four chords."""
    with style():
        figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
        cells = figure.add_gridspec(2, 4, height_ratios=(1.0, 1.1))
        for column, order in enumerate(ORDERS):
            _map(figure.add_subplot(cells[0, column]), order)
        _errors(figure.add_subplot(cells[1, :]))
    return figure


def _map(axes: Axes, order: Order) -> None:
    pair = construction(order_b=order)
    middle = chord_point(pair.theta_a, pair.theta_b, 0.5)
    axes.add_patch(Rectangle((-1, -1), 2, 2, facecolor="white", edgecolor=GREY))
    for polygon in pair.landscape.predicted(middle):  # type: ignore[attr-defined]  # a SquareClassifier, as built
        axes.add_patch(Polygon(polygon, facecolor=COLORS[order], edgecolor=COLORS[order], alpha=0.35, linewidth=0.4))
    axes.add_patch(Rectangle((-1, 0), 1, 1, facecolor="none", edgecolor=BLACK, linestyle="--", linewidth=1.2))
    label(axes, "positive", (-0.5, 0.5), ha="center", va="center")
    if not order[0]:
        label(axes, "nothing is\npredicted positive", (0.0, -0.5), color=GREY, ha="center", va="center")
    else:
        label(axes, "wrong", (0.35, 0.72), color=BLACK, ha="center", va="center")
        label(axes, "wrong", (-0.68, -0.35), color=BLACK, ha="center", va="center")
    axes.set_xlim(-1.05, 1.05)
    axes.set_ylim(-1.05, 1.05)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(WORDS[order], loc="center")


def _errors(axes: Axes) -> None:
    ts = grid(129)
    for order in (ORDERS[0], ORDERS[2], ORDERS[3]):
        pair = construction(order_b=order)
        errors = pair.landscape.profile(pair.theta_a, pair.theta_b, ts)
        axes.plot(ts[1:-1], errors[1:-1], color=COLORS[order])
    axes.plot([0, 1], [0, 0], "o", color=BLACK, markersize=5)
    axes.plot([0, 1], [0.25, 0.25], "o", color=RED, markerfacecolor="white", markersize=5)
    label(axes, "layer 1 not swapped", (0.1, 0.258), color=RED)
    label(axes, "layer 1 swapped", (0.295, 0.175), color=BLUE, ha="right")
    label(axes, "both swapped", (0.345, 0.11), color=ORANGE)
    axes.axhline(0.0, color=LIGHT, linewidth=1.0, zorder=0)
    axes.set_ylim(-0.01, 0.29)
    axes.set_yticks([0, 0.25], ["0", r"$\frac{1}{4}$"])
    axes.set_xlabel("position $t$")
    axes.set_ylabel("error")
    axes.set_title("every order of the hidden units errs on one quarter")
