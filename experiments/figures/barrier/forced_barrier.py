"""Sharp stationary ends force a barrier: beyond h_bar = K_3/8 no chord has g(1/2) <= 0; the extremal chord turns at 1/4."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, RED, label, panels, style, zero_line
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.seeds import generator

SLUG = "barrier/forced_barrier"
CHORDS = 300
WIDEST = 0.25
"""The largest |h_bar|/K_3 of a chord with equal end slopes."""

PLAIN = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5}


def draw() -> Figure:
    """Left: the plane of h_bar and g(1/2), both over K_3, with what is forbidden. Right: the chord that meets the corner."""
    with style():
        figure, (plane, extremal) = panels(1, 2, height=3.2)
        _plane(plane)
        _extremal(extremal)
        return figure


def lowest(h_bar: Floats) -> Floats:
    """The least g(1/2)/K_3 at each h_bar/K_3, sigma = 0."""
    letters = {"h_bar": h_bar, "K_3": 1.0, "sigma": 0.0}
    found: Floats = evaluate(SLUG, "lower_at", letters | {"c": evaluate(SLUG, "best_c", letters)})
    return found


def random_chords(count: int = CHORDS) -> tuple[Floats, Floats]:
    """h_bar and g(1/2) of chords with phi''' = +-1 on 2 to 7 random stretches and equal end slopes; both shape (count,)."""
    cells = 1024
    u = (np.arange(cells) + 0.5) / cells - 0.5
    both = []
    for number in range(count):
        draw_from = generator("figure/forced_barrier", number)
        turns = np.sort(draw_from.random(draw_from.integers(1, 7)))
        third = (-1.0) ** (np.searchsorted(turns, u + 0.5) + draw_from.integers(2)) * draw_from.random() ** 0.2
        h_bar = float((u * third).mean())
        both.append((h_bar, h_bar / 8 + float((np.where(u < 0, u**2, -(u**2)) / 4 * third).mean())))
    found = np.array(both).T
    return found[0], found[1]


def _plane(axes: Axes) -> None:
    h_bar = np.linspace(-WIDEST, WIDEST, 401)
    low, high = lowest(h_bar), -lowest(-h_bar)
    plain = evaluate(SLUG, "lower", {"h_bar": h_bar, "K_3": 1.0, "sigma": 0.0})
    axes.fill_between(h_bar, -0.03, low, color=LIGHT, alpha=0.6, linewidth=0)
    axes.fill_between(h_bar, high, 0.03, color=LIGHT, alpha=0.6, linewidth=0)
    forced = h_bar >= 0.125
    axes.fill_between(h_bar[forced], low[forced], high[forced], color=GREEN, alpha=0.3, linewidth=0)
    zero_line(axes)
    axes.plot(*random_chords(), "o", color=GREY, markersize=1.8, alpha=0.6)
    axes.plot(h_bar, low, color=BLUE, linewidth=2.2)
    axes.plot(h_bar, plain, color=BLUE, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.plot([0.125], [0], "o", color=RED, markersize=5.5)
    for name, place, height in (("double well", 1 / 6, 1 / 192), ("cosine", 1 / (2 * math.pi), 1 / (4 * math.pi**3))):
        axes.plot([place], [height], "o", color=BLACK, markersize=4)
        label(axes, name, (place - 0.012, height), ha="right", va="center", bbox=PLAIN)
    label(axes, r"$\bar h=K_3/8$", (0.135, -0.0015), color=RED, va="center")
    label(axes, "forbidden", (0.06, -0.0115), color=GREY)
    label(axes, "barrier\nforced", (0.205, 0.0128), color=GREEN, ha="center", va="center")
    axes.set(xlim=(-WIDEST, WIDEST), ylim=(-0.0165, 0.0165), xlabel=r"end curvature $\bar h/K_3$", ylabel="$g(1/2)/K_3$")
    axes.set_title("equal end slopes")


def extremal_curvature(t: Floats) -> Floats:
    """phi'' of the chord with K_3 = 8: 1 - 8|v| for |v| = |t - 1/2| <= 1/4, and -1 + 8(|v| - 1/4) beyond."""
    v = np.abs(t - 0.5)
    return np.where(v <= 0.25, 1 - 8 * v, 8 * v - 3)


def _extremal(axes: Axes) -> None:
    t = np.linspace(0, 1, 801)
    step = t[1]
    bend = extremal_curvature(t)
    slope = np.concatenate([[0.0], np.cumsum((bend[1:] + bend[:-1]) / 2 * step)])
    phi = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * step)])
    zero_line(axes)
    axes.plot(t, bend, color=BLUE)
    axes.plot(t, 60 * phi, color=BLACK)
    axes.plot([0.5], [0], "o", color=RED, markersize=5.5)
    label(axes, r"curvature: $\bar h=1=K_3/8$", (0.5, 1.08), color=BLUE, ha="center", va="bottom")
    label(axes, r"gap $\times\,60$", (0.25, 0.7), ha="center")
    label(axes, "$g(1/2)=0$", (0.5, -0.12), color=RED, ha="center", va="top")
    axes.set(xlim=(0, 1), ylim=(-1.15, 1.35), xlabel="position on the chord")
    axes.set_title("sharp ends, no midpoint barrier")
