"""Which layer makes the output error at the middle of a chord: products of differences, or gates that change."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.barrier._layers import trained_pairs
from experiments.figures.style import BLACK, BLUE, GREY, ORANGE, label, panels, style
from toykit.checks.barrier.commutativity import check
from toykit.landscape import Pair

TITLES = {"relu": "ReLU classifiers", "tanh": "tanh classifiers"}


def draw() -> Figure:
    """The parts of the bound per layer and their sum beside the output error, for two ReLU and two tanh networks."""
    with style():
        figure, both = panels(1, 2, height=3.0, sharey=True)
        for axes, (activation, title) in zip(both, TITLES.items(), strict=True):
            _bars(axes, trained_pairs(activation)[0])
            axes.set_title(title)
        both[0].set_ylabel("root mean square, at the midpoint")
        both[0].legend(loc="upper left")
        return figure


def _bars(axes: Axes, pair: Pair) -> None:
    result = check(pair)
    rows = list(result.extra["layers"].values())
    products, gates = ([row[key] for row in rows] for key in ("commutator", "gates"))
    places = range(len(rows) + 1)
    products, gates = [*products, sum(products)], [*gates, sum(gates)]
    axes.bar(places, products, 0.66, color=BLUE, label=r"products $\Delta F\,\Delta W$")
    axes.bar(places, gates, 0.66, bottom=products, color=ORANGE, label="gates")
    error = result.extra["output error at 1/2"]
    axes.bar(len(rows) + 1, error, 0.66, color=BLACK)
    label(axes, f"{error:.1f}", (len(rows) + 1, error), ha="center", va="bottom")
    label(axes, f"{products[-1] + gates[-1]:.1f}", (len(rows), products[-1] + gates[-1]), ha="center", va="bottom")
    axes.axvline(len(rows) - 0.5, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    axes.set_xticks(range(len(rows) + 2), [*(f"layer {i + 1}" for i in range(len(rows))), "bound", "error"])
    axes.tick_params(axis="x", length=0)
