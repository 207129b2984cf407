"""Check of g(a) = -∫ G(a,t) phi''(t) dt - sum_k G(a,t_k) J_k, position by position and on average [barrier/green_identity]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from toykit import tolerances
from toykit.barriers.measured import gap, tolerance
from toykit.checks.barrier._chords import kinked_chord, smooth_chords, unlisted_kink
from toykit.curvature import CurvatureNodes, Kinks, curvature_nodes, kinks
from toykit.curvature.tent import gauss_nodes
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.spline import Spline
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/green_identity"
HALF = Fraction(1, 2)
TIPS = (0.5, 0.25, 0.75)


def check(pair: Pair, nodes: int = 20) -> Result:
    """g(a) at three positions against the tent integral of phi'', by Gauss-Legendre with `nodes` per panel.

    Kinks count as point masses; where the exact engine lists them it also gives phi'' on the pieces between, so that the
    right side is its own and the left is measured. Where the kinks are not known they are left out, and the residual
    measures them.
    """
    found = kinks(pair)
    if found.exact is not None:
        nodes = min(nodes, found.exact.degree + 1)  # two more than phi'' needs: its last coefficients, the error bar, vanish
    sampled = curvature_nodes(pair, sorted({0.0, *TIPS, *found.breaks, 1.0}), nodes, found.exact)
    gaps = gap(pair, np.array(TIPS))
    losses = [pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
    scale = max(float(np.abs(sampled.values).max()), *map(abs, losses), float(np.abs(gaps).max()))
    allowed = max(tolerances.QUADRATURE * scale, tolerance(pair, scale))
    comparisons = []
    for a, measured in zip(TIPS, gaps, strict=True):
        comparisons.append(
            Comparison(
                f"gap at {a:g}",
                Number.exact(float(measured), f"the value at a = {a:g}"),
                Relation.EQUAL,
                _tent_side(sampled, found, a),
                allowed,
            )
        )
    comparisons.append(_average(pair, sampled, found, allowed))
    residual = comparisons[0].measured.value - comparisons[0].bound.value
    alone = comparisons[0].measured.value + sampled.against_tent(TIPS[0]).value
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=tuple(comparisons),
        letters={"a": TIPS[0], "t": TIPS[0]},
        assumptions={
            "CONTINUOUS": Outcome(True, "activations and loss are continuous, by type"),
            "PIECEWISE": Outcome(found.known, found.how),
        },
        extra={
            "residual at 1/2": residual,
            "left by phi'' alone at 1/2": alone,
            "kinks": [list(kink) for kink in found.kinks],
        },
    )


def _average(pair: Pair, sampled: CurvatureNodes, found: Kinks, allowed: float) -> Comparison:
    """∫ g da = -∫ t(1-t)/2 phi'' dt - sum_k t_k(1-t_k)/2 J_k; it is a lower bound of B as well."""
    integral = sampled.against_area()
    jumps = sum(evaluate(SLUG, "area_kernel", {"t": t}) * jump for t, jump in found.kinks)
    measured = _mean_gap(pair, sampled, found)
    return Comparison(
        "average gap",
        measured,
        Relation.EQUAL,
        Number(-integral.hi - jumps, -integral.lo - jumps, integral.trust, integral.note),
        allowed,
    )


def _mean_gap(pair: Pair, sampled: CurvatureNodes, found: Kinks) -> Number:
    """∫ g da by Gauss-Legendre: at the nodes of phi'', or at as many per piece as a polynomial of known degree needs."""
    nodes = sampled.ts.shape[1] if found.exact is None else found.exact.degree // 2 + 1
    _, weights = np.polynomial.legendre.leggauss(nodes)
    ts = gauss_nodes(sampled.splits, nodes)
    means = gap(pair, ts.ravel()).reshape(ts.shape) @ weights / 2
    return Number.estimated(float(np.diff(sampled.splits) @ means), f"Gauss-Legendre, {ts.size} values of the gap")


def _tent_side(sampled: CurvatureNodes, found: Kinks, a: float) -> Number:
    """-∫ G(a,t) phi''(t) dt - sum_k G(a,t_k) J_k."""
    integral = sampled.against_tent(a)
    jumps = sum(evaluate(SLUG, "kernel", {"a": a, "t": t}) * jump for t, jump in found.kinks)
    return Number(-integral.hi - jumps, -integral.lo - jumps, integral.trust, integral.note)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords with two derivatives, and splines with kinks in turn."""
    for number, smooth in enumerate(smooth_chords(SLUG, count, seed)):
        yield smooth if number % 2 else kinked_chord(generator(f"{SLUG}/kinked", seed * 1_000_000 + number), f"kinked {number}")


def extremal() -> Iterator[Pair]:
    """An identity is always met: a smooth profile, one kink, and the fold net's profile with its kink known."""
    yield Spline([0, 1], [(0, 0, 0, 0, 1)], name="t^4").pair()
    yield Spline([0, HALF, 1], [(HALF, -1), (-HALF, 1)], name="|t - 1/2|").pair()
    yield Spline([0, HALF, 1], [(0, 0, 2), (2, -4, 2)], name="profile of the fold net").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """A kink that no derivative sees and no engine lists: the tent gives a negative number where the gap is positive."""
    yield "PIECEWISE", unlisted_kink()
