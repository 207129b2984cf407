"""The eight networks between two solutions of a linear network with three layers, and the certificate that they give."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREY, label, panels, style, zero_line
from toykit.barriers.layers import LayerChord, Layers
from toykit.barriers.measured import gap
from toykit.checks.barrier.hybrid_bound import Hybrids, hybrids, upper
from toykit.landscape import Pair
from toykit.networks.deep_linear import interpolating
from toykit.seeds import generator

EDGES = np.array([[1.0, 0.0], [0.0, 1.0], [0.48, 0.36]])
"""Where layers 1, 2 and 3 point in the drawing of the cube."""


def draw() -> Figure:
    """Left: the loss of every hybrid at a vertex of the cube. Right: the gap of the chord below the bound."""
    pair = solutions()
    found = hybrids(LayerChord(pair))
    with style():
        figure, (cube, curves) = panels(1, 2, height=3.2)
        _cube(cube, found)
        _curves(curves, pair, found)
        return figure


def solutions() -> Pair:
    """Two exact minima of a 3-4-4-2 linear network."""
    draws = generator("cube of hybrids")
    matrix, inputs = draws.normal(size=(2, 3)), draws.normal(size=(20, 3))
    return interpolating((3, 4, 4, 2), matrix, inputs, draws, "cube")


def _place(layers: Layers, chosen: Layers) -> np.ndarray:
    return sum((EDGES[i] for i, layer in enumerate(layers) if layer in chosen), np.zeros(2))


def _cube(axes: Axes, found: Hybrids) -> None:
    layers = max(found.losses, key=len)
    for s in found.losses:
        for layer in layers:
            if layer not in s:
                ends = np.array([_place(layers, s), _place(layers, (*s, layer))])
                axes.plot(*ends.T, color=GREY, linewidth=0.9, zorder=1)
    diagonal = np.array([_place(layers, ()), _place(layers, layers)])
    axes.plot(*diagonal.T, color=BLUE, linewidth=2.0, zorder=2)
    largest = max(found.losses.values())
    for s, loss in found.losses.items():
        x, y = _place(layers, s)
        axes.scatter([x], [y], s=30 + 270 * loss / largest, color=BLACK if s and s != layers else BLUE, zorder=3)
        white = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        label(axes, f"{loss:.1f}", (x - 0.09, y + 0.09), ha="right", va="center", bbox=white, zorder=4)
    label(axes, r"$\theta_a$", (-0.04, -0.08), color=BLUE, ha="right", va="top")
    label(axes, r"$\theta_b$", (1.58, 1.38), color=BLUE, va="center")
    for i, text in enumerate(("layer 1", "layer 2", "layer 3")):
        x, y = EDGES[i] / 2 + [(0, -0.13), (-0.06, 0), (0.12, -0.03)][i]
        label(axes, text, (x, y), color=GREY, ha=("center", "right", "left")[i], va="center")
    axes.set(xlim=(-0.45, 1.85), ylim=(-0.3, 1.55))
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title("losses of the hybrids")


def _curves(axes: Axes, pair: Pair, found: Hybrids) -> None:
    t = np.linspace(0, 1, 201)
    ends = {"L_a": pair.landscape.loss(pair.theta_a), "L_b": pair.landscape.loss(pair.theta_b)}
    bound, gaps = upper(found, ends, t), gap(pair, t)
    zero_line(axes)
    axes.plot(t, bound, color=GREY, linestyle=(0, (4, 3)))
    axes.plot(t, gaps, color=BLUE)
    label(axes, "weighted losses of the hybrids", (0.5, 1.03 * float(bound.max())), color=GREY, ha="center", va="bottom")
    label(axes, "$g(t)$", (0.5, float(gaps.max()) + 0.02 * float(bound.max())), color=BLUE, ha="center", va="bottom")
    axes.set(xlim=(0, 1), ylim=(-0.05 * float(bound.max()), 1.2 * float(bound.max())), xlabel="position on the chord")
    axes.set_title("the chord stays below them")
