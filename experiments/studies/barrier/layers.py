"""Does the diagonal block of the curvature at the ends rank what merging a single layer costs, over pairs of one kind?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLUE, GREEN, GREY, RED, panels, style
from experiments.studies.barrier._alignment import aligned
from experiments.studies.barrier._letters import layer_letters
from experiments.studies.barrier._networks import CLASSES, SMOOTH, alone, forks, training_landscape
from experiments.studies.barrier._ranking import Group, Interval
from experiments.studies.barrier._words import finding
from experiments.studies.claims import svg
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, Word, answered
from toykit.barriers.measured import gap
from toykit.checks.barrier import layer_dominance
from toykit.landscape import Pair
from toykit.runs import Outcome
from toykit.tolerances import SOLVED
from toykit.verdict import Verdict

REFUTED = 0.5
"""A rank correlation below one half, within a layer, refutes."""

STUDY = Study(
    "barrier/layers",
    "Layers: predicting what it costs to merge one",
    "B_l^sym is what it costs to move one layer half of the way and leave the others. Does the block of the Hessian that "
    "belongs to this layer rank it over pairs?",
    (
        Prediction(
            "block ranks",
            "within every layer and every kind of pair the block estimate ranks B_l^sym: Spearman at least 0.5",
            "below 0.5 in half of the layers and kinds or more",
        ),
        Prediction(
            "last layer exact",
            "with squared loss the block estimate of the last layer is B_l^sym",
            "it is not: an error in the code",
        ),
        Prediction(
            "dominance",
            "merging all layers but the last costs at least the full barrier, at five positions of every pair",
            "a violation: an error in the code",
        ),
    ),
    "Branched (several branching steps), independent and aligned pairs of 2-16-1 tanh networks on the checkerboard and of "
    "64-32-32-10 tanh networks on digits. Correlations within one layer, one kind and one bench; intervals over networks.",
    "theory/barrier.md, X5",
    ("super-additivity index 1 - sum_l B_l^sym / g(1/2), where g(1/2) > 0", "both bases and their mean"),
)

KS = {SMOOTH: (0, 300, 1000, 3000), CLASSES: (0, 5)}
COUNTS = {"digits": {SMOOTH: 8, CLASSES: 5}, "full": {SMOOTH: 16, CLASSES: 8}}


def configs(size: str) -> list[dict[str, Any]]:
    """One part per bench: the pairs share networks."""
    return [{"bench": name, "seeds": list(range(count)), "ks": list(KS[name])} for name, count in COUNTS[size].items()]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Train the networks and measure the layers of their pairs, by kind."""
    name, seeds = config["bench"], config["seeds"]
    net, ends = training_landscape(name), alone(name, seeds)
    rows = []
    for i, j in combinations(range(len(seeds)), 2):
        pair = Pair(net, ends[i], ends[j], f"{name}, seeds {seeds[i]} and {seeds[j]}")
        rows.append(_row("independent", [seeds[i], seeds[j]], pair))
        rows.append(_row("aligned", [seeds[i], seeds[j]], aligned(pair)))
    rows += [_row("branched", [fork.seed], fork.pair(net)) for fork in forks(name, seeds, config["ks"])]
    return Outcome({"bench": name, "squared": net.traits.factor is not None, "pairs": rows})


def _row(kind: str, seeds: list[int], pair: Pair) -> dict[str, Any]:
    verdict = layer_dominance.check(pair).verdict
    middle = float(gap(pair, np.array([0.5]))[0])
    return {"kind": kind, "seeds": seeds, "half": middle, "layers": layer_letters(pair), "dominance": str(verdict)}


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the correlations by bench, kind and layer, and measured against predicted."""
    parts = {str(found["result"]["bench"]): found["result"] for found in config["parts"]}
    known = {key: group.spearman("estimate", "B_sym") for key, group in groups(parts).items()}
    findings = [_blocks(known), _last(parts), _dominated(parts)]
    tables = [_correlations(parts, known), _indices(parts)]
    return answered(STUDY, findings, tables, [Figure(CAPTION, draw(parts))] if parts else [], config["lost"])


Key = tuple[str, str, str]


def groups(parts: Mapping[str, Mapping[str, Any]]) -> dict[Key, Group]:
    """The pairs by bench, kind and layer; a layer that is exact by type does not test the estimate and is left out."""
    found: dict[Key, Group] = {}
    for name, part_ in parts.items():
        for kind in dict.fromkeys(row["kind"] for row in part_["pairs"]):
            rows = [row for row in part_["pairs"] if row["kind"] == kind]
            layers = list(rows[0]["layers"])
            for layer in layers[:-1] if part_["squared"] else layers:
                records = tuple(row["layers"][layer] for row in rows)
                found[name, kind, layer] = Group(f"{name}, {kind}, {layer}", records, tuple(tuple(row["seeds"]) for row in rows))
    return found


def _blocks(known: Mapping[Key, Interval]) -> Finding:
    """One word over all cells: every one at least 0.5, or more than half of them."""
    high = [key for key, score in known.items() if score.value is not None and score.value >= REFUTED]
    word = Word.NOT_REPRODUCED if 2 * len(high) <= len(known) else Word.QUALIFIED
    word = Word.REPRODUCED if known and len(high) == len(known) else word
    low = [f"{', '.join(key)}: {known[key]}" for key in known if key not in high]
    says = f"at least {REFUTED:g} in {len(high)} of {len(known)} layers and kinds" + (f"; below: {'; '.join(low)}" if low else "")
    return Finding("block ranks", word, says)


def _last(parts: Mapping[str, Mapping[str, Any]]) -> Finding:
    """The largest distance from B_l^sym in the last layer, relative to the largest of its parts."""
    words, says = {}, {}
    for name, found in parts.items():
        if found["squared"]:
            last = [list(row["layers"].values())[-1] for row in found["pairs"]]
            off = max(abs(row["B_sym"] - row["estimate"]) / max(abs(row["base a"]), abs(row["base b"])) for row in last)
            words[name] = Word.REPRODUCED if off <= SOLVED else Word.NOT_REPRODUCED
            says[name] = f"off by at most {off:.1g} relative, {len(last)} pairs"
    return finding("last layer exact", words, says)


def _dominated(parts: Mapping[str, Mapping[str, Any]]) -> Finding:
    words, says = {}, {}
    for name, found in parts.items():
        verdicts = [row["dominance"] for row in found["pairs"]]
        bad = sum(verdict not in {str(Verdict.HOLDS), str(Verdict.VACUOUS)} for verdict in verdicts)
        words[name] = Word.NOT_REPRODUCED if bad else Word.REPRODUCED
        says[name] = f"{bad} violations in {len(verdicts)} pairs"
    return finding("dominance", words, says)


def _correlations(parts: Mapping[str, Mapping[str, Any]], known: Mapping[Key, Interval]) -> Table:
    rows = []
    for (name, kind, layer), score in known.items():
        pairs = [row["layers"][layer] for row in parts[name]["pairs"] if row["kind"] == kind]
        measured = float(np.median([row["B_sym"] for row in pairs]))
        rows.append((name, kind, layer, len(pairs), str(score), measured, float(np.median([row["estimate"] for row in pairs]))))
    columns = ("networks", "pairs", "layer", "number", "Spearman", "median B_sym", "median estimate")
    return Table("Block estimate against B_l^sym; layers that are exact by type are left out", columns, tuple(rows))


def _indices(parts: Mapping[str, Mapping[str, Any]]) -> Table:
    rows = []
    for name, found in parts.items():
        for kind in dict.fromkeys(row["kind"] for row in found["pairs"]):
            high = [row for row in found["pairs"] if row["kind"] == kind and row["half"] > SOLVED]
            indices = [1 - sum(layer["B_sym"] for layer in row["layers"].values()) / row["half"] for row in high]
            quantiles = np.quantile(indices, [0.1, 0.5, 0.9]).tolist() if indices else [None] * 3
            rows.append((name, kind, len(high), *quantiles))
    columns = ("networks", "pairs", "with g(1/2) > 0", "10 %", "median", "90 %")
    return Table(
        "Super-additivity index: positive where merging all layers costs more than merging each alone", columns, tuple(rows)
    )


CAPTION = "What merging one layer costs against its block estimate, every pair a point, by layer; dashed: equality."
COLORS = {"branched": BLUE, "independent": RED, "aligned": GREEN}


def draw(parts: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Measured against predicted, one row per bench, one panel per layer."""
    columns = max(len(found["pairs"][0]["layers"]) for found in parts.values())
    with style():
        figure, axes = panels(len(parts), columns, height=2.5)
        for row, (name, found) in enumerate(parts.items()):
            layers = list(found["pairs"][0]["layers"])
            for column in range(columns):
                panel = axes[columns * row + column]
                if column >= len(layers):
                    panel.set_axis_off()
                    continue
                _layer(panel, found["pairs"], layers[column])
                panel.set_title(f"{name}\nlayer {column + 1}", fontsize=9)
            axes[columns * row].set_ylabel(r"$B_l^{\mathrm{sym}}$")
        axes[0].legend(fontsize=8, loc="upper left")
    return svg(figure)


def _layer(axes: Axes, rows: Sequence[Mapping[str, Any]], layer: str) -> None:
    tops = []
    for kind, color in COLORS.items():
        own = [row["layers"][layer] for row in rows if row["kind"] == kind]
        x, y = [row["estimate"] for row in own], [row["B_sym"] for row in own]
        if own:
            axes.scatter(x, y, s=10, color=color, alpha=0.6, linewidths=0, label=kind)
            tops.append(min(max(x), max(y)))
    axes.plot([0, max(tops)], [0, max(tops)], color=GREY, linestyle="--", linewidth=1)
    axes.set_xlabel("block estimate")
