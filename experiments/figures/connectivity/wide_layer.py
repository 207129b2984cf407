"""Ten examples, eleven units: the first layer is exchanged unit by unit, the loss stays where it was, the chord is a mountain."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, ORANGE, RED, label, panels, style
from toykit.chord import grid, profile
from toykit.connectivity.toys_wide import wide_pair
from toykit.connectivity.wide import Exchange, exchanged, two_layer_path
from toykit.landscape import Floats, Pair
from toykit.networks.mlp import MLP

NUMBER = 23
COLOURS = (BLUE, "#f2e3c0", RED)
"""Rows of endpoint a, fresh rows, rows of endpoint b."""


def draw() -> Figure:
    """Left: whose row each unit has after every segment. Right: the loss along this path and along the chord."""
    pair = wide_pair(NUMBER)
    net = pair.landscape
    if not isinstance(net, MLP):
        raise TypeError(f"the toy is a NumPy network; got {type(net).__name__}")
    _, (a, b) = exchanged(net, [pair.theta_a, pair.theta_b], "figure of the wide layer")
    with style():
        figure, (units, loss) = panels(1, 2, height=3.0)
        _units(units, a, b)
        _losses(loss, two_layer_path(a, b).profile(net, 5).values, pair)
        return figure


def _units(axes: Axes, a: Exchange, b: Exchange) -> None:
    half = np.array([[2 * step + 2 <= s for s in range(2 * len(a.order) + 1)] for step in range(len(a.order))])
    owners = np.concatenate([_renewed(a, half, 0), _renewed(b, half, 2)[:, ::-1]], axis=1)
    axes.imshow(owners, cmap=ListedColormap(list(COLOURS)), aspect="auto", vmin=0, vmax=2, interpolation="nearest")
    axes.set_yticks([0, owners.shape[0] - 1], ["1", str(owners.shape[0])])
    axes.set_xlabel("segment")
    axes.set_ylabel("unit of layer 1")
    axes.set_title("10 examples: whose rows the units have")
    label(axes, "a", (2, 9.4), color="white", fontweight="bold")
    label(axes, "fresh", (19.8, 4.35), color=BLACK)
    label(axes, "b", (42, 9.4), color="white", fontweight="bold")


def _renewed(end: Exchange, half: Floats, own: int) -> Floats:
    """Which units of an endpoint are fresh (1) at each waypoint; the others are its own."""
    found = np.full(half.shape, float(own))
    for step, unit in enumerate(end.order):
        found[unit, half[step]] = 1.0
    return found


def _losses(axes: Axes, along: Floats, pair: Pair) -> None:
    chord = profile(pair, grid(101))
    axes.plot(np.linspace(0, 1, along.size), along, color=ORANGE)
    axes.plot(chord.ts, chord.values, color=BLACK, linewidth=1.2)
    top = max(chord.values)
    peak = chord.ts[chord.values.argmax()]
    label(axes, "chord", (peak + 0.03, top), color=BLACK)
    label(axes, "path: 0 everywhere", (0.5, 0.02 * top), color=ORANGE, va="bottom", ha="center")
    axes.set_ylim(-0.04 * top, 1.1 * top)
    axes.set_xlabel("position")
    axes.set_ylabel("loss")
    axes.set_title("3-11-2: loss between two minima")
