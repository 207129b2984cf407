"""Figures of `rebuilt_paths`: both conditions per layer, and loss and test error along the ways."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLUE, GREY, RED, panels, style
from experiments.studies.claims import svg
from experiments.studies.connectivity._intervals import interval
from experiments.studies.connectivity._networks import architecture
from experiments.studies.study import Figure
from toykit.connectivity.comparison import WAYS

Part = Mapping[str, Any]
LINE, _, DROPOUT, REBUILT, _ = WAYS
COLORS = {"rebuilt": BLUE, "dropout": RED}
NARROW = 24
"""Letters of a title that fit above a third of the width."""
FLOOR = 1e-12
"""Losses are drawn down to here on logarithmic axes."""


def per_layer(parts: Sequence[Part]) -> Figure:
    """Geometric means over networks with 95 % intervals, and the mean loss of the worse endpoints as a dotted line."""
    columns = min(3, len(parts))
    with style():
        figure, axes = panels(math.ceil(len(parts) / columns), columns, height=2.5)
        for panel, part in zip(axes, parts, strict=False):
            rows = [row for pair in part["result"]["pairs"] for row in pair["layers"]]
            for key, color in COLORS.items():
                _means(panel, rows, key, color)
            worse = float(np.mean([pair["worse"] for pair in part["result"]["pairs"]]))
            panel.axhline(worse, color=GREY, linestyle=":", linewidth=1.2, label="worse endpoint")
            panel.set_yscale("log")
            panel.set_xticks(range(1, 1 + len(part["result"]["widths"])))
            panel.set_title(textwrap.fill(architecture(part["config"]), NARROW))
            panel.set_xlabel("layer")
        axes[0].set_ylabel("loss of the small network")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        for panel in axes[len(parts) :]:
            panel.set_visible(False)
    caption = (
        "Best loss of a small network on half of a layer: fresh ones (rebuilt) and thinned old ones (dropout). Geometric means "
        "over networks with 95 % intervals; dotted, the worse endpoint of a pair. Fresh read-outs that separate the classes are "
        "scaled until their bound is below the target, so they end far below it."
    )
    return Figure(caption, svg(figure))


def _means(axes: Axes, rows: Sequence[Mapping[str, Any]], key: str, color: str) -> None:
    numbers = sorted({row["layer"] for row in rows})
    found = [interval([math.log(max(row[key], FLOOR)) for row in rows if row["layer"] == layer]) for layer in numbers]
    axes.plot(numbers, [math.exp(each.mean) for each in found], "o-", color=color, markersize=4, label=key)
    if all(math.isfinite(each.half) for each in found):
        # an interval of two networks can be wider than any axis; it is cut where it leaves the drawing
        lows, highs = (
            [math.exp(max(-28.0, min(28.0, end))) for end in ends] for ends in zip(*((e.lo, e.hi) for e in found), strict=True)
        )
        limits = min(min(row[key] for row in rows), 1e-7) / 10, 30.0
        axes.fill_between(numbers, np.clip(lows, *limits), np.clip(highs, *limits), color=color, alpha=0.15, linewidth=0)


def along(parts: Sequence[Part]) -> Figure:
    """For the first pair of each architecture the loss and the test error along line, dropout path and rebuilt path."""
    with style():
        figure, axes = panels(len(parts), 2, height=2.1)
        for number, part in enumerate(parts):
            pair = part["result"]["pairs"][0]
            left, right = axes[2 * number : 2 * number + 2]
            for way, color in ((LINE, GREY), (DROPOUT, RED), (REBUILT, BLUE)):
                _way(left, pair["along"][way]["losses"], pair["along"][way]["segments"], color, way)
                _way(right, pair["along"][way]["errors"], pair["along"][way]["segments"], color, way)
            left.set_yscale("log")
            left.set_title(architecture(part["config"]))
            left.set_ylabel("training loss")
            right.set_ylabel("test error")
            right.set_ylim(-0.03, 1.0)
        axes[1].legend(loc="upper right")
        for panel in axes[-2:]:
            panel.set_xlabel("share of the segments")
    caption = "Loss and test error along three ways between the first two networks; dots are waypoints of the built paths."
    return Figure(caption, svg(figure))


def _way(axes: Axes, values: Sequence[float], segments: int, color: str, way: str) -> None:
    ts = np.linspace(0.0, 1.0, len(values))
    shown = np.maximum(values, FLOOR) if axes.get_ylabel() != "test error" else np.asarray(values)
    axes.plot(ts, shown, color=color, linewidth=1.3, label=way)
    if segments > 1:
        step = (len(values) - 1) // segments
        axes.plot(ts[::step], shown[::step], "o", color=color, markersize=2.5)
