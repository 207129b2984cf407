"""Disconnection: the sign that no path below a known loss can change, on bottleneck networks trained on digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLACK, BLUE, GREEN, RED, label, panels, style
from experiments.studies.claims import svg
from experiments.studies.connectivity._disconnection_part import part
from experiments.studies.connectivity._words import finding, unmeasured
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.runs import Outcome
from toykit.tolerances import ROUNDING, SOLVED

__all__ = ["STUDY", "configs", "part", "summarise"]

Part = Mapping[str, Any]
REACHED = 1.1
"""A searched path reaches the worse endpoint if its maximum is at most a tenth above that loss."""

STUDY = Study(
    "connectivity/disconnection",
    "Two classes of solutions behind a bottleneck",
    "With as many units in the last hidden layer as the rank of the targets, the sign of a determinant cannot change below a "
    "known loss. Does it split trained networks into two classes that no searched path joins, and does one unit more join them?",
    (
        Prediction(
            "opposite",
            "every path between networks of opposite signs rises to the level, whatever the optimiser",
            "one such path with its maximum below the level (first suspect the sampling)",
        ),
        Prediction("same", "searched paths between networks of equal signs stay below the level", "none of them does"),
        Prediction("signs", "both signs occur among independent seeds", "eight networks or more have one sign"),
        Prediction(
            "surplus",
            "with ten units in place of nine the searched paths of all pairs reach the worse endpoint, within a tenth",
            "no pair gets below the level",
        ),
        Prediction(
            "swap",
            "swapping two units of the last hidden layer flips the sign and leaves the outputs as they are",
            "it does not, which would be an error of implementation",
        ),
    ),
    "Digits, 64-50-9-10 and 64-50-10-10, leaky ReLU of slope 0.1, biases, loss $|z - y|^2/2$ on one-hot labels in the mean "
    "over the 1,437 training examples; Adam (5e-3, half a cosine, batches of 64). The level is computed from the actual "
    "labels. Signs are taken with one common basis. Paths have three free waypoints and are searched by Adam on a soft "
    "maximum over 8 positions per segment, from the chord; their maxima are those of 41 positions per segment and of every "
    "sign change between two of them, bisected. A search that finds no lower path proves nothing; the level does.",
    "the level is derived here; that narrow networks have disconnected sublevel sets is from Nguyen 2021",
    ("two units of the last hidden layer swapped",),
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part for nine units, one for ten."""
    seeds, pairs, steps = ([1, 2, 3], 1, 150) if size == "digits" else ([1, 2, 3, 4, 5, 6, 7, 8], 3, 300)
    common = {"epochs": 60, "steps": steps, "pairs": pairs}
    return [{**common, "units": 9, "seeds": seeds}, {**common, "units": 10, "seeds": seeds[:2] if pairs == 1 else seeds[:3]}]


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the table and the curves."""
    parts = {int(each["config"]["units"]): each["result"] for each in config["parts"]}
    narrow, wide = parts.get(9), parts.get(10)
    findings = [*_narrow(narrow), _surplus(wide)]
    tables = [_table(parts)]
    notes = [_note(units, found) for units, found in sorted(parts.items())]
    return answered(STUDY, findings, tables, [_figure(parts)] if parts else [], [*notes, *config["lost"]])


def _narrow(found: Part | None) -> list[Finding]:
    if found is None:
        return [unmeasured(name) for name in ("opposite", "same", "signs", "swap")]
    return [opposite(found), same(found), signs(found), swap(found)]


def opposite(found: Part) -> Finding:
    """No path between opposite signs lies below the level."""
    level, rows = found["level"], [row for row in found["pairs"] if not row["same"]]
    if not rows:
        return unmeasured("opposite")
    low = [row["maximum"] for row in rows if row["maximum"] < level - SOLVED]
    says = f"level {level:.4f}; maxima of the searched paths {_numbers(row['maximum'] for row in rows)}"
    return finding("opposite", says, holds=not low, refuted=bool(low))


def same(found: Part) -> Finding:
    """Paths between equal signs may stay below it."""
    level, rows = found["level"], [row for row in found["pairs"] if row["same"]]
    if not rows:
        return unmeasured("same")
    low = [row["maximum"] < level for row in rows]
    ends = _numbers(row["worse"] for row in rows)
    tops = _numbers(row["maximum"] for row in rows)
    says = f"level {level:.4f}; maxima of the searched paths {tops}, worse endpoints {ends}"
    return finding("same", says, holds=all(low), refuted=not any(low))


def signs(found: Part) -> Finding:
    """Both signs occur."""
    positive, count = sum(sign > 0 for sign in found["signs"]), len(found["signs"])
    both = 0 < positive < count
    return finding("signs", f"{positive} of {count} positive", holds=both, refuted=not both and count >= 8)


def swap(found: Part) -> Finding:
    """The control."""
    right = [row["after"] == -row["before"] != 0 and row["outputs apart"] <= ROUNDING for row in found["swap"]]
    apart = max((row["outputs apart"] for row in found["swap"]), default=0.0)
    says = f"{sum(right)} of {len(right)} signs flip; outputs move by at most {apart:.2g}"
    return finding("swap", says, holds=bool(right) and all(right), refuted=not all(right))


def _surplus(found: Part | None) -> Finding:
    if found is None or not found["pairs"]:
        return unmeasured("surplus")
    reached = [row["maximum"] <= REACHED * row["worse"] for row in found["pairs"]]
    low = [row["maximum"] < found["level"] for row in found["pairs"]]
    tops, ends = (_numbers(row[key] for row in found["pairs"]) for key in ("maximum", "worse"))
    says = (
        f"{sum(reached)} of {len(reached)} reach the worse endpoint, {sum(low)} stay below {found['level']:.4f}; maxima {tops}, "
        f"worse endpoints {ends}"
    )
    return finding("surplus", says, holds=all(reached), refuted=not any(low))


def _numbers(values: Any) -> str:
    return ", ".join(f"{value:.4f}" for value in values)


def _table(parts: Mapping[int, Part]) -> Table:
    rows = []
    for units, found in sorted(parts.items()):
        for row in found["pairs"]:
            kind = "one unit more" if units != found["rank"] else "same sign" if row["same"] else "opposite signs"
            crossing = min(row["crossings"], default=None)
            names = f"{row['seeds'][0]} and {row['seeds'][1]}"
            rows.append((units, names, kind, row["worse"], found["level"], row["maximum"], len(row["crossings"]), crossing))
    columns = ("units", "seeds", "pair", "worse endpoint", "level", "maximum", "sign changes", "least loss at one")
    return Table("Searched paths with three free waypoints", columns, tuple(rows))


def _figure(parts: Mapping[int, Part]) -> Figure:
    names = {9: "nine units, the rank", 10: "ten units"}
    with style():
        figure, axes = panels(1, len(parts), height=2.9, sharey=True)
        for axis, (units, found) in zip(axes, sorted(parts.items()), strict=True):
            for row in found["pairs"]:
                color = GREEN if units != found["rank"] else BLUE if row["same"] else RED
                axis.plot(np.linspace(0, 1, len(row["losses"])), row["losses"], color=color, linewidth=1.3)
            axis.axhline(found["level"], color=BLACK, linewidth=1, linestyle=(0, (4, 3)))
            axis.set_ylim(0, 2.2 * max(found["level"], *(row["worse"] for row in found["pairs"] or [{"worse": 0.0}])))
            axis.set_title(names[units])
            axis.set_xlabel("position on the path")
        axes[0].set_ylabel("loss")
        top = axes[0].get_ylim()[1]
        label(axes[0], "opposite signs", (0.02, 0.93 * top), color=RED)
        label(axes[0], "same sign", (0.02, 0.03 * top), color=BLUE)
    caption = (
        "Loss along searched paths between trained bottleneck networks; dashed, the level below which the sign cannot change."
    )
    return Figure(caption, svg(figure))


def _note(units: int, found: Part) -> str:
    losses: Sequence[float] = found["losses"]
    above = sum(loss >= found["level"] for loss in losses)
    return (
        f"{units} units: losses of the ends {min(losses):.4f} to {max(losses):.4f}, {above} not below the level and left out; "
        f"class counts {found['counts']}, rank {found['rank']}"
    )
