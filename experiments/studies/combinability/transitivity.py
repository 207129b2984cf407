"""Two trained networks matched to a third: are they linearly connected, and is there more to it than the common reference?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._matchers import MATCHERS, grid_barrier
from experiments.studies.combinability._networks import PROTOCOL, Networks, networks, scores
from experiments.studies.combinability._transitivity_figure import draw_bars, draw_index
from experiments.studies.combinability._transitivity_findings import findings, notes, table
from experiments.studies.combinability._words import average, ordered
from experiments.studies.study import Prediction, Study, answered
from toykit.landscape import Pair
from toykit.matching.group import scrambled
from toykit.matching.matching import Matching
from toykit.matching.transitivity import null_cosine, via
from toykit.parameters import Parameters, chord_point
from toykit.runs import Outcome
from toykit.seeds import generator

STUDY = Study(
    "combinability/transitivity",
    "Transitivity: two networks by way of a third",
    r"Published: networks that are each matched to a third one are linearly connected to one another. A common reference $C$ "
    r"makes any two networks similar, $\cos(A', B') \approx \cos(A', C)\cos(B', C)$ even if they share nothing else. How much "
    "of the connection goes beyond that?",
    (
        Prediction(
            "connected",
            "matched to $C$ by activation or contribution, two networks have at most a third of their unaligned barrier",
            "more than a third in more than one of ten cases",
        ),
        Prediction("ratio", "$B$ by way of $C$ over $B$ direct lies between 1.5 and 4", "outside in more than one of ten cases"),
        Prediction(
            "index",
            "the transitivity index $T$ (0: an arbitrary reference, 1: a universal frame) is 0.4 to 0.7 for activation matching "
            "and below 0.2 for weight matching, at width 128 or more",
            "$T$ above 0.4 by weight with two or more hidden layers, or below 0.2 by activation",
        ),
        Prediction(
            "null",
            r"matched by weight, $\cos(A', B')$ is within 0.03 of $\cos(A', C)\cos(B', C)$ at width 128 or more",
            "further from it in more than one of ten cases",
        ),
    ),
    PROTOCOL + " Ordered triples $(A, B; C)$ with $A$ before $B$; of many, 20 are drawn. Networks whose first weights are "
    "torch's own, smaller ones stand in the tables for comparison and are not counted.",
    "the expectations of this family's theory (derived here); the phenomenon is that of Csiszárik et al. 2023",
    (*CONTROLS, "scrambled: $C$ replaced by a network whose weights were shuffled, which shares nothing with anyone"),
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture."""
    if size == "digits":
        series, other, common = [[256], [64] * 2, [128] * 2], [[128] * 2], {"seeds": [1, 2, 3], "epochs": 80, "triples": 3}
    else:
        series, other = [[16], [128], [512], [64] * 2, [128] * 2, [512] * 2, [256] * 4], [[128] * 2, [512] * 2]
        common = {"seeds": [1, 2, 3, 4, 5, 6], "epochs": 80, "triples": 20}
    smaller = [{"widths": widths, "first": "torch", **common} for widths in other]
    return [{"widths": widths, **common} for widths in series] + smaller


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All matchers on the triples of one architecture."""
    nets = networks(config)
    triples = chosen_triples(len(nets.thetas), config["triples"])
    rows = {name: [_measured(nets, triple, match) for triple in triples] for name, match in _once(nets).items()}
    alone = {name: _by_scrambled(nets, match) for name, match in MATCHERS.items()}
    return Outcome({"triples": rows, "scrambled": alone, "controls": controls(config)})


def _by_scrambled(nets: Networks, match: Callable[[Pair], Matching]) -> dict[str, float | None]:
    """The index and the barrier by way of a network whose weights were shuffled, mean over disjoint pairs."""
    ways = [via(pair, scrambled(pair.theta_a), match) for pair in nets.pairs]
    barriers = [grid_barrier(nets.tested(each.pair)) for each in ways]
    return {"index": average([each.index for each in ways]), "barrier": float(np.mean(barriers))}


def chosen_triples(count: int, most: int) -> list[tuple[int, int, int]]:
    """Triples (a, b, c) of different networks with a < b: all, or `most` of them at random."""
    every = [triple for triple in itertools.permutations(range(count), 3) if triple[0] < triple[1]]
    if len(every) <= most:
        return every
    picked = generator("triples", count).choice(len(every), most, replace=False)
    return [every[int(number)] for number in sorted(picked)]


def _once(nets: Networks) -> dict[str, Callable[[Pair], Matching]]:
    """The matchers, each pair of networks matched once although it occurs in several triples."""
    kept: dict[tuple[str, int, int], Matching] = {}

    def matcher(name: str) -> Callable[[Pair], Matching]:
        def match(pair: Pair) -> Matching:
            key = (name, id(pair.theta_a), id(pair.theta_b))
            if key not in kept:
                kept[key] = MATCHERS[name](pair)
            return kept[key]

        return match

    return {name: matcher(name) for name in MATCHERS}


def _measured(nets: Networks, triple: tuple[int, int, int], match: Callable[[Pair], Matching]) -> dict[str, Any]:
    a, b, c = (nets.thetas[number] for number in triple)
    both = via(Pair(nets.train, a, b), c, match)
    letters = both.letters
    ways = {"unaligned": Pair(nets.train, a, b), "via": both.pair, "direct": both.direct}
    return {
        "triple": [number + 1 for number in triple],
        "index": both.index,
        "agreement": both.agreement,
        "cosine": letters["cosine"],
        "null": null_cosine(letters["rho_a"], letters["rho_b"]),
        "direct": letters["rho_direct"],
        "barriers": {name: grid_barrier(nets.tested(pair)) for name, pair in ways.items()},
        "midpoints": {name: scores(nets.test, _middle(pair)).accuracy for name, pair in ways.items()},
    }


def _middle(pair: Pair) -> Parameters:
    return chord_point(pair.theta_a, pair.theta_b, 0.5)


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the table of means and two figures."""
    parts = ordered(config["parts"])
    return answered(
        STUDY,
        findings(parts),
        [table(parts), control_table(parts)],
        [draw_bars(parts), draw_index(parts)],
        [*notes(parts), *control_notes(parts), *config["lost"]],
    )
