"""Both sides of the bounds for two networks matched to a third, `others[0]`: distance, barrier, cosine, and the null model.

A pair that brings no third network is given an arbitrary reference, a scrambled copy of theta_a: the bounds must hold for any.
Where the profile has kinks the barrier is not bounded by curvature, and not compared (fact `asserted` = `smooth` compares it
all the same). The mean cosine over B' and its mirror image at C is that of the null model; fact `drawn` = `twice` takes B'
itself for its mirror image. For information: the transitivity index, with the control of a scrambled reference, and barriers
unmatched, by way of C and direct.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from toykit.barriers.measured import barrier, gap, tolerance, trivial_barrier
from toykit.checks.by_size import fewer
from toykit.chord import grid
from toykit.curvature import curvature_range, kinks
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.matching.group import brought, networks, scrambled
from toykit.matching.rebasin import rebasin
from toykit.matching.transitivity import Via, cosine, mirrored, via
from toykit.networks.formula import Polynomial
from toykit.networks.mlp import MLP
from toykit.networks.spline import Spline
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/transitivity_bound"
NODES, POINTS, FEWER = 41, 11, 5
X = sp.symbols("x_1:4", real=True)


def check(pair: Pair, *, nodes: int = NODES) -> Result:
    """|A'-B'|, the barrier between A' and B', and cos(A', B') against what is known of their common reference."""
    found = via(pair, networks(pair, 3)[2])
    letters = found.letters
    broken = kinks(found.pair).outcome
    asserted = broken.holds is not False or pair.facts.get("asserted") == "smooth"
    twice = pair.facts.get("drawn") == "twice"
    assumptions = {"NULL": Outcome(not twice, "B' is taken for its mirror image" if twice else "both are counted once")}
    comparisons = [*_distances(found, letters), *_cosines(found, letters, twice)]
    if asserted:
        bounds, curvature = _barriers(found, letters, nodes)
        comparisons += bounds
        assumptions |= {"SMOOTH": broken, "CURVATURE": curvature}
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, _reported(pair, found, asserted))


def _distances(found: Via, letters: dict[str, float]) -> Iterator[Comparison]:
    a, b = found.pair.theta_a.norm(), found.pair.theta_b.norm()
    near = tolerance(found.pair, max(1.0, a, b, found.reference.norm()))
    measured, bound = Number.exact(letters["Delta_norm"]), Number.exact(evaluate(SLUG, "distance", letters))
    yield Comparison("distance", measured, Relation.AT_MOST, bound, near, trivial=a + b)


def _cosines(found: Via, letters: dict[str, float], twice: bool) -> Iterator[Comparison]:
    relative = TORCH32 if found.pair.landscape.traits.precision == "float32" else ROUNDING
    near = math.sqrt(relative)  # sqrt(1 - rho^2) turns an error of rho = 1 into its square root
    measured = Number.exact(letters["cosine"])
    for name, relation, trivial in (("low", Relation.AT_LEAST, -1.0), ("high", Relation.AT_MOST, 1.0)):
        bound = Number.exact(evaluate(SLUG, f"cosine_{name}", letters))
        yield Comparison(f"cosine, {name} end", measured, relation, bound, near, trivial)
    if found.reference.norm():
        other = found.pair.theta_b if twice else mirrored(found.pair.theta_b, found.reference)
        mean = (letters["cosine"] + cosine(found.pair.theta_a, other)) / 2
        yield Comparison(
            "mean cosine over both sides of C", Number.exact(mean), Relation.EQUAL, Number.exact(_null(letters)), relative
        )


def _null(letters: dict[str, float]) -> float:
    return float(evaluate(SLUG, "null", letters))


def _barriers(found: Via, letters: dict[str, float], nodes: int) -> tuple[list[Comparison], Outcome]:
    """The barrier between A' and B' against both bounds, with beta as an enclosure or an estimate."""
    pair, curvature = found.pair, curvature_range(found.pair, nodes)
    length_2 = letters["Delta_norm"] ** 2
    ends = [max(0.0, -value) / length_2 if length_2 else 0.0 for value in (curvature.lowest.hi, curvature.lowest.lo)]
    letters["beta"] = ends[1]
    scale = max(1.0, curvature.scale, *(abs(pair.landscape.loss(theta)) for theta in (pair.theta_a, pair.theta_b)))
    near, trivial, measured = tolerance(pair, scale), trivial_barrier(pair), barrier(pair)
    compared = []
    for name, formula in (("barrier", "barrier"), ("barrier, by way of C", "barrier_via")):
        lo, hi = (float(evaluate(SLUG, formula, letters | {"beta": beta})) for beta in ends)
        bound = Number(lo, hi, curvature.lowest.trust, curvature.lowest.note)
        compared.append(Comparison(name, measured, Relation.AT_MOST, bound, near, trivial))
    return compared, curvature.outcome


def _reported(pair: Pair, found: Via, asserted: bool) -> dict[str, Any]:
    ts = grid(fewer(pair, POINTS, FEWER))
    return {
        "third network": brought(pair, 3),
        "index": found.index,
        "index by way of a scrambled network": via(pair, scrambled(pair.theta_a)).index,
        "null cosine": _null(found.letters),
        "null cosine of the steps": float(evaluate(SLUG, "null_steps", found.letters)),
        "cosine of the steps": cosine(found.pair.theta_a - found.reference, found.pair.theta_b - found.reference),
        "agreement with the direct matching": found.agreement,
        "curvature bound": "compared" if asserted else "not asserted: the profile has kinks",
        f"largest gap of {ts.size} positions": {
            name: float(gap(chord, ts).max())
            for name, chord in (("unmatched", pair), ("by way of C", found.pair), ("direct", found.direct))
        },
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """In turn: nearly concave parabolas, three smooth networks, noisy permuted copies of one, a spline, a ReLU triple."""
    for number in range(count):
        stream = generator(f"transitivity case {seed}", number)
        match number % 5:
            case 0:
                yield _parabola(stream, f"parabola #{number}")
            case 3:
                yield _spline(stream, f"spline #{number}")
            case kind:
                yield _networks(stream, ("", "tanh", "tanh", "", "relu")[kind], kind == 2, number)


def _parabola(stream: np.random.Generator, name: str) -> Pair:
    """C between A' and B', but for some noise; L = -(beta/2)|x - C|^2 tilted a little."""
    bend, tilt = float(stream.uniform(0.5, 3)), 10.0 ** stream.uniform(-6, 0)
    centre, direction = stream.standard_normal(3), stream.standard_normal(3)
    slopes = tilt * stream.standard_normal(3)
    bends, tilts = sp.Rational(bend) / 2, map(sp.Rational, slopes.tolist())
    pieces = [s * x - bends * (x - sp.Rational(c)) ** 2 for x, c, s in zip(X, centre.tolist(), tilts, strict=True)]
    net = Polynomial(sp.Add(*pieces), X, name)
    steps = [sign * stream.uniform(0.5, 2) * direction + tilt * stream.standard_normal(3) for sign in (-1, 1)]
    points = [
        net.point(**dict(zip(net.names, map(float, values), strict=True))) for values in (*(centre + s for s in steps), centre)
    ]
    return Pair(net, points[0], points[1], name, others=(points[2],))


def _spline(stream: np.random.Generator, name: str) -> Pair:
    bends = [int(bend) for bend in stream.integers(-8, 5, 3)]
    pair = Spline.of_curvature([0, Fraction(1, 3), Fraction(2, 3), 1], bends, int(stream.integers(-3, 4)), name=name).pair()
    return replace(pair, others=(pair.theta_b * float(stream.uniform(0.1, 1.2)),))


def _networks(stream: np.random.Generator, activation: str, planted: bool, number: int) -> Pair:
    widths = ((6,), (4, 5))[number // 5 % 2]
    labels = np.arange(12) % 3
    wide = number // 10 % 2 == 0
    data = Data(stream.standard_normal((12, 3)), *((labels, 3) if wide else (stream.standard_normal((12, 3)),)))
    net = MLP((3, *widths, 3), activation, CrossEntropy() if wide else SquaredLoss(), data)
    first, second, third = (net.draw(stream) for _ in range(3))
    if planted:
        noise = 10.0 ** stream.uniform(-4, 0)
        perms = [{layer: stream.permutation(width) for layer, width in enumerate(widths, start=1)} for _ in range(2)]
        first, second = (rebasin(net, third, perm) + theta * noise for perm, theta in zip(perms, (first, second), strict=True))
    name = f"{activation} {'-'.join(map(str, net.sizes))} #{number}"
    return Pair(net, first, second, name, others=(third,))


def extremal() -> Iterator[Pair]:
    """L = -2|x - C|^2 with C between A' and B' meets both bounds; two networks beside e_1 meet the lower end of the cosine."""
    x = X[0]
    net = Polynomial(-2 * (x - 3) ** 2, (x,), "-2(x - 3)^2")
    points = [net.point(x_1=float(value)) for value in (2, 5, 3)]
    yield Pair(net, points[0], points[1], net.name, others=(points[2],))
    yield beside(-0.8, 0.0)


def beside(second: float, third: float) -> Pair:
    """C = e_1, A' = (0.6, 0.8, 0) and B' = (0.6, second, third), with L = |x|^2."""
    net = Polynomial(sp.Add(*(x**2 for x in X)), X, "|x|^2")
    rows = ((0.6, 0.8, 0.0), (0.6, second, third), (1.0, 0.0, 0.0))
    points = [net.point(**dict(zip(net.names, row, strict=True))) for row in rows]
    return Pair(net, points[0], points[1], "three unit vectors", others=(points[2],))


def necessity() -> Iterator[tuple[str, Pair]]:
    """-2|theta - 1/2| by way of its kink; the same network counted twice."""
    half = Fraction(1, 2)
    peak = Spline([0, half, 1], [(-1, 2), (1, -2)], "-2|theta - 1/2|").pair()
    yield "SMOOTH", replace(peak, others=(peak.theta_b * 0.5,), facts={"asserted": "smooth"})
    yield "NULL", replace(beside(0.8, 0.0), facts={"drawn": "twice"})
