"""The figures of the hypercube: laws and partitions against width, the radial sweep, predicted against measured accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, ORANGE, PURPLE, RED, label, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._cells import RADII
from experiments.studies.combinability._networks import architecture
from experiments.studies.study import Figure

Part = Mapping[str, Any]
COLORS = {"none": GREY, "weight": BLUE, "activation": GREEN, "contribution": ORANGE, "re-shuffled": LIGHT}
BARS = (
    ("midpoint", "midpoint"),
    ("uniform element", "uniform"),
    ("bernoulli(0.5) row", "rows"),
    ("bernoulli(0.5) element", "elements"),
    ("bernoulli(0.5) layer", "layers"),
)


def accuracy(part: Part, matcher: str, cell: str) -> float:
    """Mean accuracy over pairs."""
    given = [pair["matchers"][matcher] for pair in part["result"]["pairs"]]
    return float(np.mean([each["midpoint"][1] if cell == "midpoint" else each["cells"][cell]["accuracy"] for each in given]))


def draw_laws(parts: Sequence[Part]) -> Figure:
    """Accuracy from the midpoint out to the vertices, one panel per architecture."""
    columns = 4 if len(parts) > 6 else min(3, len(parts))
    with style():
        figure, axes = panels(-(-len(parts) // columns), columns, height=1.9, sharey=True, sharex=True)
        for panel, part in zip(axes, parts, strict=False):
            for matcher, color in COLORS.items():
                values = [accuracy(part, matcher, cell) for cell, _ in BARS]
                dashed = "--" if matcher == "re-shuffled" else "-"
                panel.plot(values, dashed, color=BLACK if matcher == "re-shuffled" else color, marker="o", markersize=3)
            ends = np.mean([end[1] for pair in part["result"]["pairs"] for end in pair["ends"]])
            panel.axhline(ends, color=LIGHT, linewidth=1.0, zorder=0)
            panel.set_title(architecture(part["config"]))
            panel.set_xticks(range(len(BARS)), [name for _, name in BARS], rotation=45, ha="right", rotation_mode="anchor")
            panel.set_ylim(0, 1.02)
        for panel in axes[len(parts) :]:
            panel.axis("off")
        axes[0].set_ylabel("test accuracy")
        handles = [
            panel_handle(axes[0], name, BLACK if name == "re-shuffled" else color, "--" if name == "re-shuffled" else "-")
            for name, color in COLORS.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=5)
    caption = (
        "One panel per architecture (hidden layers x units): accuracy of combinations from the midpoint out to random "
        "vertices, where rows, single elements or layers are taken whole from one of the two networks. "
        "Grey: unaligned, dashed: matched, then re-shuffled, thin line: both networks"
    )
    return Figure(caption, svg(figure))


def panel_handle(panel: Axes, name: str, color: str, dash: str) -> Any:
    """A line for the legend."""
    return panel.plot([], [], dash, color=color, label=name)[0]


def draw_radii(parts: Sequence[Part]) -> Figure:
    """Accuracy against r, in random directions and along the line, for the widest network of each depth."""
    widest = list({len(part["config"]["widths"]): part for part in parts}.values())
    with style():
        figure, axes = panels(1, len(widest), height=2.7, sharey=True)
        for panel, part in zip(axes, widest, strict=True):
            panel.axvspan(0, 1, color="#f2f2f2", linewidth=0, zorder=0)
            for matcher, color in (("none", GREY), ("activation", GREEN)):
                given = [pair["matchers"][matcher] for pair in part["result"]["pairs"]]
                middle = float(np.mean([each["midpoint"][1] for each in given]))
                for way, dash in (("random", "-"), ("line", ":")):
                    values = [
                        np.mean([(e["radial"][r]["random"]["accuracy"], e["radial"][r]["line"][1])[way == "line"] for e in given])
                        for r in map("{:g}".format, RADII)
                    ]
                    panel.plot([0.0, *RADII], [middle, *values], dash, color=color, marker="o", markersize=3)
            panel.set_title(f"{architecture(part['config'])} hidden units")
            panel.set_xlabel("distance $r$ from the midpoint")
            panel.set_ylim(0, 1.02)
        axes[0].set_ylabel("test accuracy")
        label(axes[0], "inside the cube", (0.04, 0.04), color=GREY)
    caption = (
        r"Into the vicinity: accuracy at the distance $r|\Delta|/2$ from the midpoint. Solid: in random directions ($r = 1$ are "
        "the vertices), dotted: along the line through both networks ($r = 1$ are the networks). Green: matched by activation, "
        "grey: unaligned"
    )
    return Figure(caption, svg(figure))


def draw_prediction(parts: Sequence[Part]) -> Figure:
    """Predicted against measured accuracy, one point per network, matcher and law."""
    kinds = {
        "uniform element full": (BLUE, "o", "uniform elements"),
        "bernoulli(0.5) element full": (RED, "s", "vertices, elements"),
        "bernoulli(0.5) element diagonal": (LIGHT, "s", "the same without covariance"),
        "bernoulli(0.5) row full": (PURPLE, "^", "vertices, rows"),
    }
    rows = [row for part in parts for row in part["result"]["predicted"]]
    with style():
        figure, (panel, ratio) = panels(1, 2, height=3.2)
        panel.plot([0, 1], [0, 1], color=GREY, linewidth=1.0)
        ratio.axhline(1.0, color=GREY, linewidth=1.0)
        for kind, (color, marker, name) in kinds.items():
            chosen = [row for row in rows if f"{row['law']} {row['blocks']} {row['covariance']}" == kind]
            measured = [row["measured"] for row in chosen]
            options: dict[str, Any] = {"color": color, "marker": marker, "s": 18, "linewidths": 0}
            panel.scatter(measured, [row["predicted"] for row in chosen], label=name, **options)
            ratio.scatter(measured, [row["variance ratio"] for row in chosen], **options)
        panel.set_xlabel("accuracy measured over draws")
        panel.set_ylabel("accuracy predicted")
        panel.legend(loc="upper left")
        ratio.set_xlabel("accuracy measured over draws")
        ratio.set_title("variance, predicted / measured")
    caption = (
        "Prediction without a single draw: mean accuracy of random combinations from the moments of the outputs, one point per "
        "architecture, matcher and law; right, the variance of the outputs over the law"
    )
    return Figure(caption, svg(figure))
