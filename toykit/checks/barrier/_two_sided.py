"""Comparisons of a claim of the form `lower_at(a) <= g(a) <= upper_at(a)`, `B <= upper` with m and M as its letters."""

from __future__ import annotations

import numpy as np

from toykit.barriers.measured import barrier, gap, tolerance, trivial_barrier
from toykit.chord import grid
from toykit.curvature import CurvatureRange, Kinks
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.verdict import Comparison, Number, Relation

POSITIONS: Floats = grid(41)[1:-1]
"""Where the pointwise bounds are compared; 1/2 is one of them."""


def compare_two_sided(
    pair: Pair, slug: str, curvature: CurvatureRange, *, sides: tuple[str, ...], counted: Kinks | None = None
) -> tuple[Comparison, ...]:
    """B against `upper`, g(1/2) and the gap at its worst position against `upper_at` and `lower_at`.

    `sides` names the sides that the assumptions of the pair allow: "upper", "lower". With `counted` kinks the formulas are
    those with the prefix `kinked_`. The worst position is the one with the least slack in units of a(1-a), in which both
    claims have the same form at every position.
    """
    masses = _masses(counted, curvature)
    prefix = "kinked_" if masses else ""
    gaps = gap(pair, POSITIONS)
    ends = [pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
    line = (1 - POSITIONS) * ends[0] + POSITIONS * ends[1]
    allowed = tolerance(pair, max(float(np.abs(gaps + line).max()), *map(abs, ends), curvature.scale))
    trivial = trivial_barrier(pair)
    found: list[Comparison] = []
    if "upper" in sides:
        upper = _numbers(slug, f"{prefix}upper", curvature, POSITIONS[:1], masses)[0]
        found.append(Comparison("barrier", barrier(pair), Relation.AT_MOST, upper, allowed, trivial))
    middle = int(np.flatnonzero(POSITIONS == 0.5)[0])
    for side in sides:
        relation, sign = (Relation.AT_MOST, 1.0) if side == "upper" else (Relation.AT_LEAST, -1.0)
        bounds = _numbers(slug, f"{prefix}{side}_at", curvature, POSITIONS, masses)
        slack = sign * (np.array([b.value for b in bounds]) - gaps) / (POSITIONS * (1 - POSITIONS))
        for index, where in ((middle, "gap at 1/2"), (int(slack.argmin()), "gap at its worst position")):
            measured = Number.exact(float(gaps[index]), f"the value at a = {POSITIONS[index]:.4g}")
            beyond = trivial if side == "upper" else _lowest_gap(pair, float(line[index]))
            found.append(Comparison(f"{where}, {side}", measured, relation, bounds[index], allowed, beyond))
    return tuple(found)


def _lowest_gap(pair: Pair, line: float) -> float | None:
    """What a loss that is never negative already says: g(a) >= -line(a)."""
    return -line if pair.landscape.traits.nonnegative else None


def _masses(counted: Kinks | None, curvature: CurvatureRange) -> dict[str, Floats | float]:
    """The letters of the kinks at `POSITIONS`; none where there are no kinks to count."""
    if counted is None or not counted.kinks:
        return {}
    return {
        "concave": counted.concave(POSITIONS),
        "convex": counted.convex(POSITIONS),
        "most_concave": counted.most_concave(curvature.lowest.lo),
    }


def _numbers(
    slug: str, name: str, curvature: CurvatureRange, positions: Floats, masses: dict[str, Floats | float]
) -> list[Number]:
    """The formula at every position, for the widest and the narrowest m, M that their evidence allows: it is monotone in both."""
    lowest, highest = curvature.lowest, curvature.highest
    letters = {"a": positions, "sigma": curvature.sigma, **masses}
    ends = np.zeros((2, len(positions)))  # adding to zeros spells a bound of -0.0 as 0.0
    ends[0] += evaluate(slug, name, letters | {"m": lowest.lo, "M": highest.hi})
    ends[1] += evaluate(slug, name, letters | {"m": lowest.hi, "M": highest.lo})
    trust, note = max(lowest.trust, highest.trust), f"m: {lowest.note}; M: {highest.note}"
    return [Number(float(lo), float(hi), trust, note) for lo, hi in zip(ends.min(axis=0), ends.max(axis=0), strict=True)]
