"""What it costs to merge one layer alone, measured and read off the diagonal blocks of the Hessians at the two ends."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.barrier._layers import trained_pairs
from experiments.figures.style import BLACK, BLUE, GREEN, GREY, RED, label, panels, style
from toykit.checks.barrier.layerwise_barrier import check
from toykit.landscape import Floats

LAYERS = 3


def draw() -> Figure:
    """Left: measured costs, layers by pairs. Middle: estimates. Right: one against the other."""
    measured, estimates = _costs()
    highest = float(max(measured.max(), estimates.max()))
    with style():
        figure, (left, middle, scatter) = panels(1, 3, height=2.5, gridspec_kw={"width_ratios": [1, 1, 1]})
        _table(left, measured, highest, "measured $B_l^{sym}$")
        _table(middle, estimates, highest, "from the blocks")
        middle.set_yticks([])
        middle.set_ylabel("")
        _scatter(scatter, measured, estimates, highest)
        return figure


def _costs() -> tuple[Floats, Floats]:
    """B_l^sym and its estimate, both of shape (layers, pairs)."""
    rows = [list(check(pair).extra["layers"].values()) for pair in trained_pairs()]
    measured, estimates = (np.array([[row[key] for row in found] for found in rows]).T for key in ("B_sym", "estimate"))
    return measured, estimates


def _table(axes: Axes, costs: Floats, highest: float, title: str) -> None:
    axes.imshow(costs, cmap="Blues", vmin=0, vmax=highest, aspect="auto")
    for layer in range(costs.shape[0]):
        for pair in range(costs.shape[1]):
            color = "white" if costs[layer, pair] > 0.55 * highest else BLACK
            label(axes, f"{costs[layer, pair]:.2f}".lstrip("0"), (pair, layer), color=color, ha="center", va="center")
    axes.set_xticks(range(costs.shape[1]), [pair.name.replace(", ", "–") for pair in trained_pairs()])
    axes.set_yticks(range(LAYERS), [str(layer + 1) for layer in range(LAYERS)])
    axes.tick_params(length=0, labelsize=8)
    axes.set(xlabel="pair of runs", ylabel="layer")
    axes.set_title(title)


def _scatter(axes: Axes, measured: Floats, estimates: Floats, highest: float) -> None:
    end = 1.08 * highest
    axes.plot([0, end], [0, end], color=GREY, linestyle="--", linewidth=1.0)
    for layer, color in enumerate((BLUE, RED, GREEN)):
        axes.plot(estimates[layer], measured[layer], "o", color=color, markersize=4.5, label=f"layer {layer + 1}")
    axes.legend(loc="upper left", handletextpad=0.1, borderaxespad=0.1)
    axes.set(xlim=(0, end), ylim=(0, end), xlabel="from the blocks", ylabel="measured")
    axes.set_title("one against the other")
