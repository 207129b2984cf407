"""Certified where the mean margin beats the range of the output error: no wrong example lies above the diagonal."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.barrier._trained import trained_pair
from experiments.figures.style import BLACK, BLUE, GREEN, GREY, RED, label, panels, style
from toykit.checks.barrier.accuracy_certificate import Margins, class_labels, margins
from toykit.data import Labels
from toykit.outputs import OutputChord

POSITIONS = np.linspace(0, 1, 41)


def draw() -> Figure:
    """Left: the examples at t = 1/2 by output error and mean margin. Right: accuracy and certified share along the chord."""
    chord = OutputChord(trained_pair())
    labels = class_labels(chord)
    if labels is None:
        raise ValueError("the figure needs a classifier; got target vectors; train on labels")
    with style():
        figure, (scatter, shares) = panels(1, 2, height=3.1)
        _scatter(scatter, margins(chord.at(0.5), labels))
        _shares(shares, chord, labels)
        return figure


def _scatter(axes: Axes, found: Margins) -> None:
    mean = (found.margin_a + found.margin_b) / 2
    right = found.here > 0
    top = 1.05 * float(max(mean.max(), found.reach.max()))
    axes.plot([0, top], [0, top], color=GREY, linewidth=1.2)
    axes.fill_between([0, top], [0, top], top, color=GREEN, alpha=0.1, linewidth=0)
    axes.scatter(found.reach[right], mean[right], s=14, color=BLUE, linewidth=0)
    axes.scatter(found.reach[~right], mean[~right], s=20, color=RED, marker="x", linewidth=1.4)
    label(axes, "certified", (0.04 * top, 0.95 * top), color=GREEN, va="top")
    label(axes, "correct", (0.98 * top, 0.6 * top), color=BLUE, ha="right")
    label(axes, "wrong at $t=1/2$", (0.98 * top, float(mean.min())), color=RED, ha="right")
    axes.set_xlim(0, top)
    axes.set_ylim(None, top)
    axes.set_xlabel("range of the output error")
    axes.set_ylabel("mean margin of the ends")
    axes.set_title("one mark per example")


def _shares(axes: Axes, chord: OutputChord, labels: Labels) -> None:
    found = [margins(chord.at(float(t)), labels) for t in POSITIONS]
    accuracy = np.array([1 - position.error for position in found])
    curves = {form: np.array([1 - position.uncertified(form) for position in found]) for form in ("slack", "slack_range")}
    axes.plot(POSITIONS, accuracy, color=BLACK)
    axes.plot(POSITIONS, curves["slack"], color=GREEN)
    axes.plot(POSITIONS, curves["slack_range"], color=GREEN, linestyle=(0, (4, 3)))
    middle = len(POSITIONS) // 2
    label(axes, "accuracy", (0.5, float(accuracy.max()) + 0.02), ha="center", va="bottom")
    label(axes, "certified", (0.5, float(curves["slack"][middle]) + 0.03), color=GREEN, ha="center", va="bottom")
    label(axes, "by the range", (0.5, float(curves["slack_range"][middle]) - 0.03), color=GREEN, ha="center", va="top")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("position $t$ on the chord")
    axes.set_title("share of the examples")
