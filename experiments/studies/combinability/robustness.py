"""Robustness: how much of a matching may be re-shuffled before the matched networks stop being combinable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, label, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._matchers import MATCHED, aligned, grid_barrier, reshuffled
from experiments.studies.combinability._networks import PROTOCOL, Networks, architecture, networks, scores
from experiments.studies.combinability._words import found, ordered
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.landscape import Pair
from toykit.matching.reshuffling import chosen, expected_distance_2
from toykit.parameters import Parameters, chord_point
from toykit.runs import Outcome

Part = Mapping[str, Any]
PARTS = (0.0, 0.1, 0.3, 0.5, 0.75, 1.0)
SIGMAS, LOST, NEAR, REFUTING, WIDE, CONVEX = 3.0, 0.05, 0.05, 0.10, 128, 2.0

STUDY = Study(
    "combinability/robustness",
    "Robustness: re-shuffling a part of the matching",
    "Published: even substantially perturbed matchings of neurons give working combinations. A random part $f$ of the units of "
    "every hidden layer is permuted at random after matching. What happens to the distance, to the barrier and to the midpoint?",
    (
        Prediction(
            "working",
            "re-shuffling 30 % of the units costs at most 5 points of midpoint accuracy, where the matched midpoint is within 5 "
            "points of the ends",
            "more than 10 points at width 128 or more",
        ),
        Prediction(
            "distance",
            r"$E|\theta_a - P\theta_b|^2$ follows its exact law within 3 standard errors",
            "off the law in more than one of ten cases, which would be an error of implementation",
        ),
        Prediction("convex", "the barrier is convex in $f$", "concave beyond 2 standard errors in more than one of ten places"),
        Prediction(
            "control",
            "wholly re-shuffled networks are as bad as unaligned ones, whose order is as random: midpoint accuracies within 5 "
            "points or 3 standard errors",
            "further apart in more than one of ten cases",
        ),
    ),
    PROTOCOL + " In every hidden layer a random set of $f n$ units is permuted uniformly at random, anew for each draw.",
    "the expectations of this family's theory (derived here); the phenomenon is that of Csiszárik et al. 2023",
    CONTROLS,
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture."""
    if size == "digits":
        series, seeds, losses = [[256], [64] * 2, [256] * 2, [64] * 4], 2, 5
    else:
        series, seeds, losses = [[16], [128], [512], [128] * 2, [512] * 2, [256] * 4], 6, 8
    common = {"seeds": list(range(1, seeds + 1)), "epochs": 80, "draws": 20, "losses": losses}
    return [{"widths": widths, **common} for widths in series]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All matchers and parts f for the pairs of one architecture."""
    nets = networks(config)
    pairs = [
        {matcher: _curve(nets, aligned(pair, matcher), config["draws"], config["losses"]) for matcher in MATCHED}
        for pair in nets.pairs
    ]
    ends = [float(np.mean([scores(nets.test, end).accuracy for end in (p.theta_a, p.theta_b)])) for p in nets.pairs]
    unaligned = [{"accuracy": _accuracy(nets, p), "barrier": grid_barrier(nets.tested(p))} for p in nets.pairs]
    return Outcome({"pairs": pairs, "ends": ends, "unaligned": unaligned, "controls": controls(config)})


def _curve(nets: Networks, matched: Pair, draws: int, losses: int) -> list[dict[str, Any]]:
    """For every f: squared distances of all draws beside the law, accuracy and barrier of the first draws."""
    rows = []
    for share in PARTS:
        counts = chosen(nets.train, share)
        moved = [reshuffled(matched, matched.theta_b, share, number) for number in range(draws if share else 1)]
        distances = [(matched.theta_a - theta).norm() ** 2 for theta in moved]
        pairs = [Pair(nets.train, matched.theta_a, theta) for theta in moved[:losses]]
        rows.append({
            "f": share,
            "law": expected_distance_2(nets.train, matched.theta_a, matched.theta_b, counts),
            "distance": float(np.mean(distances)),
            "distance error": _error(distances),
            "accuracies": [_accuracy(nets, pair) for pair in pairs],
            "barriers": [grid_barrier(nets.tested(pair)) for pair in pairs],
        })
    return rows


def _accuracy(nets: Networks, pair: Pair) -> float:
    return scores(nets.test, _middle(pair)).accuracy


def _middle(pair: Pair) -> Parameters:
    return chord_point(pair.theta_a, pair.theta_b, 0.5)


def _error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else 0.0


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the table and the curves."""
    parts = ordered(config["parts"])
    tables = [_table(parts), control_table(parts)]
    return answered(STUDY, findings(parts), tables, [_curves(parts)], [*control_notes(parts), *config["lost"]])


def _cases(parts: Sequence[Part]) -> Iterator[tuple[Part, str, list[list[dict[str, Any]]]]]:
    """Every architecture and matcher with the curves of its pairs."""
    for part in parts:
        for matcher in MATCHED:
            yield part, matcher, [pair[matcher] for pair in part["result"]["pairs"]]


def means(curves: Sequence[Sequence[Mapping[str, Any]]], key: str) -> tuple[list[float], list[float]]:
    """The mean at every f over draws, then pairs, and its standard error over all draws."""
    grouped = [[np.array(curve[place][key]) for curve in curves] for place in range(len(PARTS))]
    values = [float(np.mean([each.mean() for each in group])) for group in grouped]
    inside = [math.sqrt(sum(_error(each.tolist()) ** 2 for each in group)) / len(group) for group in grouped]
    return values, inside


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    lost, distances, bends, apart, refuted = [], [], [], [], False
    at_30 = PARTS.index(0.3)
    for part, matcher, curves in _cases(parts):
        name, result = f"{architecture(part['config'])} {matcher}", part["result"]
        accuracy, errors = means(curves, "accuracies")
        if np.mean(result["ends"]) - accuracy[0] <= NEAR:
            lost.append((name, accuracy[0] - accuracy[at_30]))
            refuted |= max(part["config"]["widths"]) >= WIDE and lost[-1][1] > REFUTING
        for row in (row for curve in curves for row in curve if row["distance error"] > 0):
            distances.append((row["distance"] - row["law"]) / row["distance error"])
        bends += _bends(*means(curves, "barriers"))
        unaligned = float(np.mean([each["accuracy"] for each in result["unaligned"]]))
        drawn = [curve[-1]["accuracies"] for curve in curves]
        spread = float(np.mean([np.std(each, ddof=1) for each in drawn])) / math.sqrt(len(drawn))  # of one order per pair
        apart.append((name, accuracy[-1] - unaligned, SIGMAS * math.hypot(spread, errors[-1])))
    worst = max(map(abs, distances), default=0.0)
    return [
        found(
            "working",
            [points <= LOST for _, points in lost],
            "points lost: " + ", ".join(f"{name} {100 * points:.1f}" for name, points in lost),
            refuted=refuted,
        ),
        found("distance", [abs(z) <= SIGMAS for z in distances], f"largest deviation {worst:.1f} standard errors"),
        found("convex", [bend >= -CONVEX for bend in bends], f"smallest second difference {min(bends):.1f} standard errors"),
        found(
            "control",
            [abs(points) <= max(NEAR, error) for _, points, error in apart],
            "re-shuffled less unaligned, points: " + ", ".join(f"{name} {100 * points:.1f}" for name, points, _ in apart),
        ),
    ]


def _bends(values: Sequence[float], errors: Sequence[float]) -> list[float]:
    """Height of the chord over the curve at every inner f, in standard errors: not below 0 where the curve is convex."""
    found_bends = []
    for place in range(1, len(PARTS) - 1):
        low, here, high = PARTS[place - 1 : place + 2]
        share = (here - low) / (high - low)
        height = (1 - share) * values[place - 1] + share * values[place + 1] - values[place]
        error = math.hypot((1 - share) * errors[place - 1], errors[place], share * errors[place + 1])
        found_bends.append(height / error if error > 0 else math.copysign(CONVEX + 1, height) if height else 0.0)
    return found_bends


def _table(parts: Sequence[Part]) -> Table:
    rows = []
    for part, matcher, curves in _cases(parts):
        name, result = architecture(part["config"]), part["result"]
        ends, unaligned = np.mean(result["ends"]), np.mean([each["accuracy"] for each in result["unaligned"]])
        accuracy, _ = means(curves, "accuracies")
        barrier, _ = means(curves, "barriers")
        rows.append((name, matcher, "midpoint accuracy", float(ends), *accuracy, float(unaligned)))
        above = float(np.mean([each["barrier"] for each in result["unaligned"]]))
        rows.append((name, matcher, "barrier", None, *barrier, above))
        for key in ("distance", "law"):
            rows.append((name, matcher, f"squared {key}", None, *(np.mean([c[i][key] for c in curves]) for i in range(6)), None))
    plain = tuple(tuple(float(value) if isinstance(value, np.floating) else value for value in row) for row in rows)
    columns = ("hidden layers", "matched by", "quantity", "ends", *(f"f = {share:g}" for share in PARTS), "unaligned")
    return Table("Re-shuffled parts f of the units: means over draws and pairs", columns, plain)


def _curves(parts: Sequence[Part]) -> Figure:
    columns = min(3, len(parts))
    colors = dict(zip(MATCHED, (BLUE, GREEN, ORANGE), strict=True))
    with style():
        figure, axes = panels(-(-len(parts) // columns), columns, height=2.4, sharey=True)
        for panel, part in zip(axes, parts, strict=False):
            for _, matcher, curves in _cases([part]):
                values, errors = means(curves, "accuracies")
                panel.errorbar(PARTS, values, errors, color=colors[matcher], marker="o", markersize=3, label=matcher)
            panel.axhline(float(np.mean(part["result"]["ends"])), color=BLACK, linewidth=0.8)
            level = float(np.mean([each["accuracy"] for each in part["result"]["unaligned"]]))
            panel.axhline(level, color=GREY, linewidth=1.0, linestyle="--")
            panel.set_title(f"{architecture(part['config'])} hidden units")
            panel.set_xlabel("part re-shuffled, $f$")
            panel.set_ylim(0, 1.03)
        for panel in axes[len(parts) :]:
            panel.axis("off")
        axes[0].set_ylabel("midpoint accuracy")
        axes[0].legend(loc="lower left")
        label(axes[1 if columns > 1 else 0], "unaligned, dashed", (0.05, 0.05), color=GREY)
    caption = (
        "Accuracy of the midpoint after a part $f$ of the units of every hidden layer has been re-shuffled at random, with "
        "standard errors over draws; thin line: the two networks, dashed: their midpoint unaligned"
    )
    return Figure(caption, svg(figure))
