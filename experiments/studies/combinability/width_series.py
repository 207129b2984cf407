"""The barrier of matched pairs against width, one hidden layer on MNIST, beside a published series."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.figures.style import BLACK, BLUE, GREEN, GREY, panels, style
from experiments.studies.claims import svg
from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._matchers import aligned, grid_barrier
from experiments.studies.combinability._networks import networks, scores
from experiments.studies.combinability._words import found, ordered, shown
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, answered
from toykit.parameters import chord_point
from toykit.runs import Outcome

Part = Mapping[str, Any]
PUBLISHED = {4: 0.368, 8: 0.261, 16: 0.312, 32: 0.193, 64: 0.049, 128: 0.015, 256: 0.006}
"""Mean training barrier of weight-matched pairs of MNIST networks with one hidden layer [Sonthalia et al. 2024]."""

STAR = {4: 0.089, 8: 0.117, 16: 0.111, 32: 0.063, 64: 0.021, 128: 0.008, 256: 0.003}
"""The same source: from a trained star centre to networks that it was not trained with."""

FACTOR, FROM, DATA = 4.0, 16, "mnist"
WAYS = ("none", "re-shuffled", "weight", "activation")

STUDY = Study(
    "combinability/width_series",
    "The barrier of matched pairs against width",
    "Published for MNIST and one hidden layer: the barrier that is left after weight matching falls from 0.3 to 0.006 nats "
    "between 16 and 256 units. Does it here, and what of that is width alone?",
    (
        Prediction(
            "falls",
            "from 16 units on, the barrier of weight-matched pairs falls with every step in width",
            "it rises at more than one of ten steps",
        ),
        Prediction(
            "published",
            "on MNIST the barriers are within a factor 4 of the published ones, which come from another way of training",
            "further off in more than one of ten cases",
        ),
        Prediction(
            "matching",
            "at every width the matched pair has a smaller barrier than the unaligned one",
            "it has not in more than one of ten cases",
        ),
    ),
    "Networks 784-n-10 on MNIST (at laptop size 64-n-10 on digits), first weights normal with variance 2/(fan in), AdamW (2e-3, "
    "weight decay 1e-2), half a cosine over 5 epochs (80 on digits), batches of 128. Barriers of the training loss on 11 "
    "positions, mean over disjoint pairs of seeds; weight matching from the order as it is.",
    "Sonthalia et al. 2024 (arXiv 2403.07968), quoted by the reference data of this family's theory",
    CONTROLS,
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per width."""
    if size == "digits":
        return [{"widths": [n], "seeds": [1, 2], "epochs": 80} for n in (4, 16, 64, 256)]
    return [{"widths": [n], "seeds": [1, 2, 3, 4], "epochs": 5, "data": DATA} for n in PUBLISHED]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Barriers and accuracies of all pairs of one width."""
    nets = networks(config)
    pairs = []
    for pair in nets.pairs:
        moved = {way: aligned(pair, way) for way in WAYS}
        ends = [scores(nets.test, theta) for theta in (pair.theta_a, pair.theta_b)]
        middles = {way: scores(nets.test, chord_point(each.theta_a, each.theta_b, 0.5)) for way, each in moved.items()}
        pairs.append({
            "ends": float(np.mean([end.accuracy for end in ends])),
            "barriers": {way: grid_barrier(each) for way, each in moved.items()},
            "test barriers": {way: grid_barrier(nets.tested(each)) for way, each in moved.items()},
            "midpoints": {way: middle.accuracy for way, middle in middles.items()},
        })
    return Outcome({"pairs": pairs, "controls": controls(config)})


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the table and the figure."""
    parts = ordered(config["parts"])
    tables = [_table(parts), control_table(parts)]
    return answered(STUDY, findings(parts), tables, [_figure(parts)], [*control_notes(parts), *config["lost"]])


def barriers(parts: Sequence[Part], way: str, key: str = "barriers") -> dict[int, float]:
    """Mean over pairs by width."""
    return {p["config"]["widths"][0]: float(np.mean([pair[key][way] for pair in p["result"]["pairs"]])) for p in parts}


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    matched, unaligned = barriers(parts, "weight"), barriers(parts, "none")
    steps = list(itertools.pairwise(value for width, value in matched.items() if width >= FROM))
    there = [part for part in parts if part["config"].get("data") == DATA]
    ratios = [value / PUBLISHED[width] for width, value in barriers(there, "weight").items()]
    return [
        found("falls", [after < before for before, after in steps], f"widths {_widths(matched)}: {shown(matched.values())}"),
        found("published", [1 / FACTOR <= ratio <= FACTOR for ratio in ratios], f"over the published: {shown(ratios, 2)}"),
        found("matching", [matched[width] < unaligned[width] for width in matched], f"unaligned: {shown(unaligned.values())}"),
    ]


def _widths(values: Mapping[int, float]) -> str:
    return ", ".join(map(str, values))


def _rows(parts: Sequence[Part]) -> Iterator[tuple[Any, ...]]:
    for part in parts:
        (width,), data = part["config"]["widths"], part["config"].get("data", "digits")
        known = data == DATA
        loss = [barriers([part], way)[width] for way in WAYS]
        middles = [barriers([part], way, "midpoints")[width] for way in WAYS]
        ends = float(np.mean([pair["ends"] for pair in part["result"]["pairs"]]))
        yield data, width, ends, *middles, *loss, PUBLISHED[width] if known else None, STAR[width] if known else None


def _table(parts: Sequence[Part]) -> Table:
    columns = (
        *("data", "width", "ends"),
        *(f"midpoint, {way}" for way in WAYS),
        *(f"B, {way}" for way in WAYS),
        *("published pair", "published star, held out"),
    )
    return Table("Test accuracy of the midpoint, and barrier of the training loss", columns, tuple(_rows(parts)))


def _figure(parts: Sequence[Part]) -> Figure:
    colors = {"none": GREY, "weight": BLUE, "activation": GREEN}
    with style():
        figure, (panel,) = panels(1, 1, height=3.4)
        for way, color in colors.items():
            values = barriers(parts, way)
            heights = [value or np.nan for value in values.values()]  # a barrier of 0 has no place on this axis
            name = "unaligned" if way == "none" else f"matched by {way}"
            panel.plot(list(values), heights, color=color, marker="o", markersize=4, label=name)
        if any(part["config"].get("data") == DATA for part in parts):
            options: dict[str, Any] = {"color": BLACK, "markersize": 4, "linewidth": 1.0}
            panel.plot(list(PUBLISHED), list(PUBLISHED.values()), "s--", label="published, by weight", **options)
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_xticks(list(barriers(parts, "none")), [str(width) for width in barriers(parts, "none")])
        panel.legend(loc="lower left")
        panel.set_xlabel("hidden units")
        panel.set_ylabel("barrier (nats, training)")
    caption = "What is left of the barrier after matching, against the width of one hidden layer; dashed: published for MNIST"
    return Figure(caption, svg(figure))
