"""The gap at the midpoint taken apart: what each layer costs alone, and what pairs and triples of layers add or take back."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.barrier._layers import trained_pairs
from experiments.figures.style import BLACK, BLUE, GREEN, GREY, RED, label, panels, style, zero_line
from toykit.checks.barrier.layer_attribution import check, extremal
from toykit.landscape import Pair
from toykit.verdict import Result

SIZES = {1: BLUE, 2: RED, 3: GREEN}


def draw() -> Figure:
    """Left: two minima of a product of two weights. Right: two trained tanh networks with three layers."""
    product = next(iter(extremal()))
    with style():
        figure, (left, right) = panels(1, 2, height=3.1, gridspec_kw={"width_ratios": [3, 5]})
        _waterfall(left, product, digits=3)
        left.set_title(r"$(w_1w_2-1)^2/2$: pairs take back")
        _waterfall(right, trained_pairs()[0], digits=2)
        right.set_title("two tanh classifiers with three layers")
        left.set_ylabel("loss above the mean of the ends")
        return figure


def _waterfall(axes: Axes, pair: Pair, digits: int) -> None:
    """Each mean term starts where the last one ended; the black bar is the gap itself."""
    result = check(pair)
    names, heights = _terms(result)
    ends = np.cumsum(heights)
    span = float(max(ends.max(), 0.0) - min(ends.min(), 0.0))
    zero_line(axes)
    for place, (name, height, end) in enumerate(zip(names, heights, ends, strict=True)):
        color = SIZES[len(name)]
        axes.bar(place, height, 0.72, bottom=end - height, color=color)
        axes.plot([place - 0.36, place + 1.36], [end, end], color=GREY, linewidth=0.7)
        above = max(end, end - height) + 0.02 * span
        label(axes, f"{height:+.{digits}f}".replace("-", "−"), (place, above), color=color, ha="center", va="bottom")
    gap = result.comparisons[0].measured.value
    axes.bar(len(names), gap, 0.72, color=BLACK)
    label(axes, f"{gap:.{digits}f}", (len(names), max(gap, 0.0) + 0.02 * span), ha="center", va="bottom")
    axes.set_xticks(range(len(names) + 1), [*("+".join(map(str, name)) for name in names), "gap"])
    axes.set_xlabel("merged layers")
    axes.set_ylim(top=float(max(ends.max(), 0.0)) + 0.14 * span)


def _terms(result: Result) -> tuple[list[tuple[int, ...]], list[float]]:
    """The sets of layers by number, and their mean terms."""
    layers = list(result.extra["shares"])
    found = result.extra["terms"]
    names = [tuple(layers.index(layer) + 1 for layer in key.split(" + ")) for key in found]
    return names, [(row["base a"] + row["base b"]) / 2 for row in found.values()]
