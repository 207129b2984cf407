"""The curvature that no derivative sees: in ReLU networks part of the barrier sits in kinks, which the exact engine lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from experiments.figures.style import BLUE, GREY, RED, panels, style, zero_line
from experiments.studies.barrier._networks import KINKED, alone, forks, training_landscape
from experiments.studies.claims import svg
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, Word, answered
from toykit.checks.barrier import green_identity
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.runs import Outcome
from toykit.tolerances import QUADRATURE
from toykit.verdict import Verdict

STUDY = Study(
    "barrier/kinks",
    "Kinks: what pointwise curvature misses in ReLU networks",
    "g(1/2) is an integral of phi'' against the tent plus point masses at the kinks. How much of a barrier between trained ReLU "
    "networks is in the masses, which no derivative sees?",
    (
        Prediction(
            "identity", "with the exact list of kinks the identity holds at every position", "a violation: an error in the code"
        ),
        Prediction(
            "left by phi''",
            "what phi'' alone leaves of g(1/2) is minus the sum of G J_k of the exact list",
            "a mismatch: an error in the code",
        ),
        Prediction("kinks matter", "without the kinks the sign of g(1/2) would be wrong for some barrier", "for none"),
    ),
    "2-12-1 ReLU networks on 40 checkerboard examples: independent pairs, and pairs branched at step 0, 1,000 and 10,000. "
    "Kinks and pieces by the exact engine, integrals by Gauss-Legendre with enough nodes for the degree of the pieces.",
    "theory/barrier.md, X8",
)

COUNTS = {"digits": 4, "full": 8}
KS = (0, 1000, 10_000)


def configs(size: str) -> list[dict[str, Any]]:
    """One part: all networks are trained side by side."""
    return [{"seeds": list(range(COUNTS[size])), "ks": list(KS)}]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The identity on every pair, with and without its kinks."""
    net = training_landscape(KINKED)
    pairs = [("independent", Pair(net, a, b)) for a, b in combinations(alone(KINKED, config["seeds"]), 2)]
    pairs += [(f"branched at {fork.k}", fork.pair(net)) for fork in forks(KINKED, config["seeds"], config["ks"])]
    return Outcome({"pairs": [_row(kind, pair) for kind, pair in pairs]})


def _row(kind: str, pair: Pair) -> dict[str, Any]:
    found = green_identity.check(pair)
    kinks = found.extra["kinks"]
    masses = -sum(jump * float(evaluate("barrier/green_identity", "kernel", {"a": 0.5, "t": t})) for t, jump in kinks)
    half, left = found.comparisons[0].measured.value, found.extra["left by phi'' alone at 1/2"]
    return {
        "kind": kind,
        "half": half,
        "smooth": half - left,
        "left": left,
        "masses": masses,
        "kinks": len(kinks),
        "concave": sum(jump < 0 for _, jump in kinks),
        "tolerance": found.comparisons[0].tolerance,
        "verdict": str(found.verdict),
        "scale": max(pair.landscape.loss(pair.theta_a), pair.landscape.loss(pair.theta_b), abs(half)),
    }


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, both parts of the gap by kind of pair, and their figure."""
    rows = [row for found in config["parts"] for row in found["result"]["pairs"]]
    bad = sum(row["verdict"] != str(Verdict.HOLDS) for row in rows)
    off = sum(abs(row["left"] - row["masses"]) > max(row["tolerance"], QUADRATURE * row["scale"]) for row in rows)
    barriers = [row for row in rows if row["half"] > row["tolerance"]]
    turned = sum(row["smooth"] <= 0 for row in barriers)
    worst = max((abs(row["left"] - row["masses"]) for row in rows), default=0.0)
    findings = [
        Finding(
            "identity", Word.NOT_REPRODUCED if bad or not rows else Word.REPRODUCED, f"{bad} violations in {len(rows)} pairs"
        ),
        Finding(
            "left by phi''",
            Word.NOT_REPRODUCED if off or not rows else Word.REPRODUCED,
            f"{off} mismatches in {len(rows)} pairs, the largest difference is {worst:.1g}",
        ),
        Finding(
            "kinks matter",
            Word.REPRODUCED if turned else Word.NOT_REPRODUCED,
            f"in {turned} of {len(barriers)} barriers phi'' alone gives no barrier at 1/2",
        ),
    ]
    return answered(STUDY, findings, [_table(rows)], [Figure(CAPTION, draw(rows))] if rows else [], config["lost"])


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    found = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        own = [row for row in rows if row["kind"] == kind]
        medians = (float(np.median([row[letter] for row in own])) for letter in ("half", "smooth", "masses", "kinks", "concave"))
        found.append((kind, len(own), *medians))
    columns = ("pairs", "number", "g(1/2)", "from phi''", "from kinks", "kinks", "concave kinks")
    return Table("Medians of both parts of g(1/2) = -∫ G phi'' dt - sum G J_k", columns, tuple(found))


CAPTION = (
    "g(1/2) of every pair (black) as the part from phi'' (blue) and the part from the kinks (red), which no derivative sees."
)


def draw(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Both parts of the gap, every pair a column, sorted by the gap."""
    ordered = sorted(rows, key=lambda row: float(row["half"]))
    at = np.arange(len(ordered))
    with style():
        figure, (axes,) = panels(1, 1, height=3.0)
        axes.bar(at - 0.2, [row["smooth"] for row in ordered], width=0.4, color=BLUE, label="from phi''")
        axes.bar(at + 0.2, [row["masses"] for row in ordered], width=0.4, color=RED, label="from kinks")
        axes.plot(at, [row["half"] for row in ordered], color="black", marker=".", linewidth=0.8, label="g(1/2)")
        zero_line(axes)
        axes.set_xticks([])
        axes.set_xlabel("pairs", color=GREY)
        axes.legend(fontsize=8, loc="upper left")
    return svg(figure)
