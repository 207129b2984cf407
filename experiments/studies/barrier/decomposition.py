"""What a barrier is made of in output space: linearisation error and curvature cost against the gain of averaging outputs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from experiments.figures.style import BLUE, GREEN, RED, panels, style, zero_line
from experiments.studies.barrier._letters import output_letters
from experiments.studies.barrier._networks import CLASSES, GATES, SMOOTH, alone, forks, training_landscape
from experiments.studies.barrier._words import USUALLY, finding, graded
from experiments.studies.claims import svg
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, Word, answered
from toykit.barriers.measured import gap
from toykit.landscape import Pair
from toykit.mountainside import SMALL
from toykit.runs import Outcome
from toykit.tolerances import ROUNDING
from toykit.verdict import Verdict

STUDY = Study(
    "barrier/decomposition",
    "Decomposition: which term of the output-space identity carries barriers",
    "At the midpoint of a barrier: is it the error of linearising the network or the curvature of the loss that lifts it?",
    (
        Prediction(
            "first order", "the linearisation term is positive in at least three quarters of the barriers", "in fewer than half"
        ),
        Prediction(
            "curvature cost",
            "the curvature cost is positive and alone exceeds the gain in three quarters",
            "in fewer than half",
        ),
        Prediction("linear alone", "the linearisation term alone exceeds the gain in three quarters", "in fewer than half"),
        Prediction(
            "identity",
            "the three terms sum to g at seven positions, and no barrier stands where E = 0",
            "anything else: an error in the evaluation",
        ),
    ),
    "Pairs with g(1/2) above one per cent of the descent: 2-16-1 tanh, independent and branched at step 0; 64-32-32-10 tanh and "
    "ReLU on digits, independent. Terms of `barrier/bregman_identity` at 1/2 on the training data.",
    "theory/barrier.md, X7",
    ("pairs without a barrier, beside", "the share of the gap that the top tenth of the examples carries"),
)

COUNTS = {"digits": {SMOOTH: 8, CLASSES: 4, GATES: 4}, "full": {SMOOTH: 20, CLASSES: 8, GATES: 8}}


def configs(size: str) -> list[dict[str, Any]]:
    """One part per bench."""
    return [{"bench": name, "seeds": list(range(count))} for name, count in COUNTS[size].items()]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Train the networks and split the gap of their pairs."""
    name, seeds = config["bench"], config["seeds"]
    net = training_landscape(name)
    ends, starts = alone(name, seeds), alone(name, seeds, first=True)
    start = float(np.mean([net.loss(theta) for theta in starts]))
    pairs = [("independent", Pair(net, a, b)) for a, b in combinations(ends, 2)]
    if name == SMOOTH:
        pairs += [("branched", fork.pair(net)) for fork in forks(name, seeds, (0,))]
    rows = []
    for kind, pair in pairs:
        middle = float(gap(pair, np.array([0.5]))[0])
        descent = start - (net.loss(pair.theta_a) + net.loss(pair.theta_b)) / 2
        rows.append({"kind": kind, "half": middle, "eps": SMALL * max(descent, 0.0), **output_letters(pair)})
    return Outcome({"bench": name, "pairs": rows})


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the medians of the terms with and without a barrier, by class where there are classes."""
    parts = {str(found["result"]["bench"]): found["result"]["pairs"] for found in config["parts"]}
    findings = [
        _share(parts, "first order", lambda row: row["linear"] > 0),
        _share(parts, "curvature cost", lambda row: row["cost"] > 0 and row["cost"] > row["gain"]),
        _share(parts, "linear alone", lambda row: row["linear"] > row["gain"]),
        _identity(parts),
    ]
    tables = [_terms(parts), *(_classes(name, rows) for name, rows in parts.items() if any("by class" in row for row in rows))]
    return answered(STUDY, findings, tables, [Figure(CAPTION, draw(parts))] if parts else [], config["lost"])


Rows = list[Mapping[str, Any]]


def high(rows: Rows) -> Rows:
    """The pairs with a barrier at the midpoint."""
    return [row for row in rows if row["half"] > row["eps"]]


def _share(parts: Mapping[str, Rows], prediction: str, holds: Any) -> Finding:
    words, says = {}, {}
    for name, rows in parts.items():
        barriers = high(rows)
        if barriers:
            part_ = float(np.mean([holds(row) for row in barriers]))
            words[name], says[name] = graded(part_, usually=USUALLY), f"in {part_:.0%} of {len(barriers)} pairs with a barrier"
    return finding(prediction, words, says)


def _identity(parts: Mapping[str, Rows]) -> Finding:
    words, says = {}, {}
    for name, rows in parts.items():
        wrong = [row for row in rows if row["identity"] not in {str(Verdict.HOLDS), str(Verdict.VACUOUS)}]
        lifted = [row for row in rows if row["error_2"] <= ROUNDING and row["half"] > row["eps"]]
        words[name] = Word.NOT_REPRODUCED if wrong or lifted else Word.REPRODUCED
        says[name] = f"{len(wrong)} violations and {len(lifted)} barriers with E = 0 in {len(rows)} pairs"
    return finding("identity", words, says)


def _terms(parts: Mapping[str, Rows]) -> Table:
    found = []
    for name, rows in parts.items():
        for which, chosen in (("barrier", high(rows)), ("none", [row for row in rows if row["half"] <= row["eps"]])):
            if chosen:
                medians = [
                    float(np.median([row[letter] for row in chosen])) for letter in ("half", "linear", "cost", "gain", "error_2")
                ]
                tops = [row["top share"] for row in chosen if row["top share"] is not None]
                found.append((name, which, len(chosen), *medians, float(np.median(tops)) if tops else None))
    columns = ("networks", "pairs", "number", "g(1/2)", "linearisation", "curvature cost", "ensemble gain", "E|E|^2", "top tenth")
    return Table(
        "Medians at t = 1/2; `top tenth`: share of the gap on the tenth of the examples with the largest", columns, tuple(found)
    )


def _classes(name: str, rows: Rows) -> Table:
    classes = sorted({y for row in rows for y in row["by class"]}, key=int)
    chosen = high(rows) or rows
    found = [
        (y, *(float(np.median([row["by class"][y][term] for row in chosen])) for term in ("linear", "cost", "gain")))
        for y in classes
    ]
    return Table(f"{name}: medians by class", ("class", "linearisation", "curvature cost", "ensemble gain"), tuple(found))


CAPTION = "The three terms at the midpoint, every pair a column, sorted by g(1/2) (black); the ensemble gain points downwards."


def draw(parts: Mapping[str, Rows]) -> bytes:
    """Signed stacked bars of the three terms."""
    with style():
        figure, axes = panels(len(parts), 1, height=2.1)
        for panel, (name, rows) in zip(axes, parts.items(), strict=True):
            ordered = sorted(rows, key=lambda row: row["half"])
            at = np.arange(len(ordered))
            linear, cost, gain = (np.array([row[letter] for row in ordered]) for letter in ("linear", "cost", "gain"))
            panel.bar(at, cost, color=BLUE, width=0.8, label="curvature cost")
            panel.bar(at, linear, bottom=np.where(linear > 0, cost, -gain), color=RED, width=0.8, label="linearisation")
            panel.bar(at, -gain, color=GREEN, width=0.8, label="- ensemble gain")
            panel.plot(
                at, [row["half"] for row in ordered], color="black", marker=".", markersize=3, linewidth=0.8, label="g(1/2)"
            )
            zero_line(panel)
            panel.set_title(name)
            panel.set_xticks([])
        axes[0].legend(fontsize=8, loc="upper left")
    return svg(figure)
