"""Both sides of the second-order law: the mean excess of random combinations against half the variance times the block trace.

How the mean is taken depends on the pair. A polynomial of degree at most 4 (fact `degree`) with few blocks is enumerated,
and the terms of order 2 to 4 are its whole excess. Few blocks of any other loss are enumerated at three radii, many are
drawn: 32 antithetic pairs, a number fixed beforehand (on a 64-64-10 network about two seconds, and a standard error of the
trace of some per cent). The second-order coefficient is extrapolated from the losses and compared with the curvature along
the same draws, so that the noise of the sample cancels; the error bar is three standard errors of the difference plus what
the extrapolation leaves. Where lambda is drawn per element, the tensors are enumerated as well: no sample at all.

Facts of a pair that the check reads: `law` and `granularity` (over the arguments), `degree`, and `drawn`, the granularity
in which lambda really varied where that is not the one the law is asserted for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from toykit.checks.by_type import analytic
from toykit.checks.combinability import _pairs
from toykit.combining.draws import Mixing, expectation, mixing
from toykit.combining.excess import RADII, Excess, enumerated_excess, sampled_excess
from toykit.combining.taylor import terms
from toykit.combining.trace import FEW, block_hessian, block_trace
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/second_order_law"
DRAWS = 32
POINTS = 1024  # an enumeration of more points takes longer than a sample is worth


def check(pair: Pair, *, law: str = "bernoulli(0.5)", granularity: str = "element", draws: int = DRAWS) -> Result:
    """E L(Theta(lambda)) - L(Theta_m) = (v/2) sum_b Delta_b^T H_bb Delta_b + R on a pair, for a law and a granularity."""
    asserted = mixing(pair, pair.facts.get("law", law), pair.facts.get("granularity", granularity))
    drawn = mixing(pair, asserted.law.spec, pair.facts.get("drawn", asserted.blocks.granularity))
    letters = {"t": asserted.law.mean, "v": asserted.law.variance, "mu_3": asserted.law.mu_3, "mu_4": asserted.law.mu_4}
    comparisons: list[Comparison] = []
    extra: dict[str, Any] = {
        "law": asserted.law.spec,
        "granularity": asserted.blocks.granularity,
        "blocks": asserted.blocks.count,
    }
    few = asserted.blocks.count <= FEW and asserted.points <= POINTS
    degree = int(pair.facts.get("degree", 0))
    if few and 0 < degree <= 4:
        comparisons += _polynomial(asserted, drawn, degree, letters)
    else:
        found = enumerated_excess(drawn) if few else sampled_excess(drawn, draws)
        together = asserted.blocks.slots == drawn.blocks.slots
        letters["trace"] = _trace(found, asserted) if together else block_trace(asserted, draws).value
        comparisons.append(_extrapolated("second-order coefficient", found, asserted, letters, few))
        extra |= _reported(found, asserted.law.variance)
        tensors = mixing(pair, asserted.law.spec, "tensor")
        if not few and 1 < tensors.blocks.count <= 6 and tensors.points <= POINTS:
            whole = enumerated_excess(tensors)
            by_tensor = letters | {"trace": _trace(whole, tensors)}
            comparisons.append(_extrapolated("the same, one lambda per tensor", whole, tensors, by_tensor, True))
            extra["tensor"] = _reported(whole, tensors.law.variance)
    if few:
        comparisons += _common_lambda(asserted, letters)
    return Result(SLUG, pair.name, tuple(comparisons), letters, _assumptions(pair, asserted, drawn), extra)


def _polynomial(asserted: Mixing, drawn: Mixing, degree: int, letters: dict[str, float]) -> Iterator[Comparison]:
    """The whole excess of a polynomial of degree <= 4 against its terms of order 2 to 4, without a remainder."""
    landscape, m = asserted.pair.landscape, asserted.law.mean
    mean, base = expectation(drawn), landscape.loss(asserted.centre)
    found = terms(asserted)
    letters |= {"trace": found.trace, "third": found.third, "quartic": found.quartic, "mixed": found.mixed}
    size = max(1.0, abs(mean), abs(base), abs(found.trace), abs(found.third), abs(found.quartic), abs(found.mixed))
    tolerance = _precision(asserted) * size * asserted.blocks.count
    excess = Number.exact(mean - base, "every value of lambda enumerated")
    even = "excess" if degree <= 2 else "excess_quartic"
    name = "mean excess" if degree <= 2 else "mean excess, orders 2 and 4"
    yield Comparison(name, excess, Relation.EQUAL, Number.exact(evaluate(SLUG, even, letters)), tolerance)
    if asserted.law.mu_3 and degree > 2:
        odd = evaluate(SLUG, even, letters) + evaluate(SLUG, "order_3", letters)
        yield Comparison("mean excess, orders 2, 3 and 4", excess, Relation.EQUAL, Number.exact(odd), tolerance)
    if degree <= 2:
        letters["along"] = landscape.curvature(asserted.centre, asserted.delta)
        line = (1 - m) * landscape.loss(asserted.pair.theta_a) + m * landscape.loss(asserted.pair.theta_b)
        above = Number.exact(mean - line, "every value of lambda enumerated")
        gap = Number.exact(evaluate(SLUG, "gap_quadratic", letters))
        yield Comparison("mean above the chord", above, Relation.EQUAL, gap, tolerance)


def _extrapolated(name: str, found: Excess, asserted: Mixing, letters: dict[str, float], enumerated: bool) -> Comparison:
    """The extrapolated coefficient of t^2 against (v/2) trace; the error bar belongs to their difference."""
    how = "every value of lambda enumerated" if enumerated else f"{found.draws} draws, antithetic where the law is symmetric"
    radii = ", ".join(f"{t:g}" for t in RADII[-3:])
    error = 3 * found.paired_error + found.remainder
    measured = Number.estimated(found.measured, f"{how}; extrapolated from the radii {radii}", error)
    predicted = Number.estimated(evaluate(SLUG, "excess", letters), f"{how}; curvature along the same draws")
    scale = max(1.0, abs(found.measured), abs(asserted.pair.landscape.loss(asserted.centre)))
    # the differences of losses are divided by 3 t^2 / 17 at the smaller of the two extrapolated radii
    tolerance = _precision(asserted) * scale * 17 / (3 * RADII[-2] ** 2)
    return Comparison(name, measured, Relation.EQUAL, predicted, tolerance)


def _trace(found: Excess, mixed: Mixing) -> float:
    """Half the curvature along the draws has the mean (v/2) trace."""
    return 2 * found.predicted / mixed.law.variance if mixed.law.variance else 0.0


def _common_lambda(asserted: Mixing, letters: dict[str, float]) -> Iterator[Comparison]:
    """Item 5, where the Hessian between blocks is positive semidefinite: one common lambda costs at most n times as much."""
    between = block_hessian(asserted)
    size = float(np.abs(between).max())
    if not size or not asserted.law.variance or float(np.linalg.eigvalsh(between).min()) < -ROUNDING * size:
        return
    letters["along"], n = float(between.sum()), asserted.blocks.count
    common = Number.exact(asserted.law.variance / 2 * letters["along"], "curvature along Delta")
    bound = Number.exact(n * evaluate(SLUG, "excess", letters | {"trace": float(np.trace(between))}), f"{n} blocks")
    yield Comparison("one common lambda", common, Relation.AT_MOST, bound, _precision(asserted) * size * n**2)


def _reported(found: Excess, variance: float) -> dict[str, Any]:
    """Numbers for information: never a passed claim."""
    return {
        "excess": float(found.values[0]),
        "measured_over_predicted": {f"{t:g}": found.ratio(i) for i, t in enumerate(RADII)},
        "trace_standard_error": 2 * found.spread / variance if variance else 0.0,
        "draws": found.draws,
    }


def _assumptions(pair: Pair, asserted: Mixing, drawn: Mixing) -> dict[str, Outcome]:
    apart = asserted.blocks.slots == drawn.blocks.slots
    independent = "one draw per block" if apart else f"lambda is common to each {drawn.blocks.granularity} block"
    symmetric = f"{asserted.law.spec} is {'' if asserted.law.symmetric else 'not '}symmetric about its mean"
    return {
        "SMOOTH": analytic(pair),
        "INDEPENDENT": Outcome(apart, independent),
        "SYMMETRIC": Outcome(asserted.law.symmetric, symmetric),
    }


def _precision(mixed: Mixing) -> float:
    return TORCH32 if mixed.pair.landscape.traits.precision == "float32" else ROUNDING


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Quadratics close to equal blocks, deep linear networks (degree 4), and tanh networks small and wide."""
    return _pairs.cases(count, seed)


def extremal() -> Iterator[Pair]:
    """A quadratic, where nothing remains, with equal blocks, where one common lambda costs n times as much; and a quartic."""
    yield _pairs.equal_blocks()
    yield _pairs.quartic()


def necessity() -> Iterator[tuple[str, Pair]]:
    """A kink at the midpoint; one lambda for all where independence is asserted; an asymmetric law on the quartic."""
    yield "SMOOTH", _pairs.kink()
    yield "INDEPENDENT", _pairs.equal_blocks(drawn="global")
    yield "SYMMETRIC", _pairs.quartic(law="bernoulli(0.25)")
