"""The second-order law on trained networks: the excess of random combinations against curvature, as the radius shrinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLACK, BLUE, GREY, RED, label, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._matchers import aligned
from experiments.studies.combinability._networks import PROTOCOL, architecture, networks
from experiments.studies.combinability._words import found, ordered, shown
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.combining.draws import mixing
from toykit.combining.excess import RADII, Excess, sampled_excess
from toykit.runs import Outcome

Part = Mapping[str, Any]
WAYS = ("none", "activation")
SMALL, NEAR, REFUTING_AT, REFUTING, THIRD = 0.25, 0.05, 0.125, 0.1, 0.05

STUDY = Study(
    "combinability/second_order",
    "The second-order law on trained networks",
    r"Near the midpoint, the mean loss of a random combination lies $(v/2)\sum_i H_{ii}\Delta_i^2$ above it, if the loss is "
    "smooth. How far from the midpoint does that hold in trained networks, and how much does ReLU, whose kinks the Hessian does "
    "not see, add to it?",
    (
        Prediction(
            "smooth",
            "tanh: measured over predicted is 1.00 within 0.05 up to a quarter of the radius of the vertices",
            "outside 0.9 to 1.1 at an eighth of the radius, which would be an error of implementation",
        ),
        Prediction("kinks", "ReLU: measured over predicted is above 1 at every radius", "below 1 in more than one of ten cases"),
        Prediction(
            "laws",
            "tanh: the excess of uniform combinations over that of vertices tends to 1/3 as both shrink (within 0.05 at the "
            "smallest radius)",
            "not tending to 1/3",
        ),
    ),
    PROTOCOL + " Losses on the training data in float64, antithetic draws, the curvature along the very same draws. "
    r"The radius $t$ scales $\lambda - 1/2$; $t = 1$ are the vertices.",
    "the expectations of this family's theory (derived here)",
    CONTROLS,
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per activation and architecture."""
    series = [[64]] if size == "digits" else [[64], [128] * 2, [256]]
    draws = 10 if size == "digits" else 20
    common = {"seeds": [1, 2], "epochs": 80, "draws": draws}
    return [{"widths": widths, "activation": activation, **common} for widths in series for activation in ("tanh", "relu")]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Excess and curvature of one pair, unaligned and matched."""
    nets = networks(config, "float64")
    (pair,) = nets.pairs
    rows: dict[str, Any] = {}
    for way in WAYS:
        matched = aligned(pair, way)
        rows[way] = {
            law: _values(sampled_excess(mixing(matched, spec), config["draws"]))
            for law, spec in (("vertices", "bernoulli(0.5)"), ("uniform", "uniform"))
        }
    return Outcome({"matchers": rows, "controls": controls(config)})


def _values(excess: Excess) -> dict[str, Any]:
    return {
        "excess": [float(value) for value in excess.values],
        "ratio": [excess.ratio(place) for place in range(len(RADII))],
        "predicted": excess.predicted,
        "error": excess.paired_error,
    }


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the table and the figure."""
    parts = ordered(config["parts"])
    tables = [_table(parts), control_table(parts)]
    return answered(STUDY, findings(parts), tables, [_figure(parts)], [*control_notes(parts), *config["lost"]])


def ratios(part: Part, way: str, law: str = "vertices") -> list[float | None]:
    """Measured over predicted at RADII."""
    return list(part["result"]["matchers"][way][law]["ratio"])


def between_laws(part: Part, way: str) -> list[float]:
    """Excess of uniform combinations over that of vertices at RADII."""
    laws = part["result"]["matchers"][way]
    return [float(u / b) for u, b in zip(laws["uniform"]["excess"], laws["vertices"]["excess"], strict=True)]


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    smooth = [(part, way) for part in parts if part["config"]["activation"] == "tanh" for way in WAYS]
    kinked = [(part, way) for part in parts if part["config"]["activation"] == "relu" for way in WAYS]
    small = [place for place, radius in enumerate(RADII) if radius <= SMALL]
    near = [value for part, way in smooth for place in small for value in [ratios(part, way)[place]] if value is not None]
    there = RADII.index(REFUTING_AT)
    tried = [value for part, way in smooth for value in [ratios(part, way)[there]] if value is not None]
    above = [value for part, way in kinked for value in ratios(part, way) if value is not None]
    last = [between_laws(part, way)[-1] for part, way in smooth]
    return [
        found(
            "smooth",
            [abs(value - 1) <= NEAR for value in near],
            f"at t = {', '.join(f'{RADII[place]:g}' for place in small)}: from {min(near):.3f} to {max(near):.3f}",
            refuted=any(abs(value - 1) > REFUTING for value in tried),
        ),
        found("kinks", [value > 1 for value in above], f"from {min(above):.2f} to {max(above):.2f}"),
        found("laws", [abs(value - 1 / 3) <= THIRD for value in last], f"at t = {RADII[-1]:g}: {shown(last)}"),
    ]


def _table(parts: Sequence[Part]) -> Table:
    rows = []
    for part in parts:
        for way in WAYS:
            name = f"{architecture(part['config'])} {part['config']['activation']}"
            for law in ("vertices", "uniform"):
                rows.append((name, way, f"{law}: measured / predicted", *reversed(ratios(part, way, law))))
            rows.append((name, way, "excess, uniform / vertices", *reversed(between_laws(part, way))))
    columns = ("hidden layers", "matched by", "ratio", *(f"t = {radius:g}" for radius in reversed(RADII)))
    return Table("Excess over the midpoint against half the curvature along the same draws", columns, tuple(rows))


def _figure(parts: Sequence[Part]) -> Figure:
    colors = {"tanh": BLUE, "relu": RED}
    with style():
        figure, (left, right) = panels(1, 2, height=3.0)
        left.axhline(1.0, color=GREY, linewidth=0.8)
        right.axhline(1 / 3, color=GREY, linewidth=0.8)
        for part in parts:
            for way, dash in zip(WAYS, (":", "-"), strict=True):
                color = colors[part["config"]["activation"]]
                values = [np.nan if value is None else value for value in ratios(part, way)]
                left.plot(RADII, values, dash, color=color, marker="o", markersize=3)
                right.plot(RADII, between_laws(part, way), dash, color=color, marker="o", markersize=3)
        for panel in (left, right):
            panel.set_xscale("log", base=2)
            panel.set_xticks(RADII, [f"{radius:g}" for radius in RADII])
            panel.set_xlabel("radius $t$ (1: the vertices)")
        left.set_title("excess measured / predicted")
        right.set_title("excess, uniform / vertices")
        right.set_ylim(0, 0.5)
        label(right, "1/3", (RADII[0], 0.345), color=GREY)
        top, bottom = left.get_ylim()[1], left.get_ylim()[0]
        label(left, "ReLU", (RADII[-1], bottom + 0.92 * (top - bottom)), color=RED)
        label(left, "tanh", (RADII[-1], bottom + 0.84 * (top - bottom)), color=BLUE)
        label(left, "solid: matched, dotted: unaligned", (RADII[-1], bottom + 0.76 * (top - bottom)), color=BLACK)
    caption = (
        "Left: mean excess of random vertices, drawn in towards the midpoint, over half the curvature along the same draws. "
        "Right: uniform over vertices, which tends to the ratio of their variances, 1/3"
    )
    return Figure(caption, svg(figure))
