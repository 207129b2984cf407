"""The circle through A and B: vertices of the box lie on it, uniform and Gaussian combinations inside or beside it."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED, label, panels, style
from toykit.combining.laws import Law, bernoulli, gauss, uniform
from toykit.landscape import Floats
from toykit.seeds import generator

SIZE, DRAWS = 150, 60
"""Parameters of the toy endpoints, and draws per law."""


def draw() -> Figure:
    """Each draw at (position along the chord, distance from the chord), both in units of |Delta|."""
    delta = generator("sphere figure").standard_normal(SIZE)
    with style():
        figure, (axes,) = panels(1, 1, height=3.7)
        turn = np.linspace(0, math.pi, 200)
        axes.plot(0.5 - 0.5 * np.cos(turn), 0.5 * np.sin(turn), color=GREY, linewidth=1.0)
        axes.plot([0, 1], [0, 0], color=BLACK)
        for p, colour in ((0.1, RED), (0.5, BLUE), (0.9, RED)):
            _cloud(axes, bernoulli(p), delta, colour)
        _cloud(axes, uniform(), delta, GREEN)
        _cloud(axes, gauss(0.4), delta, ORANGE)
        axes.plot([0, 1, 0.5], [0, 0, 0], "o", color=BLACK, markersize=6, clip_on=False)
        label(axes, "$A$", (-0.02, 0.015), ha="right")
        label(axes, "$B$", (1.02, 0.015))
        label(axes, "midpoint", (0.5, 0.02), ha="center")
        label(axes, "vertices, $p = 1/2$", (0.5, 0.525), color=BLUE, ha="center")
        label(axes, "vertices, $p = 1/10$", (0.11, 0.385), color=RED, ha="right")
        label(axes, "vertices, $p = 9/10$", (0.89, 0.385), color=RED)
        label(axes, r"uniform: $|\Delta|/\sqrt{12}$", (0.64, 0.28), color=GREEN, va="center")
        label(axes, r"Gaussian, $s = 0.4$", (0.42, 0.325), color=ORANGE, va="center", ha="right")
        axes.set_aspect("equal")
        axes.set_xlim(-0.25, 1.25)
        axes.set_ylim(-0.02, 0.6)
        axes.set_xlabel(r"position along the chord, in $|\Delta|$")
        axes.set_ylabel(r"distance from the chord, in $|\Delta|$")
        axes.set_title("every vertex sees the endpoints under a right angle")
        return figure


def _cloud(axes: Axes, law: Law, delta: Floats, colour: str) -> None:
    stream = generator(f"sphere figure {law.spec}")
    steps = np.array([law.draw(stream, SIZE) * delta for _ in range(DRAWS)])  # Theta - theta_a
    length = float(np.linalg.norm(delta))
    along = steps @ delta / length**2
    beside = np.sqrt(np.maximum((steps**2).sum(axis=1) / length**2 - along**2, 0))
    axes.plot(along, beside, ".", color=colour, markersize=4, alpha=0.7)
