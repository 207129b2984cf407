"""Two solutions seen from a base: the triangle of the claim, and the same chord seen from another base at another angle."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Arc

from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style
from toykit.formula import evaluate
from toykit.landscape import Floats

SLUG = "barrier/common_base"
A, B = np.array([-1.1, 1.5]), np.array([1.3, 1.9])
BRANCHING, START = np.array([0.0, 0.0]), np.array([-1.2, -1.3])


def draw() -> Figure:
    """Left: radii and angle give the chord and the distance of its midpoint. Right: another base, another angle, one chord."""
    with style():
        figure, (triangle, bases) = panels(1, 2, height=3.4)
        _triangle(triangle)
        _bases(bases)
        for axes in (triangle, bases):
            axes.set_aspect("equal")
            axes.axis("off")
            axes.set_ylim(top=2.35)
    return figure


def _triangle(axes: Axes) -> None:
    r_1, r_2, angle = _seen(BRANCHING)
    letters = {"r_1": r_1, "r_2": r_2, "angle": angle}
    length, depth = (math.sqrt(evaluate(SLUG, name, letters)) for name in ("Delta_2", "dbar_2"))
    middle = (A + B) / 2
    _ends(axes)
    _edge(axes, BRANCHING, A, GREY)
    _edge(axes, BRANCHING, B, GREY)
    _edge(axes, BRANCHING, middle, RED)
    _arc(axes, BRANCHING, 0.6, GREY)
    label(axes, r"$\theta_0$:  " + f"$A={math.degrees(angle):.0f}°$", (0.08, -0.12))
    label(axes, f"$r_1={r_1:.2f}$", (-0.65, 0.75), color=GREY, ha="right")
    label(axes, f"$r_2={r_2:.2f}$", (0.75, 0.95), color=GREY)
    label(axes, f"$|\\Delta|={length:.2f}$", (0.0, 1.88), color=BLUE, ha="center")
    label(axes, f"$|\\bar\\delta|={depth:.2f}$", (0.1, 1.15), color=RED)
    axes.set_title("radii and angle give both lengths")


def _bases(axes: Axes) -> None:
    _ends(axes)
    for base, color, words, size in ((BRANCHING, GREY, "branching point", 0.5), (START, RED, "initialisation", 0.9)):
        for end in (A, B):
            _edge(axes, base, end, color)
        _arc(axes, base, size, color)
        angle = math.degrees(_seen(base)[2])
        label(axes, f"{words}\n$A={angle:.0f}°$", (float(base[0]) + 0.15, float(base[1]) - 0.05), color=color, va="top")
    axes.set_title("same chord, two bases, two angles")


def _seen(base: Floats) -> tuple[float, float, float]:
    first, second = A - base, B - base
    r_1, r_2 = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    return r_1, r_2, math.acos(float(first @ second) / (r_1 * r_2))


def _ends(axes: Axes) -> None:
    _edge(axes, A, B, BLUE)
    axes.plot(*np.array([A, B]).T, "o", color=BLACK, markersize=5)
    label(axes, r"$\theta_a$", (float(A[0]) - 0.08, float(A[1]) + 0.05), ha="right")
    label(axes, r"$\theta_b$", (float(B[0]) + 0.08, float(B[1]) + 0.05))


def _edge(axes: Axes, start: Floats, end: Floats, color: str) -> None:
    axes.plot(*np.array([start, end]).T, color=color)


def _arc(axes: Axes, base: Floats, size: float, color: str) -> None:
    to_a, to_b = (math.degrees(math.atan2(*(end - base)[::-1])) for end in (A, B))
    axes.add_patch(Arc((float(base[0]), float(base[1])), size, size, theta1=to_b, theta2=to_a, color=color))
