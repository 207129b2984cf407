"""Both sides of the geometry of random vertices: distances, angles, norms and cosines of Theta(lambda), bernoulli(1/2).

With at most 5 blocks all ordered pairs of vertices are visited and every comparison is exact. Otherwise 20 pairs are drawn,
a number fixed beforehand, and the error bars are five standard deviations: the claim's letters give each of them in closed
form, so no spread is estimated from the draws themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from toykit.checks.combinability import _pairs
from toykit.combining.draws import Mixing, mixing
from toykit.combining.vertices import SPEC, Vertices, vertices
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.parameters import Parameters
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/hypercube_sphere"
DRAWS = 20


def check(pair: Pair, *, granularity: str = "element", draws: int = DRAWS) -> Result:
    """|Theta - mid| = |Delta|/2 at vertices, their right angle, mean squared norm, mean inner product, squared cosine."""
    asserted = mixing(pair, SPEC, pair.facts.get("granularity", granularity))
    drawn = vertices(pair, asserted.blocks.granularity, draws)
    letters, spreads = _letters(asserted), _spreads(asserted, drawn)
    table = np.array([_measured(asserted, letters["Delta_norm"], first, second) for first, second in drawn])
    means = table.mean(axis=0)
    note = f"all {drawn.count} ordered pairs of vertices" if drawn.exact else f"{drawn.count} pairs of random vertices"
    relative = TORCH32 if pair.landscape.traits.precision == "float32" else ROUNDING
    size = max(1.0, letters["norm_a"] ** 2 + letters["norm_b"] ** 2)

    def equal(name: str, value: float, bound: float, sd: float = 0.0, scale: float = size) -> Comparison:
        measured = Number.estimated(value, note, 5 * sd) if sd else Number.exact(value, note)
        return Comparison(name, measured, Relation.EQUAL, Number.exact(bound), relative * scale)

    def formula(name: str) -> float:
        return float(evaluate(SLUG, name, letters))

    comparisons = [
        equal(
            "squared distance from the midpoint, the worst vertex",
            _worst(table[:, 0], formula("vertex_distance")),
            formula("vertex_distance"),
        ),
        equal("inner product under the right angle, the worst vertex", _worst(table[:, 1], 0.0), 0.0),
        equal("mean squared norm of vertices", float(means[2]), formula("vertex_mean_square"), spreads[0]),
        equal("mean inner product of two vertices", float(means[3]), formula("inner_product"), spreads[1]),
    ]
    extra: dict[str, float] = {"blocks": asserted.blocks.count, "pairs": drawn.count}
    if letters["Delta_norm"]:
        squared = formula("cosine_variance")
        comparisons.append(equal("mean squared cosine about the midpoint", float(means[4]), squared, spreads[2], 1.0))
        extra |= {"mean_cosine": float(means[5]), "cosbar": formula("cosbar")}
    return Result(SLUG, pair.name, tuple(comparisons), letters, _assumptions(asserted, drawn), extra)


def _letters(mixed: Mixing) -> dict[str, float]:
    pair, delta = mixed.pair, mixed.delta
    norm_a, norm_b = pair.theta_a.norm(), pair.theta_b.norm()
    letters = {
        "t": mixed.law.mean,
        "v": mixed.law.variance,
        "Delta_norm": delta.norm(),
        "norm_a": norm_a,
        "norm_b": norm_b,
        "norm_m": mixed.centre.norm(),
        "Delta_4": float((mixed.blocks.inner(delta, delta) ** 2).sum()),
    }
    return letters | ({"cosine": pair.theta_a.dot(pair.theta_b) / (norm_a * norm_b)} if norm_a * norm_b else {})


def _spreads(mixed: Mixing, drawn: Vertices) -> tuple[float, float, float]:
    """Standard deviations of the three means: squared norm and inner product exactly, squared cosine at most."""
    if drawn.exact:
        return 0.0, 0.0, 0.0
    v, n = mixed.law.variance, drawn.count
    along = float((mixed.blocks.inner(mixed.centre, mixed.delta) ** 2).sum())
    fourth = float((mixed.blocks.inner(mixed.delta, mixed.delta) ** 2).sum())
    # a sum S of independent signs with fixed weights has E S^4 <= 3 (E S^2)^2, so Var S^2 <= 2 (E S^2)^2
    cosine = math.sqrt(2 / n) * fourth / mixed.delta.norm() ** 4 if fourth else 0.0
    return math.sqrt(4 * v * along / (2 * n)), math.sqrt((2 * v * along + v**2 * fourth) / n), cosine


def _measured(mixed: Mixing, length: float, first: Parameters, second: Parameters) -> tuple[float, ...]:
    """|p - mid|^2, <p - theta_a, theta_b - p>, squared norm, inner product, squared cosine about mid, cosine about 0."""
    pair, inner = mixed.pair, first.dot(second)
    from_centre, other = first - mixed.centre, second - mixed.centre
    squares, norms = (first.dot(first), second.dot(second)), first.norm() * second.norm()
    return (
        from_centre.dot(from_centre),
        (first - pair.theta_a).dot(pair.theta_b - first),
        sum(squares) / 2,
        inner,
        (4 * from_centre.dot(other) / length**2) ** 2 if length else 0.0,
        inner / norms if norms else 0.0,
    )


def _worst(values: Floats, expected: float) -> float:
    return float(values[np.abs(values - expected).argmax()])


def _assumptions(asserted: Mixing, drawn: Vertices) -> dict[str, Outcome]:
    facts = asserted.pair.facts
    held, repeated = facts.get("held") == "yes", facts.get("repeated") == "yes"
    apart = asserted.blocks.slots == drawn.drawn.blocks.slots
    blocks = "one draw per block" if apart else f"lambda is common to each {drawn.drawn.blocks.granularity} block"
    return {
        "ONE_LAW": Outcome(not held, "the first block is held at lambda = 1" if held else f"{SPEC} for every block"),
        "TWO_DRAWS": Outcome(not repeated, "one draw taken twice" if repeated else "two draws with seeds of their own"),
        "BLOCKS": Outcome(apart, blocks),
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Small pairs, whose vertices are all visited, and larger ones, from which they are drawn."""
    return _pairs.cases(count, seed)


def extremal() -> Iterator[Pair]:
    """The identity holds on every pair; the integer points (1,2,2) and (2,-1,2) have 8 vertices to be checked by hand."""
    yield _pairs.integers()


def necessity() -> Iterator[tuple[str, Pair]]:
    """One coordinate held at the second endpoint; one draw used twice; one lambda for all."""
    yield "ONE_LAW", _pairs.integers(held="yes")
    yield "TWO_DRAWS", _pairs.integers(repeated="yes")
    yield "BLOCKS", _pairs.integers(drawn="global")
