"""Figures of the networks with normalisation: accuracy along the segment, and the midpoint against width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, LIGHT, ORANGE, RED, label, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._normalised_findings import NETWORKS, Part, best, ends, name_of, shares
from experiments.studies.combinability._published_networks import SERIES, share
from experiments.studies.study import Figure

CURVES = {"as they are": GREY, "aligned": BLUE}
FRESH = {"as they are": ORANGE, "aligned": GREEN}


def draw_segments(parts: Sequence[Part]) -> Figure:
    """Test accuracy along the segment, one panel per pair."""
    columns = 2 if len(parts) in {2, 4} else min(3, len(parts))
    rows = -(-len(parts) // columns)
    with style():
        figure, axes = panels(rows, columns, height=2.2, sharex=True, sharey=True, squeeze=False)
        flat = [panel for row in axes for panel in np.atleast_1d(np.asarray(row, dtype=object))]
        for panel, part in zip(flat, parts, strict=False):
            _segment(panel, part)
        for panel in flat[len(parts) :]:
            panel.axis("off")
        for row in range(rows):
            flat[columns * row].set_ylabel("test accuracy")
        for panel in flat[max(0, len(parts) - columns) : len(parts)]:
            panel.set_xlabel("$t$")
            panel.tick_params(labelbottom=True)
        handles = [
            *(flat[0].plot([], [], color=color, label=name)[0] for name, color in CURVES.items()),
            flat[0].plot([], [], "--o", color=ORANGE, markersize=4, label="renormalised")[0],
            flat[0].plot([], [], "-o", color=GREEN, markersize=4, label="aligned and renormalised")[0],
            flat[0].plot([], [], "D", color=BLACK, markersize=4, label="aligned, REPAIR")[0],
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=5, columnspacing=1.2, handlelength=1.6)
    caption = (
        "Accuracy between two independently trained networks; renormalised is a reset of the statistics of batch normalisation, "
        "or REPAIR at the midpoint under layer normalisation; black: REPAIR of all hidden channels; thin line: chance"
    )
    return Figure(caption, svg(figure))


def _segment(panel: Axes, part: Part) -> None:
    curves = part["result"]["curves"]
    panel.axhline(0.1, color=LIGHT, linewidth=1.0, zorder=0)
    for name in CURVES:
        given, fresh = curves[name], curves[best(part, name)]
        panel.plot(given["ts"], 1 - np.array(given["error"]), color=CURVES[name])
        dashed = "--o" if name == "as they are" else "-o"
        panel.plot(fresh["ts"], 1 - np.array(fresh["error"]), dashed, color=FRESH[name], markersize=4)
    mended = curves["aligned, REPAIR"]
    panel.plot(mended["ts"], 1 - np.array(mended["error"]), "D", color=BLACK, markersize=4, zorder=3)
    panel.set_title(name_of(part))
    panel.set_ylim(0, 1.02 if ends(part) > 0.8 else 0.8)


def draw_widths(parts: Sequence[Part]) -> Figure:
    """Shares of the way from chance to the ends against width, one panel per normalisation, with the published series."""
    with style():
        figure, axes = panels(1, 2, height=2.8, sharey=True)
        for panel, norm in zip(axes, ("batch", "layer"), strict=True):
            series = [each for each in SERIES if each.norm == norm and each.ends is not None]
            widths = [each.width for each in series]
            for color, values in ((BLUE, [e.permuted for e in series]), (GREEN, [e.both for e in series])):
                points = [share(value or 0.0, each.ends or 0.0, 10.0) for value, each in zip(values, series, strict=True)]
                panel.plot(widths, points, ":", color=color, linewidth=1.4)
            label(panel, "published", (widths[-1], 1.03), color=BLACK, ha="right")
            for network, marker in zip(NETWORKS, "sDo", strict=True):
                here = [part for part in parts if (part["config"]["network"], part["config"]["norm"]) == (network, norm)]
                across = [part["config"]["width"] for part in here]
                for color, found in ((BLUE, [shares(p, "aligned") for p in here]), (GREEN, [shares(p, best(p)) for p in here])):
                    panel.plot(across, found, "-", marker=marker, color=color, markersize=5, linewidth=1.2)
            panel.axhline(0.0, color=LIGHT, linewidth=1.0, zorder=0)
            panel.set_xscale("log", base=2)
            panel.set_xticks(ticks := [4, 8, 16, 32, 64, 128, 256, 512], [str(tick) for tick in ticks])
            panel.set_xlim(3.6, 570)
            panel.set_ylim(-0.1, 1.12)
            panel.set_xlabel("channels of the first layer")
            panel.set_title(f"{norm} normalisation")
        axes[0].set_ylabel("chance (0) to ends (1)")
        present = [name for name in NETWORKS if any(part["config"]["network"] == name for part in parts)]
        handles = [
            axes[0].plot([], [], marker=marker, color=GREY, linestyle="", label=NETWORKS[name])[0]
            for name, marker in zip(NETWORKS, "sDo", strict=True)
            if name in present
        ]
        handles += [
            axes[0].plot([], [], color=color, label=name)[0]
            for color, name in ((BLUE, "aligned"), (GREEN, "aligned and renormalised"))
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
    caption = (
        "Accuracy of the aligned midpoint on the way from chance (0) to the mean of the ends (1); dotted: ResNet-20 on CIFAR-10 "
        "as published, matched by activations and trained to the end"
    )
    return Figure(caption, svg(figure))


def draw_variances(parts: Sequence[Part]) -> Figure:
    """The variance of the hidden layers at the midpoint relative to the ends, before normalisation."""
    with style():
        figure, axes = panels(1, 2, height=2.6, sharey=True)
        colors = dict(zip(map(name_of, parts), (BLUE, RED, GREEN, ORANGE, BLACK, GREY), strict=False))
        for panel, norm in zip(axes, ("batch", "layer"), strict=True):
            for part in (part for part in parts if part["config"]["norm"] == norm):
                for name, dashed in (("as they are", "--"), ("aligned", "-")):
                    ratios = part["result"]["variance ratios"][name]
                    told = name_of(part) if name == "aligned" else None
                    panel.plot(range(1, len(ratios) + 1), ratios, dashed, color=colors[name_of(part)], linewidth=1.4, label=told)
            panel.axhline(1.0, color=LIGHT, linewidth=1.0, zorder=0)
            panel.set_yscale("log")
            panel.set_title(f"{norm} normalisation")
            panel.set_xlabel("hidden layer")
        axes[0].set_ylabel("variance, midpoint / ends")
        figure.legend(loc="outside lower center", ncols=3)
    caption = (
        "Variance of the channels at the midpoint with interpolated statistics, relative to the mean of the ends; dashed: "
        "as they are, solid: aligned"
    )
    return Figure(caption, svg(figure))
