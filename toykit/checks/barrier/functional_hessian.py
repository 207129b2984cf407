"""Check of B <= max_a ∫ G(a,t) max(0,-FH) dt and of |E_k(a)| <= a(1-a)/2 sup|z_k''| [barrier/functional_hessian]."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.arrays import to_numpy
from toykit.barriers.measured import barrier, tolerance, trivial_barrier
from toykit.checks.barrier._outputs import chosen_outputs, network_pair, without_outputs
from toykit.checks.barrier.bregman_identity import necessity as without_convexity
from toykit.curvature import kinks
from toykit.curvature.functional import POINTS, FunctionalNodes, functional_nodes
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.designed import designed
from toykit.networks.fixtures import fold
from toykit.outputs import OutputChord
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/functional_hessian"
QUARTERS = (1, 2, 3)


def check(pair: Pair, points: int = POINTS) -> Result:
    """B against both bounds, the sign of the Gauss-Newton part, and the output error at 1/2 against the largest |z''|."""
    try:
        found, chord = functional_nodes(pair, points), OutputChord(pair)
    except InputError as reason:
        return without_outputs(SLUG, pair, "CONVEX", reason)
    traits, measured = pair.landscape.traits, barrier(pair)
    trivial = trivial_barrier(pair)
    curvatures = _curvatures(pair, found)
    ends = [pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
    scale = max(*map(abs, ends), float(np.abs(found.functional).max()), float(np.abs(curvatures).max()), measured.hi)
    allowed = tolerance(pair, scale)
    error = float(np.abs(to_numpy(chord.at(0.5).error)).max())
    letters = {"a": 0.5, "K": found.largest, "functional": float(found.functional.min())}
    size = max(float(np.abs(to_numpy(z)).max()) for z in (chord.start, chord.end, chord.at(0.5).here))
    output_bound = Number.estimated(evaluate(SLUG, "output_error", letters), f"largest |z''| at {points} positions")
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            Comparison("barrier", measured, Relation.AT_MOST, found.bound(), allowed, trivial),
            Comparison("barrier, example by example", measured, Relation.AT_MOST, found.bound(by_example=True), allowed, trivial),
            _gauss_newton(found, curvatures, allowed),
            Comparison("output error at 1/2", Number.exact(error), Relation.AT_MOST, output_bound, tolerance(pair, size)),
        ),
        letters=letters,
        assumptions={
            "CONVEX": Outcome(traits.convex_in_outputs, f"the loss is {traits.loss}, by type"),
            "C11": kinks(pair).outcome,
        },
        extra={"positions": found.ts.tolist(), "functional part": found.functional.tolist()},
    )


def _curvatures(pair: Pair, found: FunctionalNodes) -> np.ndarray:
    """phi'' at 1/4, 1/2, 3/4, from the landscape's own jet."""
    step = (len(found.ts) - 1) // 4
    ts = [float(found.ts[index * step]) for index in QUARTERS]
    return np.array([pair.landscape.jet(pair.theta_a, pair.theta_b, t).curvature for t in ts])


def _gauss_newton(found: FunctionalNodes, curvatures: np.ndarray, allowed: float) -> Comparison:
    """phi'' - FH >= 0, at the lowest of three positions."""
    step = (len(found.ts) - 1) // 4
    parts = curvatures - found.functional[[index * step for index in QUARTERS]]
    lowest = Number.exact(float(parts.min()), f"phi'' - FH at t = {found.ts[step * int(parts.argmin())]:g}")
    return Comparison("Gauss-Newton part at its lowest", lowest, Relation.AT_LEAST, Number.exact(0.0), allowed)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Chosen outputs and tanh networks, with the squared loss and with cross-entropy."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        loss = SquaredLoss() if number % 2 else CrossEntropy()
        if number % 4 < 2:
            yield chosen_outputs(draw, loss, f"chosen outputs {number}")
        else:
            yield network_pair(draw, loss, "tanh", f"networks {number}")


def extremal() -> Iterator[Pair]:
    """z'' constant: |E(1/2)| = |z''|/8; the two products of the squared loss, whose bound is 5/3 of the barrier."""
    one = np.array([[1.0]])
    yield designed(one, one, [[-1.0]], one, SquaredLoss(), "opposite branches")
    yield designed(one, one, [[0.125]], one, SquaredLoss(), "one branch")


def necessity() -> Iterator[tuple[str, Pair]]:
    """A loss that is not convex, with outputs linear in t; and the fold net, whose z'' sits in a kink."""
    yield from without_convexity()
    yield "C11", fold()
