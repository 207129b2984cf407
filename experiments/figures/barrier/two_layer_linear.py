"""What it costs to walk to a copy of the same linear network in which two hidden units have changed places."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, GREY, label, panels, style
from toykit.barriers.measured import barrier
from toykit.checks.barrier.two_layer_linear import SLUG, bend_of, reordered
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.seeds import generator

UNITS = 8


def draw() -> Figure:
    """Left: the price of every swap, from the weights. Right: the barrier measured on each of these chords."""
    prices, barriers = _swaps()
    with style():
        figure, (table, scatter) = panels(1, 2, height=3.2)
        _table(table, prices)
        _scatter(scatter, prices, barriers)
    return figure


def _swaps() -> tuple[Floats, Floats]:
    """Prices and barriers of all swaps, shape (UNITS, UNITS); the units 3 and 4 are nearly twins."""
    drawn = generator("price of a swap")
    first, second = drawn.normal(size=(UNITS, 3)), drawn.normal(size=(2, UNITS))
    first[4] = first[3] + 0.2 * drawn.normal(size=3)
    prices, barriers = np.zeros((2, UNITS, UNITS))
    for i in range(UNITS):
        for j in range(i):
            perm = list(range(UNITS))
            perm[i], perm[j] = j, i
            pair = reordered(first, second, perm, f"swap {i} and {j}")
            bent = bend_of(pair, pair.landscape).mean_square  # type: ignore[arg-type]  # a dense network, as built
            prices[i, j] = prices[j, i] = evaluate(SLUG, "barrier", {"bent": bent, "factor": 0.5})
            barriers[i, j] = barriers[j, i] = barrier(pair).value
    return prices, barriers


def _table(axes: Axes, prices: Floats) -> None:
    axes.imshow(prices, cmap="Blues", vmin=0)
    for i in range(UNITS):
        for j in range(UNITS):
            color = "white" if prices[i, j] > 0.4 * prices.max() else GREY
            if i != j:
                label(axes, f"{prices[i, j]:.1f}", (j, i), color=color, ha="center", va="center")
    axes.set_xticks(range(UNITS))
    axes.set_yticks(range(UNITS))
    axes.tick_params(length=0)
    axes.set_xlabel("hidden unit $j$")
    axes.set_ylabel("hidden unit $i$")
    axes.set_title("price of swapping $i$ and $j$")


def _scatter(axes: Axes, prices: Floats, barriers: Floats) -> None:
    below = np.tril_indices(UNITS, -1)
    end = 1.08 * float(prices.max())
    axes.plot([0, end], [0, end], color=GREY, linestyle="--", linewidth=1.0)
    axes.plot(prices[below], barriers[below], "o", color=BLUE, markersize=5)
    axes.set_xlim(0, end)
    axes.set_ylim(0, end)
    axes.set_aspect("equal")
    axes.set_xlabel(r"$\frac{1}{8}|v_i-v_j|^2\,E((w_i-w_j)\cdot x)^2$")
    axes.set_ylabel("barrier on the chord")
    axes.set_title("the barrier is the price")
