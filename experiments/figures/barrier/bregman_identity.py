"""The gap as three signed bars: linearisation error and curvature cost raise it, averaging the outputs lowers it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.barrier._trained import trained_pair
from experiments.figures.style import BLACK, BLUE, GREY, ORANGE, RED, label, panels, style, zero_line
from toykit.barriers.decomposition import Terms, terms
from toykit.outputs import OutputChord

BARS = np.arange(1, 16) / 16


def draw() -> Figure:
    """Left: the three terms along the chord of two trained classifiers. Right: the share of the gap by example."""
    pair = trained_pair()
    chord = OutputChord(pair)
    found = [terms(chord, chord.at(float(t)), pair.landscape.traits) for t in BARS]
    with style():
        figure, (bars, shares) = panels(1, 2, height=3.1, width_ratios=(1.35, 1))
        _bars(bars, found)
        _shares(shares, found[len(BARS) // 2])
        return figure


def _bars(axes: Axes, found: list[Terms]) -> None:
    means = [terms.means() for terms in found]
    linear, cost, gain = (np.array([mean[name] for mean in means]) for name in ("linear", "cost", "gain"))
    width = 0.8 / 16
    axes.bar(BARS, cost, width, color=ORANGE)
    # a negative linearisation error hangs below the zero line, beside the gain
    axes.bar(BARS, linear, width, bottom=np.where(linear > 0, cost, 0), color=RED)
    axes.bar(BARS, -gain, width, bottom=np.minimum(linear, 0), color=BLUE)
    zero_line(axes)
    axes.plot(BARS, linear + cost - gain, color=BLACK, marker="o", markersize=3.5)
    top = float((np.maximum(linear, 0) + cost).max())
    axes.set_ylim(-0.3 * top, 1.42 * top)
    middle = len(BARS) // 2
    label(axes, "linearisation error", (0.02, 1.3 * top), color=RED, va="center")
    label(axes, "curvature cost", (0.98, 1.3 * top), color=ORANGE, va="center", ha="right")
    label(axes, "ensemble gain", (0.5, -float(gain[middle]) - 0.03 * top), color=BLUE, ha="center", va="top")
    label(axes, "gap", (0.02, 0.42 * top), va="bottom")
    axes.set_xlim(0, 1)
    axes.set_xlabel("position $t$ on the chord")
    axes.set_title("the gap is red + orange - blue")


def _shares(axes: Axes, found: Terms) -> None:
    gaps = np.sort(found.gap)[::-1]
    share = np.arange(1, len(gaps) + 1) / len(gaps)
    carried = np.cumsum(gaps) / gaps.sum()
    tenth = int(np.ceil(0.1 * len(gaps))) - 1
    axes.axhline(1.0, color=GREY, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.plot(np.concatenate([[0.0], share]), np.concatenate([[0.0], carried]), color=BLACK)
    axes.plot(share[tenth], carried[tenth], "o", color=RED)
    label(axes, f"top tenth: {carried[tenth]:.0%}", (float(share[tenth]) + 0.04, float(carried[tenth])), color=RED, va="center")
    label(axes, "these lie below the line", (0.98, 0.93), color=BLUE, ha="right", va="top")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.1 * float(carried.max()))
    axes.set_xlabel("examples, worst first")
    axes.set_title("share of the gap at $t=1/2$")
