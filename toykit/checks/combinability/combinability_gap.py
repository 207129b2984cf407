"""Both sides of Gap = g(m) + Exc for a law of lambda, with the spread over draws, and where on the chord the draws centre.

The scalar gap g(m) comes from the profile of the chord, the mean loss from the combinations, so that the two sides share no
evaluation but the draws. Up to 512 values of lambda are enumerated, otherwise 40 are drawn, a number fixed beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from toykit.checks.by_size import fewer
from toykit.checks.combinability import _pairs
from toykit.combining.draws import Mixing, mixing
from toykit.combining.gap import Gap, combination_gap
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.tolerances import TORCH32, TORCH64
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/combinability_gap"
DRAWS, FEWER = 40, 20
"""Draws, and draws for a network whose passes take long."""


def check(pair: Pair, *, law: str = "bernoulli(0.5)", granularity: str = "element", draws: int | None = None) -> Result:
    """E L(Theta(lambda)) - [(1-m) L_a + m L_b] = g(m) + Exc, and the draws centre at position m."""
    mixed = mixing(pair, pair.facts.get("law", law), pair.facts.get("granularity", granularity))
    held, draws = pair.facts.get("held") == "yes", draws or fewer(pair, DRAWS, FEWER)
    found = combination_gap(mixed, draws, hold=1.0 if held else None)
    m = mixed.law.mean
    inside = np.array([0.0, m, 1.0]) if 0 < m < 1 else np.array([0.0, 1.0])
    phi = pair.landscape.profile(pair.theta_a, pair.theta_b, inside)
    line = (1 - m) * float(phi[0]) + m * float(phi[-1])
    gap_m = float(phi[1]) - line if 0 < m < 1 else 0.0
    letters = {"t": m, "L_a": float(phi[0]), "L_b": float(phi[-1]), "gap_m": gap_m, "excess": found.excess}
    note = "every value of lambda" if found.exact else f"{draws} draws, the same on both sides"
    measured = Number.exact(found.gap, note) if found.exact else Number.estimated(found.gap, note)
    size = max(1.0, float(np.abs(found.losses).max()), float(np.abs(phi).max()))
    relative = TORCH32 if pair.landscape.traits.precision == "float32" else TORCH64
    sum_of_both = Number.exact(evaluate(SLUG, "gap", letters))
    comparisons = [Comparison("gap of the combinations", measured, Relation.EQUAL, sum_of_both, relative * size)]
    if pair.delta.norm():
        centre = Number.estimated(found.progress, note, _spread(mixed, found, draws))
        comparisons.append(Comparison("position of the mean combination", centre, Relation.EQUAL, Number.exact(m), relative))
    law_of_blocks = "the first block is held at lambda = 1" if held else f"{mixed.law.spec} for every block"
    outcomes = {
        "FINITE": Outcome(True, f"all {found.losses.size} losses are finite"),
        "COMMON_MEAN": Outcome(not held, law_of_blocks),
    }
    return Result(SLUG, pair.name, tuple(comparisons), letters, outcomes, _reported(pair, mixed, found))


def _spread(mixed: Mixing, found: Gap, draws: int) -> float:
    """Five standard deviations of the mean position: its variance is v sum_b |Delta_b|^4/|Delta|^4 per draw."""
    if found.exact:
        return 0.0
    lengths = mixed.blocks.inner(mixed.delta, mixed.delta)
    return 5 * math.sqrt(mixed.law.variance * float((lengths**2).sum()) / draws) / float(lengths.sum())


def _reported(pair: Pair, mixed: Mixing, found: Gap) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "law": mixed.law.spec,
        "granularity": mixed.blocks.granularity,
        "draws": found.losses.size,
        "deviation": found.deviation,
        "quantiles": found.quantiles,
    }
    if found.errors is not None:
        errors = {"at_mean": pair.landscape.error(mixed.centre), "mean": float(found.weights @ found.errors)}
        extra["error"] = errors | {"a": pair.landscape.error(pair.theta_a), "b": pair.landscape.error(pair.theta_b)}
    return extra


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Polynomials and networks, some enumerated, some drawn."""
    return _pairs.cases(count, seed)


def extremal() -> Iterator[Pair]:
    """A quartic whose three numbers are -1 = -21/4 + 17/4, and a point of its chord, where the excess is 0."""
    yield _pairs.quartic()
    yield _pairs.quartic(law="constant(0.5)")


def necessity() -> Iterator[tuple[str, Pair]]:
    """One coordinate held at the second endpoint: the draws no longer centre at the mean of the law."""
    yield "COMMON_MEAN", _pairs.quartic(held="yes")
