"""One look for every figure: light, colour-blind safe, readable at the width of the report (about 700 pixels).

The colours are those of Okabe and Ito. A figure is drawn at 7 inches, so one point in the file is close to one on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

WIDTH = 7.0
"""Inches."""

BLACK, GREY, LIGHT = "#222222", "#767676", "#d9d9d9"
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"
CYCLE = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
"""Line colours in the order of use; neighbours differ in lightness too."""

_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "lines.linewidth": 1.8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "svg.fonttype": "path",  # the page needs no font of its own
    "svg.hashsalt": "toykit",  # the same drawing gives the same file
    "mathtext.fontset": "dejavusans",
}


@contextmanager
def style() -> Iterator[None]:
    """The settings of every figure, for the time of the drawing; nothing global is changed."""
    with rc_context(_SETTINGS):
        yield


def panels(rows: int = 1, columns: int = 1, *, height: float = 2.6, **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure of `rows` x `columns` axes, each row `height` inches high, and its axes row by row.

    `options` go to `Figure.subplots`. Call it inside `style()`; titles stand above each axes, never above the figure.
    """
    figure = Figure(figsize=(WIDTH, height * rows), layout="constrained")
    axes: NDArray[Any] = np.atleast_1d(figure.subplots(rows, columns, **options))
    return figure, list(axes.flat)


def zero_line(axes: Axes) -> None:
    """A thin line at height 0."""
    axes.axhline(0.0, color=LIGHT, linewidth=1.0, zorder=0)


def label(axes: Axes, text: str, point: tuple[float, float], *, color: str = BLACK, **options: Any) -> None:
    """Text beside a curve in the curve's colour: it is read faster than a legend."""
    axes.annotate(text, point, color=color, fontsize=9, annotation_clip=False, **options)
