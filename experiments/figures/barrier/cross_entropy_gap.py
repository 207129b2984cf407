"""The gap under cross-entropy in its corridor: a lower bound and three upper bounds from the outputs alone."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.barrier._trained import trained_pair
from experiments.figures.style import BLACK, BLUE, GREEN, LIGHT, PURPLE, RED, label, panels, style, zero_line
from toykit.barriers.measured import gap
from toykit.checks.barrier.cross_entropy_gap import letters
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy
from toykit.networks.designed import designed
from toykit.outputs import OutputChord

SLUG = "barrier/cross_entropy_gap"
POSITIONS = np.linspace(0, 1, 41)
COLORS = {"tilted": GREEN, "ranged": BLUE, "risen": PURPLE, "lower": RED}


def draw() -> Figure:
    """Left: one example with a small output error, where (ii) is tight. Right: two trained classifiers."""
    example = designed([[2.0, 0.0]], [[0.0, 2.0]], [[-1.0, 0.0]], np.array([0]), CrossEntropy(), "one example")
    with style():
        figure, (small, trained) = panels(1, 2, height=3.1)
        _corridor(small, example)
        small.set_title("one example, range of $E$ at most 1")
        for text, place, color in (
            ("(iii)", (0.47, 0.5), PURPLE),
            ("(i)", (0.36, 0.25), GREEN),
            ("(ii)", (0.87, 0.28), BLUE),
            ("lower bound", (0.55, 0.04), RED),
        ):
            label(small, text, place, color=color, va="center")
        curves = _corridor(trained, trained_pair())
        trained.set_title("two trained classifiers")
        for name, text, color in (("risen", "(iii)", PURPLE), ("ranged", "(ii)", BLUE), ("tilted", "(i)", GREEN)):
            best = int(curves[name].argmax())
            label(trained, text, (float(POSITIONS[best]), 0.97 * curves[name][best]), color=color, ha="center", va="top")
        label(trained, "gap", (0.5, 0.19), ha="center", va="top")
        label(trained, "lower bound", (0.75, -0.02), color=RED, ha="center", va="top")
        trained.set_ylim(-0.2, None)
        return figure


def _corridor(axes: Axes, pair: Pair) -> dict[str, Floats]:
    """The gap, its bounds, and the corridor between the lower bound and the least upper one."""
    chord = OutputChord(pair)
    rows = [letters(chord.at(float(t)), chord.target_rows) for t in POSITIONS]
    curves: dict[str, Floats] = {name: np.array([evaluate(SLUG, name, row) for row in rows]) for name in COLORS}
    curves["gap"] = gap(pair, POSITIONS)
    least = np.minimum.reduce([curves[name] for name in ("tilted", "ranged", "risen")])
    zero_line(axes)
    axes.fill_between(POSITIONS, curves["lower"], least, color=LIGHT, alpha=0.7, linewidth=0)
    for name, color in COLORS.items():
        axes.plot(POSITIONS, curves[name], color=color, linewidth=1.4)
    axes.plot(POSITIONS, curves["gap"], color=BLACK, linewidth=2.2)
    axes.set_xlim(0, 1)
    axes.set_xlabel("position $t$ on the chord")
    return curves
