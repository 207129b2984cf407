"""After alignment the barrier, the output error and what it is born of fall together, or the theory of its origin is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import BLUE, GREY, panels, style
from experiments.studies.barrier._alignment import aligned, permuted, turned
from experiments.studies.barrier._bench import Bench
from experiments.studies.barrier._letters import letters
from experiments.studies.barrier._networks import BENCHES, EXACT, GATES, SMOOTH, alone, test_landscape, training_landscape
from experiments.studies.barrier._ranking import Group, better, scores
from experiments.studies.barrier._words import USUALLY, finding, graded
from experiments.studies.claims import svg
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, Word, answered
from toykit.arrays import to_numpy
from toykit.landscape import Layered, Pair
from toykit.matching import rebasin
from toykit.mountainside import SMALL
from toykit.outputs import OutputChord
from toykit.parameters import Parameters
from toykit.runs import Outcome
from toykit.seeds import generator
from toykit.tolerances import SOLVED

ALMOST = 0.9
"""Of the pairs whose barrier falls, this part must see the other quantity fall too; below a half the claim is refuted."""

KEPT = (
    "B",
    "half",
    "error_2",
    "commuted",
    "gated",
    "Delta^2",
    "endpoint",
    "midpoint",
    "simpson",
    "ridge",
    "curvature",
    "identity",
)

STUDY = Study(
    "barrier/aligned",
    "Aligned pairs: what falls with the barrier",
    "Does matching the units of two networks lower their barrier, and does it do so through the output error at the midpoint, "
    "E|E|^2, and the products of feature and weight differences that the error is born of?",
    (
        Prediction("barrier falls", "alignment lowers B in at least three quarters of the pairs", "in fewer than half of them"),
        Prediction(
            "output error falls",
            "where B falls, E|E|^2 at 1/2 falls too, in nine of ten pairs",
            "B falls while E|E|^2 does not, in half of the pairs or more",
        ),
        Prediction(
            "commutators fall",
            "where B falls, the sum of the commutator terms at 1/2 falls too, in nine of ten pairs",
            "B falls while they do not, in half of the pairs or more",
        ),
        Prediction(
            "ranking",
            "among aligned pairs the endpoint estimate ranks g(1/2) better than |Delta|^2 does",
            "its rank correlation is not above that of |Delta|^2",
        ),
        Prediction(
            "copies",
            "a permuted copy (with signs for tanh) is brought back to E = 0; permutations do not bring back a rescaled ReLU "
            "copy, balancing does",
            "anything else: an error in the matching",
        ),
    ),
    "Independent pairs before and after alignment of theta_b: 2-16-1 tanh with signed weight matching, 2-16-1 ReLU with exact "
    "barriers and 64-32-32-10 ReLU on digits, both rescaled to balance and matched. Permutations without balancing are shown "
    "beside. Copies: every network against itself with random permutation and signs, or random factors e^(+-1); "
    "judged by the output error, since a network that does not interpolate may even gain from the rescaled chord.",
    "theory/barrier.md, X3",
    ("permuted copy", "rescaled copy", "permutations without balancing", "shuffled pairing of predictor and pair"),
)

COUNTS = {"digits": {SMOOTH: 8, EXACT: 8, GATES: 4}, "full": {SMOOTH: 16, EXACT: 16, GATES: 8}}


def configs(size: str) -> list[dict[str, Any]]:
    """One part per bench: the pairs share networks."""
    return [{"bench": name, "seeds": list(range(count))} for name, count in COUNTS[size].items()]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Train the networks, measure their pairs as they are, permuted and aligned, and their copies."""
    name, seeds = config["bench"], config["seeds"]
    net, held_out = training_landscape(name), test_landscape(name)
    ends, starts = alone(name, seeds), alone(name, seeds, first=True)
    rows = []
    for i, j in combinations(range(len(seeds)), 2):
        pair = Pair(net, ends[i], ends[j], f"{name}, seeds {seeds[i]} and {seeds[j]}")
        moved = {"given": pair, "permuted": permuted(pair), "aligned": aligned(pair)}
        descent = (net.loss(starts[i]) + net.loss(starts[j]) - net.loss(ends[i]) - net.loss(ends[j])) / 2
        found = {how: letters(each, held_out, smoothness=isinstance(BENCHES[name], Bench)) for how, each in moved.items()}
        rows.append({"seeds": [seeds[i], seeds[j]], "eps": SMALL * max(descent, 0.0), **found})
    copies = [_copies(net, theta, seed) for theta, seed in zip(ends, seeds, strict=True)]
    return Outcome({"bench": name, "pairs": rows, "copies": copies})


def _copies(net: Layered, theta: Parameters, seed: int) -> dict[str, Any]:
    """E|E|^2 between a network and its disguised copy, as given and after each kind of matching; `size` is E|z|^2."""
    draw, disguises = generator("bench/copies", seed), dict[str, Callable[[Parameters, int], Parameters]]()
    odd = net.activation.negative_slope == 0 and not net.activation.piecewise_linear
    signs = {layer: draw.choice([-1.0, 1.0], size=width) if odd else np.ones(width) for layer, width in enumerate(net.widths, 1)}
    disguises["permuted copy"] = lambda copy, layer: turned(
        net, rebasin(net, copy, {layer: draw.permutation(net.widths[layer - 1])}), layer, signs[layer]
    )
    if not odd:
        disguises["rescaled copy"] = lambda copy, layer: turned(
            net, copy, layer, np.exp(draw.choice([-1.0, 1.0], net.widths[layer - 1]))
        )
    outputs = to_numpy(net.outputs(theta))
    found: dict[str, Any] = {"size": float((outputs * outputs).sum(axis=1).mean())}
    for kind, disguise in disguises.items():
        copy = theta
        for layer in range(1, net.depth):
            copy = disguise(copy, layer)
        pair = Pair(net, theta, copy, kind)
        tried = {"given": pair, "permuted": permuted(pair), "aligned": aligned(pair)}
        found[kind] = {how: _far(each) for how, each in tried.items()}
    return found


def _far(pair: Pair) -> float:
    """E|E|^2 at 1/2, the output error that remains."""
    error = to_numpy(OutputChord(pair).at(0.5).error)
    return float((error * error).sum(axis=1).mean())


def group(found: Mapping[str, Any], how: str = "aligned") -> Group:
    """The pairs of a bench in one state."""
    records = tuple({**row[how], "eps": row["eps"]} for row in found["pairs"])
    return Group(f"{found['bench']}, {how}", records, tuple(tuple(row["seeds"]) for row in found["pairs"]))


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the quantities before and after, the copies, the scores among aligned pairs."""
    parts = {str(found["result"]["bench"]): found["result"] for found in config["parts"]}
    findings = [
        _barrier_falls(parts),
        _together(parts, "output error falls", "error_2", "E|E|^2"),
        _together(parts, "commutators fall", "commuted", "the commutator sum"),
        _ranked(parts),
        copies_return(parts),
    ]
    tables = [_before_and_after(parts), _table_of_copies(parts), *(scores(group(found)) for found in parts.values())]
    return answered(STUDY, findings, tables, [Figure(CAPTION, draw(parts))] if parts else [], config["lost"])


def _barrier_falls(parts: Mapping[str, Mapping[str, Any]]) -> Finding:
    words, says = {}, {}
    for name, found in parts.items():
        falls = [row["aligned"]["B"] < row["given"]["B"] for row in found["pairs"]]
        free = [row["aligned"]["B"] <= row["eps"] for row in found["pairs"]]
        words[name] = graded(float(np.mean(falls)), usually=USUALLY)
        says[name] = f"in {np.mean(falls):.0%} of {len(falls)} pairs, to within eps in {np.mean(free):.0%}"
    return finding("barrier falls", words, says)


def _together(parts: Mapping[str, Mapping[str, Any]], prediction: str, letter: str, called: str) -> Finding:
    words, says = {}, {}
    for name, found in parts.items():
        lower = [row for row in found["pairs"] if row["aligned"]["B"] < row["given"]["B"]]
        if lower:
            too = float(np.mean([row["aligned"][letter] < row["given"][letter] for row in lower]))
            words[name] = graded(too, usually=ALMOST)
            says[name] = f"{called} falls in {too:.0%} of the {len(lower)} pairs whose barrier falls"
    return finding(prediction, words, says)


def _ranked(parts: Mapping[str, Mapping[str, Any]]) -> Finding:
    words, says = {}, {}
    for name, found in parts.items():
        pairs = group(found)
        lead = pairs.lead("endpoint", "Delta^2", "half")
        words[name] = better(lead)
        says[name] = f"endpoint {pairs.spearman('endpoint', 'half')}, |Delta|^2 {pairs.spearman('Delta^2', 'half')}, lead {lead}"
    return finding("ranking", words, says)


def copies_return(parts: Mapping[str, Mapping[str, Any]]) -> Finding:
    """Whether every copy comes back, and rescaled ones by balancing only."""
    words, says = {}, {}
    for name, found in parts.items():
        good = [
            copy[kind]["aligned"] <= SOLVED * copy["size"]
            and (kind == "permuted copy" or copy[kind]["permuted"] > SOLVED * copy["size"])
            for copy in found["copies"]
            for kind in ("permuted copy", "rescaled copy")
            if kind in copy
        ]
        words[name] = Word.REPRODUCED if all(good) else Word.NOT_REPRODUCED
        says[name] = f"{sum(good)} of {len(good)} copies as predicted"
    return finding("copies", words, says)


def _before_and_after(parts: Mapping[str, Mapping[str, Any]]) -> Table:
    names = ("B", "error_2", "commuted", "gated", "Delta^2")
    rows = []
    for name, found in parts.items():
        for how in ("given", "permuted", "aligned"):
            rows.append((name, how, *(float(np.median([row[how][letter] for row in found["pairs"]])) for letter in names)))
    columns = ("networks", "state", "B", "E|E|^2", "commutator sum", "gate sum", "|Delta|^2")
    return Table("Medians over the pairs, at t = 1/2 but for B", columns, tuple(rows))


def _table_of_copies(parts: Mapping[str, Mapping[str, Any]]) -> Table:
    rows = []
    for name, found in parts.items():
        for kind in ("permuted copy", "rescaled copy"):
            known = [copy[kind] for copy in found["copies"] if kind in copy]
            if known:
                rows.append((
                    name,
                    kind,
                    *(float(np.max([copy[how] for copy in known])) for how in ("given", "permuted", "aligned")),
                ))
    return Table(
        "Copies of a network: largest E|E|^2 at 1/2 over the networks",
        ("networks", "copy", "given", "permuted", "aligned"),
        tuple(rows),
    )


CAPTION = (
    "Barrier, output error and commutator sum after alignment over their value before, every pair a point. Points below 1 "
    "fell; those left of 1 and above it would refute."
)


def draw(parts: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The fall of B beside that of E|E|^2 and of the commutator sum, one row per bench."""
    with style():
        figure, axes = panels(len(parts), 2, height=2.5)
        for row, (name, found) in enumerate(parts.items()):
            for column, (letter, called) in enumerate((("error_2", r"$E|E|^2$"), ("commuted", "commutator sum"))):
                _falls(axes[2 * row + column], found["pairs"], letter, called)
            axes[2 * row].set_title(name)
    return svg(figure)


def _falls(axes: Axes, rows: Sequence[Mapping[str, Any]], letter: str, called: str) -> None:
    x, y = ([_fraction(row, name) for row in rows] for name in ("B", letter))
    axes.scatter(x, y, s=14, color=BLUE, alpha=0.7, linewidths=0)
    axes.axhline(1, color=GREY, linestyle="--", linewidth=1)
    axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("B after / before")
    axes.set_ylabel(f"{called}\nafter / before")


def _fraction(row: Mapping[str, Any], letter: str) -> float:
    before = row["given"][letter]
    return row["aligned"][letter] / before if before > 0 else math.nan
