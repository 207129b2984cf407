"""What the measurements by way of a third network say about each prediction, with their table and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.studies.combinability._matchers import MATCHED
from experiments.studies.combinability._networks import architecture
from experiments.studies.combinability._words import average, found, shown
from experiments.studies.study import Finding, Table

Part = Mapping[str, Any]
THIRD, RATIO, WIDE = 1 / 3, (1.5, 4.0), 128
INDEX, REFUTING, NEAR_NULL = {"activation": (0.4, 0.7), "weight": (-1.0, 0.2)}, {"activation": 0.2, "weight": 0.4}, 0.03


def notes(parts: Sequence[Part]) -> list[str]:
    """What a reference that learnt nothing does: an index as high as that of a trained one is no evidence of a common frame."""
    said = []
    for matcher in MATCHED:
        own = [(part, means) for part, name, means in cases(parts) if name == matcher]
        trained = [average([means["index"]]) for _, means in own]
        alone = [part["result"]["scrambled"][matcher]["index"] for part, _ in own]
        barriers = [part["result"]["scrambled"][matcher]["barrier"] / means["barriers"]["unaligned"] for part, means in own]
        names = ", ".join(architecture(part["config"]) for part, _ in own)
        said.append(
            f"matched by {matcher} ({names}): T by way of a trained network {shown(trained, 2)}, of a scrambled one "
            f"{shown(alone, 2)}; barrier by way of the scrambled one over unaligned {shown(barriers, 2)}"
        )
    return said


def cases(parts: Sequence[Part]) -> Iterator[tuple[Part, str, dict[str, Any]]]:
    """Every architecture and matcher with the means over its triples."""
    for part in parts:
        for matcher in MATCHED:
            rows = part["result"]["triples"][matcher]
            barriers = {way: float(np.mean([row["barriers"][way] for row in rows])) for way in ("unaligned", "via", "direct")}
            midpoints = {way: float(np.mean([row["midpoints"][way] for row in rows])) for way in ("unaligned", "via", "direct")}
            means = {key: average([row[key] for row in rows]) for key in ("index", "cosine", "null", "direct", "agreement")}
            yield part, matcher, {**means, "barriers": barriers, "midpoints": midpoints}


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    parts = [part for part in parts if "first" not in part["config"]]
    rows = [(architecture(part["config"]), part["config"]["widths"], matcher, means) for part, matcher, means in cases(parts)]
    shares = [
        (f"{name} {matcher}", means["barriers"]["via"] / means["barriers"]["unaligned"])
        for name, _, matcher, means in rows
        if matcher != "weight" and means["barriers"]["unaligned"] > 0
    ]
    by_weight = [
        means["barriers"]["via"] / means["barriers"]["unaligned"] for _, _, matcher, means in rows if matcher == "weight"
    ]
    ratios = [
        (f"{name} {matcher}", means["barriers"]["via"] / means["barriers"]["direct"])
        for name, _, matcher, means in rows
        if means["barriers"]["direct"] > 0
    ]
    wide = [case for case in rows if max(case[1]) >= WIDE]
    indices = [(name, len(widths), matcher, means["index"]) for name, widths, matcher, means in wide if matcher in INDEX]
    known = [(name, depth, matcher, index) for name, depth, matcher, index in indices if index is not None]
    refuted = any(
        index > REFUTING["weight"] if matcher == "weight" and depth > 1 else matcher == "activation" and index < REFUTING[matcher]
        for _, depth, matcher, index in known
    )
    apart = [abs(means["cosine"] - means["null"]) for _, _, matcher, means in wide if matcher == "weight"]
    says = f"by way of C over unaligned: {_named(shares)}; by weight, for comparison, {shown(by_weight, 2)}"
    return [
        found("connected", [share <= THIRD for _, share in shares], says),
        found("ratio", [RATIO[0] <= ratio <= RATIO[1] for _, ratio in ratios], _named(ratios)),
        found(
            "index",
            [INDEX[matcher][0] <= index <= INDEX[matcher][1] for _, _, matcher, index in known],
            _named([(f"{name} {matcher}", index) for name, _, matcher, index in known]),
            refuted=refuted,
        ),
        found("null", [each <= NEAR_NULL for each in apart], f"differences {shown(apart)}"),
    ]


def _named(values: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values)


def table(parts: Sequence[Part]) -> Table:
    rows = tuple(
        (
            *(architecture(part["config"]), matcher, *means["barriers"].values(), *means["midpoints"].values()),
            *(means[key] for key in ("cosine", "null", "direct", "index")),
            *(part["result"]["scrambled"][matcher]["index"], part["result"]["scrambled"][matcher]["barrier"]),
            means["agreement"],
        )
        for part, matcher, means in cases(parts)
    )
    columns = (
        *("B unaligned", "B via C", "B direct", "midpoint unaligned", "via C", "direct"),
        *("cosine via C", "null", "cosine direct", "T", "T, scrambled C", "B, scrambled C", "units agreed on"),
    )
    return Table(
        "Means over triples: barriers, accuracies of midpoints, cosines", ("hidden layers", "matched by", *columns), rows
    )
