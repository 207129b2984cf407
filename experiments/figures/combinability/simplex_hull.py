"""The loss on the triangle between three trained networks, as trained and in one frame; draws per weight beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.combinability import _runs as runs
from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style
from toykit.combining.simplex import barycentric, simplex
from toykit.landscape import Floats
from toykit.matching import frank_wolfe
from toykit.parameters import Parameters

PARTS, DRAWS = 14, 40
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.85]])


def draw() -> Figure:
    """Two heat maps with one scale, and the losses of the mean network, of Dirichlet(1) draws and of picks per weight."""
    net, given = runs.net(), tuple(runs.run(number) for number in range(3))
    framed = frank_wolfe(net, given).thetas
    with style():
        figure, axes = panels(1, 3, height=2.6, width_ratios=(1, 1, 1.1))
        weights = barycentric(3, PARTS)
        tables = [_losses(thetas, weights) for thetas in (given, framed)]
        top = float(max(table.max() for table in tables))
        for place, table, title in zip(axes, tables, ("as trained", "in one frame"), strict=False):
            x, y = (weights @ CORNERS).T
            shown = place.tripcolor(x, y, table, shading="gouraud", cmap="cividis", vmin=0, vmax=top)
            place.tricontour(x, y, table, levels=5, colors="white", linewidths=0.5)
            for name, corner, shift in zip(("$A$", "$B$", "$C$"), CORNERS, ((0, -13), (0, -13), (10, -6)), strict=True):
                label(place, name, (corner[0], corner[1]), xytext=shift, textcoords="offset points", ha="center")
            place.set_axis_off()
            place.set_aspect("equal")
            place.set_title(title)
        figure.colorbar(shown, ax=axes[:2], label="loss", shrink=0.8)
        _strip(axes[2], given, framed)
        return figure


def _strip(axes: Axes, given: tuple[Parameters, ...], framed: tuple[Parameters, ...]) -> None:
    for thetas, colour, shift, name in ((given, RED, -0.15, "as trained"), (framed, BLUE, 0.15, "in one frame")):
        law = simplex(runs.net(), thetas, alpha=1.0)
        axes.plot([shift], [runs.net().loss(law.centre)], "o", color=colour)
        for place, alpha in ((1, 1.0), (2, 0.0)):
            drawn = replace(law, alpha=alpha)
            losses = runs.net().losses([law.point(each) for each in drawn.draws(DRAWS)])
            axes.plot(np.full(DRAWS, place + shift), losses, ".", color=colour, alpha=0.4)
            axes.plot([place + shift - 0.1, place + shift + 0.1], [losses.mean()] * 2, color=BLACK, linewidth=1.2)
        label(axes, name, (0.02, 0.95 if colour == RED else 0.87), color=colour, xycoords="axes fraction", va="top")
    ends = float(runs.net().losses(list(given)).mean())
    axes.axhline(ends, color=GREY, linestyle=":")
    axes.set_xticks(range(3), ["mean", "Dirichlet(1)", "pick"])
    axes.set_xlim(-0.5, 2.5)
    axes.set_ylim(bottom=0)
    axes.set_title("loss, each weight by itself")


def _losses(thetas: tuple[Parameters, ...], weights: Floats) -> Floats:
    law = simplex(runs.net(), thetas, granularity="global")
    return np.asarray(runs.net().losses([law.point(row[None]) for row in weights]), dtype=np.float64)
