"""The figures of the branching study: the barrier against the branching step, the series, and where the hypotheses hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLUE, GREEN, GREY, LIGHT, ORANGE, PURPLE, RED, panels, style, zero_line
from experiments.studies.claims import svg

FALL = (
    "Median barrier against the branching step, with the estimates from curvatures and the ridge bound; the band spans the "
    "seeds, the dotted line is eps. Both axes are logarithmic beyond the first tick."
)
SERIES = (
    "Along training, medians over the seeds for an early and a late branching step: the gap at 1/2 with its estimates (above), "
    "and the barrier over its endpoint estimate, whose stability is M5 (below)."
)
LIGHTS = "The share of seeds in which each hypothesis holds, by branching step and epoch; white where nothing is decided."
CURVES = (("endpoint", RED), ("midpoint", GREEN), ("simpson", PURPLE), ("ridge", ORANGE))
WORDS = ("M2 climbing back", "M3a transverse ridge", "M3b falling ridge", "M4 sharp walls")
SHOWN = (300, 8000)
"""The branching steps whose series are drawn: one before and one after the transition of the bench."""


def fall(pairs: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """B(k) and the predictors, one panel per bench."""
    columns = 2 if len(pairs) > 1 else 1
    with style():
        figure, axes = panels(-(-len(pairs) // columns), columns, height=2.7)
        for panel, (name, rows) in zip(axes, pairs.items(), strict=False):
            _fall(panel, name, rows)
        for panel in axes[len(pairs) :]:
            panel.set_axis_off()
        axes[0].legend(loc="lower left", fontsize=8)
    return svg(figure)


def _fall(axes: Axes, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    ks = sorted({row["k"] for row in rows})
    first = next((k for k in ks if k > 0), 1)
    smallest = min((float(np.median([row["eps"] for row in rows if row["k"] == k])) for k in ks), default=1e-3) or 1e-3
    barriers = [[row["B"] for row in rows if row["k"] == k] for k in ks]
    for letter, color in CURVES:
        values = [np.median([row[letter] for row in rows if row["k"] == k]) for k in ks]
        axes.plot(
            ks, values, color=color, linewidth=1.2, label={"ridge": "ridge bound", "simpson": "Simpson"}.get(letter, letter)
        )
    axes.fill_between(ks, [min(b) for b in barriers], [max(b) for b in barriers], color=BLUE, alpha=0.15, linewidth=0)
    axes.plot(ks, [np.median(b) for b in barriers], color=BLUE, marker="o", markersize=4, label="B")
    axes.axhline(smallest, color=GREY, linestyle=":", linewidth=1)
    zero_line(axes)
    axes.set_xscale("symlog", linthresh=first)
    axes.set_yscale("symlog", linthresh=smallest)
    axes.set_xlim(-first / 2, 1.5 * ks[-1] + 1)
    axes.set_xticks([k for k in ks if k == 0 or np.isclose(np.log10(k) % 1, 0)] or ks)
    axes.minorticks_off()
    axes.set_xlabel("branching step $k$")
    axes.set_title(name)


def along(series: Sequence[Mapping[str, Any]]) -> bytes:
    """g(1/2) with its estimates, and B over the endpoint estimate, against the step."""
    known = sorted({row["k"] for row in series})
    shown = tuple(k for k in SHOWN if k in known) or tuple(known[:1])
    with style():
        figure, axes = panels(2, len(shown), height=2.3, sharex="col")
        for column, k in enumerate(shown):
            rows = [row for row in series if row["k"] == k]
            steps = sorted({row["step"] for row in rows})
            above, below = axes[column], axes[len(shown) + column]
            for letter, color in (("endpoint", RED), ("midpoint", GREEN), ("simpson", PURPLE), ("half", BLUE)):
                name = {"half": "g(1/2)", "simpson": "Simpson"}.get(letter, letter)
                above.plot(
                    steps, [np.median([row[letter] for row in rows if row["step"] == s]) for s in steps], color=color, label=name
                )
            zero_line(above)
            above.set_title(f"branched at step {k}")
            for seed in sorted({row["seed"] for row in rows}):
                own = [(row["step"], row["scale"]) for row in rows if row["seed"] == seed and row["scale"] is not None]
                if own:
                    below.plot(*zip(*own, strict=True), color=BLUE, marker=".", linewidth=0.8, alpha=0.7)
            below.axhline(0.25, color=GREY, linestyle=":", linewidth=1)
            below.set_yscale("log")
            below.set_xscale("log")
            below.set_xlabel("training step")
        axes[0].legend(loc="upper left", fontsize=8)
        axes[len(shown)].set_ylabel("B / endpoint")
    return svg(figure)


def lights(series: Sequence[Mapping[str, Any]]) -> bytes:
    """The share of holding hypotheses over branching step and epoch, one panel per hypothesis."""
    ks, steps = sorted({row["k"] for row in series}), sorted({row["step"] for row in series})
    with style():
        figure, axes = panels(1, len(WORDS), height=2.6, sharey=True)
        drawn = None
        for panel, word in zip(axes, WORDS, strict=True):
            shares = np.full((len(steps), len(ks)), np.nan)
            for i, step in enumerate(steps):
                for j, k in enumerate(ks):
                    held = [row["words"][word] for row in series if (row["step"], row["k"]) == (step, k)]
                    decided = [value for value in held if value is not None]
                    shares[i, j] = np.mean(decided) if decided else np.nan
            drawn = panel.imshow(shares, origin="lower", aspect="auto", cmap="BrBG", vmin=0, vmax=1)
            panel.set_xticks(range(len(ks)), [f"{k / 1000:g}k" if k >= 1000 else str(k) for k in ks], rotation=60, fontsize=7)
            panel.set_title(word.split(" ")[0] + "\n" + " ".join(word.split(" ")[1:]), fontsize=9)
            panel.set_facecolor(LIGHT if np.isnan(shares).all() else "white")
        axes[0].set_yticks(range(0, len(steps), max(1, len(steps) // 6)), [str(s) for s in steps[:: max(1, len(steps) // 6)]])
        axes[0].set_ylabel("training step")
        axes[0].set_xlabel("branching step $k$", loc="left")
        if drawn is not None:
            figure.colorbar(drawn, ax=axes, shrink=0.8, label="share of seeds")
    return svg(figure)
