"""Gap = g(1/2) + Exc for several laws and partitions on a small ReLU network: the mixing excess is what the law decides."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, ORANGE, label, panels, style, zero_line
from toykit.combining.draws import mixing
from toykit.combining.gap import Gap, combination_gap
from toykit.networks.fixtures import f10

ROWS = (
    ("midpoint", "constant(0.5)", "element"),
    ("uniform", "uniform", "element"),
    ("beta(1/4)", "beta(0.25)", "element"),
    ("vertices", "bernoulli(0.5)", "element"),
    ("rows", "bernoulli(0.5)", "row"),
    ("neurons", "bernoulli(0.5)", "neuron"),
    ("layers", "bernoulli(0.5)", "layer"),
    ("beyond, r = 3/2", "radial(1.5)", "element"),
)
DRAWS = 400


def draw() -> Figure:
    """One bar per law: the scalar gap of the midpoint in blue, the excess on top of it, the gap itself as a dot."""
    found = [combination_gap(mixing(f10(), spec, parts), DRAWS, few=1024) for _, spec, parts in ROWS]
    with style():
        figure, (axes,) = panels(1, 1, height=3.6)
        _bars(axes, found)
        return figure


def _bars(axes: Axes, found: list[Gap]) -> None:
    places = np.arange(len(found))
    scalar = np.array([gap.at_mean - gap.line for gap in found])
    excess = np.array([gap.excess for gap in found])
    zero_line(axes)
    axes.bar(places, scalar, width=0.55, color=BLUE, alpha=0.75)
    axes.bar(places, excess, bottom=scalar, width=0.28, color=ORANGE, alpha=0.9)
    axes.plot(places, scalar + excess, "o", color=BLACK, markersize=5)
    for line, (text, colour) in enumerate((
        ("$g(1/2)$: midpoint against the chord", BLUE),
        ("Exc: mixing excess", ORANGE),
        ("gap, their sum", BLACK),
    )):
        label(axes, text, (-0.4, 17 - 2.4 * line), color=colour)
    axes.set_ylim(-14.5, 20)
    axes.set_xticks(places, [name for name, _, _ in ROWS], rotation=20, ha="right", rotation_mode="anchor")
    axes.set_ylabel("loss above the chord")
    axes.set_title(f"ReLU 4-10-2: mean over {DRAWS} draws, or all of them")
