"""What the measurements on the hypercube say about each prediction, and their tables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.studies.combinability._cells import CELLS, RADII
from experiments.studies.combinability._matchers import MATCHED, UNMATCHED
from experiments.studies.combinability._networks import architecture
from experiments.studies.combinability._words import found, shown, standard_error
from experiments.studies.study import Finding, Table

Part = Mapping[str, Any]
VERTICES, UNIFORM, ROWS, GAUSS = "bernoulli(0.5) element", "uniform element", "bernoulli(0.5) row", "gauss(0.5) element"
ORDER = ("midpoint", UNIFORM, ROWS, VERTICES)
SIGMAS = 2.0
NEAR_GAUSS, ROW_POINTS, UNIFORM_POINTS, VERTEX_POINTS = 0.25, 0.015, 0.015, 0.04
RATIO, REFUTING, WIDE = (0.9, 1.1), (0.8, 1.25), 128


def losses(part: Part, matcher: str, cell: str) -> list[float]:
    """The mean loss of a cell, one number per pair; `midpoint` is one."""
    pairs = [pair["matchers"][matcher] for pair in part["result"]["pairs"]]
    return [float(each["midpoint"][0] if cell == "midpoint" else each["cells"][cell]["loss"]) for each in pairs]


def mean_loss(part: Part, matcher: str, cell: str) -> float:
    """The mean over pairs."""
    return float(np.mean(losses(part, matcher, cell)))


def excesses(part: Part, matcher: str, cell: str) -> list[float]:
    """Loss of the cell less that of the midpoint, one number per pair."""
    both = zip(losses(part, matcher, cell), losses(part, matcher, "midpoint"), strict=True)
    return [there - middle for there, middle in both]


def over_pairs(part: Part, matcher: str, cell: str, values: Sequence[float]) -> float:
    """The standard error of the mean of `values`; of a single pair that of its draws."""
    pairs = [pair["matchers"][matcher] for pair in part["result"]["pairs"]]
    inside = 0.0 if cell == "midpoint" else float(np.mean([each["cells"][cell]["error"] for each in pairs]))
    return standard_error(values, inside)


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    return [
        _regions(parts),
        _vicinity(parts),
        _order(parts),
        *_scaling(parts),
        _matchers(parts),
        _gauss(parts),
        *_predicted(parts),
    ]


def fraction(part: Part, matcher: str, cell: str = UNIFORM) -> float:
    """The combinable fraction over all draws of all pairs."""
    return float(np.mean([pair["matchers"][matcher]["cells"][cell]["fraction"] for pair in part["result"]["pairs"]]))


def _regions(parts: Sequence[Part]) -> Finding:
    widest = {len(p["config"]["widths"]): p for p in parts if len(p["config"]["widths"]) <= 2}  # ordered: the last is the widest
    shares = {architecture(p["config"]): (fraction(p, "activation"), fraction(p, "none")) for p in widest.values()}
    holds = [matched > 0.5 and matched > unaligned for matched, unaligned in shares.values()]
    says = "; ".join(f"{name}: {matched:.0%} matched, {without:.0%} unaligned" for name, (matched, without) in shares.items())
    return found("regions", holds, says)


def _vicinity(parts: Sequence[Part]) -> Finding:
    beyond = [_radial_loss(p, "activation", "1.5") for p in parts]
    at_faces = [_radial_loss(p, "none", "1") for p in parts]
    says = f"loss at 1.5, matched: {shown(beyond, 2)}; at 1, unaligned: {shown(at_faces, 2)}"
    return found("vicinity", [out < inside for out, inside in zip(beyond, at_faces, strict=True)], says)


def _radial_loss(part: Part, matcher: str, radius: str) -> float:
    return float(np.mean([pair["matchers"][matcher]["radial"][radius]["random"]["loss"] for pair in part["result"]["pairs"]]))


def _order(parts: Sequence[Part]) -> Finding:
    holds, broken = [], []
    for part in parts:
        for matcher in ("none", *MATCHED):
            steps = list(itertools.pairwise(ORDER))
            fine = True
            for low, high in steps:
                pairs = zip(losses(part, matcher, low), losses(part, matcher, high), strict=True)
                rises = [after - before for before, after in pairs]
                error = over_pairs(part, matcher, high, rises)
                if np.mean(rises) < -SIGMAS * error:
                    fine = False
                    broken.append(f"{architecture(part['config'])} {matcher}: {high} below {low} by {-np.mean(rises):.3f}")
            holds.append(fine)
    return found("order", holds, "; ".join(broken) or "no order reversed beyond 2 standard errors")


def _scaling(parts: Sequence[Part]) -> Iterator[Finding]:
    """The excess against width at equal depth, and against depth at equal width, from each network to the next."""
    for name, same, sign in (("width", len, -1), ("depth", max, 1)):
        holds, broken = [], []
        for before, after in _neighbours(parts, same):
            for matcher in MATCHED:
                for cell in (UNIFORM, VERTICES):
                    first, second = (excesses(part, matcher, cell) for part in (before, after))
                    errors = [over_pairs(part, matcher, cell, values) for part, values in ((before, first), (after, second))]
                    rise = sign * float(np.mean(second) - np.mean(first))
                    holds.append(bool(rise > -SIGMAS * math.hypot(*errors)))
                    if not holds[-1]:
                        names = " to ".join(architecture(part["config"]) for part in (before, after))
                        broken.append(f"{names}, {matcher}, {cell}: {np.mean(first):.3f}, {np.mean(second):.3f}")
        yield found(name, holds, "; ".join(broken) or "none against it beyond 2 standard errors")


def _neighbours(parts: Sequence[Part], same: Any) -> Iterator[tuple[Part, Part]]:
    """Consecutive parts of equal depth (`same` is len) or of equal width (max)."""
    groups: dict[int, list[Part]] = {}
    for part in parts:
        groups.setdefault(same(part["config"]["widths"]), []).append(part)
    for group in groups.values():
        yield from itertools.pairwise(group)


def _matchers(parts: Sequence[Part]) -> Finding:
    deep = [part for part in parts if len(part["config"]["widths"]) > 1]
    holds, rows = [], []
    for part in deep:
        by_weight = mean_loss(part, "weight", VERTICES)
        for matcher in ("activation", "contribution"):
            here = mean_loss(part, matcher, VERTICES)
            holds.append(here < by_weight and _distance(part, matcher) >= 0.99 * _distance(part, "weight"))
            rows.append(f"{architecture(part['config'])} {matcher} {here:.2f} against {by_weight:.2f}")
    return found("matchers", holds, "loss at the vertices: " + "; ".join(rows))


def _distance(part: Part, matcher: str) -> float:
    return float(np.mean([pair["matchers"][matcher]["distance"] for pair in part["result"]["pairs"]]))


def _gauss(parts: Sequence[Part]) -> Finding:
    flat = [part for part in parts if len(part["config"]["widths"]) == 1]
    ratios = [
        float(np.mean(excesses(part, matcher, GAUSS)) / np.mean(excesses(part, matcher, VERTICES)))
        for part in flat
        for matcher in ("none", *MATCHED)
    ]
    return found("variance only", [abs(ratio - 1) <= NEAR_GAUSS for ratio in ratios], f"ratios {shown(ratios, 2)}")


def _predicted(parts: Sequence[Part]) -> Iterator[Finding]:
    rows = [(max(part["config"]["widths"]), row) for part in parts for row in part["result"]["predicted"]]
    full = [(width, row) for width, row in rows if row["covariance"] == "full"]
    off = {
        kind: [abs(row["predicted"] - row["measured"]) for _, row in full if (row["law"], row["blocks"]) == kind]
        for kind in (("bernoulli(0.5)", "row"), ("uniform", "element"), ("bernoulli(0.5)", "element"))
    }
    by_row, uniform, vertices = off.values()
    yield found("rows", [each <= ROW_POINTS for each in by_row], f"largest difference {_points(by_row)}")
    holds = [each <= UNIFORM_POINTS for each in uniform] + [each <= VERTEX_POINTS for each in vertices]
    says = f"largest difference: uniform {_points(uniform)}, vertices {_points(vertices)}"
    yield found("elements", holds, says)
    ratios = [row["variance ratio"] for _, row in full]
    wide = [row["variance ratio"] for width, row in full if width >= WIDE]
    refuted = any(not REFUTING[0] <= ratio <= REFUTING[1] for ratio in wide)
    says = f"ratios from {min(ratios):.2f} to {max(ratios):.2f}" + (
        f", at width {WIDE} or more from {min(wide):.2f} to {max(wide):.2f}" if wide else ""
    )
    yield found("spread", [RATIO[0] <= ratio <= RATIO[1] for ratio in ratios], says, refuted=refuted)


def _points(differences: Sequence[float]) -> str:
    return f"{100 * max(differences):.1f} points" if differences else "–"


def combination_table(parts: Sequence[Part]) -> list[Table]:
    """Accuracies of every law and partition, and the losses behind the words."""
    cells = [f"{law} {blocks}" for law, blocks in CELLS]
    rows, low = [], []
    for part in parts:
        pairs = part["result"]["pairs"]
        for matcher in ("none", *MATCHED, UNMATCHED[1]):
            given = [pair["matchers"][matcher] for pair in pairs]
            name = architecture(part["config"])
            accuracies = [float(np.mean([each["cells"][cell]["accuracy"] for each in given])) for cell in cells]
            ends = float(np.mean([end[1] for pair in pairs for end in pair["ends"]]))
            middle, train = (float(np.mean([each[key][1] for each in given])) for key in ("midpoint", "midpoint, training"))
            rows.append((name, matcher, float(np.mean([e["cosine"] for e in given])), ends, middle, train, *accuracies))
            means = [mean_loss(part, matcher, cell) for cell in ORDER]
            quantiles = [f"{np.mean([e['cells'][VERTICES]['quantiles'][i] for e in given]):.2f}" for i in range(3)]
            worst = float(np.mean([max(end[0] for end in pair["ends"]) for pair in pairs]))
            low.append((
                *(name, matcher, worst, float(np.mean([e["barrier"] for e in given])), *means, "/".join(quantiles)),
                *(fraction(part, matcher, cell) for cell in (UNIFORM, ROWS, VERTICES)),
            ))
    accuracy = Table(
        "Test accuracy of random combinations, mean over draws and pairs",
        ("hidden layers", "matched by", "cosine", "ends", "midpoint", "midpoint, training", *cells),
        tuple(rows),
    )
    columns = ("worse end", "B", *ORDER, "vertices: 10/50/90 %", "low: uniform", "low: rows", "low: vertices")
    caption = "Test loss in nats, quantiles over draws, and the part of the combinations within 0.1 nats of the worse end"
    return [accuracy, Table(caption, ("hidden layers", "matched by", *columns), tuple(low))]


def radial_table(parts: Sequence[Part]) -> Table:
    """Accuracy against the distance from the midpoint."""
    rows = []
    for part in parts:
        for matcher in ("none", "activation"):
            given = [pair["matchers"][matcher]["radial"] for pair in part["result"]["pairs"]]
            away = [float(np.mean([each[f"{r:g}"]["random"]["accuracy"] for each in given])) for r in RADII]
            line = [float(np.mean([each[f"{r:g}"]["line"][1] for each in given])) for r in RADII]
            rows.append((architecture(part["config"]), matcher, *away, *line))
    columns = (*(f"random, r = {r:g}" for r in RADII), *(f"line, r = {r:g}" for r in RADII))
    return Table("Test accuracy at the distance r|Δ|/2 from the midpoint", ("hidden layers", "matched by", *columns), tuple(rows))


def prediction_table(parts: Sequence[Part]) -> Table:
    """Predicted and measured, on the first pair."""
    keys = ("predicted", "measured", "error", "loss predicted", "loss measured", "variance ratio")
    rows = tuple(
        (
            *(architecture(part["config"]), row["matcher"], f"{row['law']} {row['blocks']}", row["covariance"]),
            *(row[key] for key in keys),
        )
        for part in parts
        for row in part["result"]["predicted"]
    )
    columns = (
        "accuracy predicted",
        "measured",
        "standard error",
        "loss predicted",
        "loss measured",
        "variance of outputs, ratio",
    )
    caption = "Without drawing a combination: predicted by moments, and measured"
    return Table(caption, ("hidden layers", "matched by", "combination", "covariance", *columns), rows)
