"""Check of B = sinh^4(u)/2 on one branch of w_1 w_2 = 1, B = cosh^4(u)/2 between the two [barrier/scalar_product_net]."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import sympy as sp

from toykit.barriers.measured import barrier, tolerance
from toykit.chord import profile
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.formula import Formula
from toykit.networks.scalar_product import W1, W2, minima, scalar_product
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/scalar_product_net"
SADDLE = 0.5
"""L(0, 0), for the target 1."""


def check(pair: Pair) -> Result:
    """B and the whole profile against u; between opposite branches B against the height of the saddle."""
    target = target_of(pair)
    if target is None:
        kind = getattr(pair.landscape, "name", type(pair.landscape).__name__)
        no = Outcome(False, f"the landscape is (w_1 w_2 - y)^2/2; got {kind}")
        return Result(SLUG, pair.name, (), {}, {"PRODUCT": no})
    ends = [_weights(pair, end) for end in "ab"]
    products = [first * second for first, second in ends]
    at_minima = target == 1 and all(abs(product - 1) <= ROUNDING for product in products)
    outcomes = {
        "PRODUCT": Outcome(True, f"the formula of the landscape, y = {target}"),
        "MINIMA": Outcome(at_minima, f"w_1 w_2 = {products[0]:.6g} and {products[1]:.6g} at the ends, y = {target}"),
    }
    if min(products) <= 0:
        return Result(SLUG, pair.name, (), {}, outcomes | {"MINIMA": Outcome(False, "an end has w_1 w_2 <= 0")})
    letters = _letters(ends)
    same = ends[0][0] * ends[1][0] > 0
    return Result(SLUG, pair.name, _comparisons(pair, letters, "same" if same else "opposite"), letters, outcomes)


def target_of(pair: Pair) -> sp.Rational | None:
    """y, if the landscape is the formula (w_1 w_2 - y)^2/2; else None."""
    landscape = pair.landscape
    if not isinstance(landscape, Formula) or landscape.symbols != (W1, W2):
        return None
    return _target(landscape.expr)


@cache
def _target(expr: sp.Expr) -> sp.Rational | None:
    target = -sp.diff(expr, W1, W2).subs({W1: 0, W2: 0})
    return target if sp.expand(expr - (W1 * W2 - target) ** 2 / 2) == 0 else None


def _weights(pair: Pair, end: str) -> tuple[float, float]:
    theta = pair.theta_a if end == "a" else pair.theta_b
    return float(theta["w_1"][0]), float(theta["w_2"][0])


def _letters(ends: list[tuple[float, float]]) -> dict[str, float]:
    """s = log(w_1/w_2)/2 on either branch, and u."""
    s_a, s_b = (math.log(first / second) / 2 for first, second in ends)
    return {"s_a": s_a, "s_b": s_b, "u": evaluate(SLUG, "half_difference", {"s_a": s_a, "s_b": s_b})}


def _comparisons(pair: Pair, letters: dict[str, float], branch: str) -> tuple[Comparison, ...]:
    found, curve = barrier(pair), profile(pair)
    allowed = tolerance(pair, 1 + float(np.abs(curve.values).max()))
    predicted = evaluate(SLUG, f"{branch}_at", letters | {"t": curve.ts})
    worst = int(np.abs(curve.gap - predicted).argmax())
    measured = Number.exact(float(curve.gap[worst]), f"the value at t = {curve.ts[worst]:.4g}")
    comparisons = (
        Comparison("barrier", found, Relation.EQUAL, Number.exact(evaluate(SLUG, branch, letters)), allowed),
        Comparison("gap at its worst position", measured, Relation.EQUAL, Number.exact(float(predicted[worst])), allowed),
    )
    if branch == "same":
        return comparisons
    return (*comparisons, Comparison("saddle", found, Relation.AT_LEAST, Number.exact(SADDLE), allowed, 0.0))


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random minima: near and far ones, balanced and not, on either branch.

    Their barrier is searched, not solved exactly: the ends have 53 binary digits, and the middle is on every grid.
    """
    searched = Formula((W1 * W2 - 1) ** 2 / 2, (W1, W2), "scalar product")
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        middle, u = draw.uniform(-1, 1), draw.uniform(-2, 2) * draw.choice([0.1, 1.0])
        pair = minima(middle + u, middle - u, same_branch=bool(draw.random() < 0.5))
        yield Pair(searched, pair.theta_a, pair.theta_b, pair.name)


def extremal() -> Iterator[Pair]:
    """Always equal; on opposite branches u = 0 passes over the saddle at height 1/2."""
    yield minima(0.0, 0.0, same_branch=False)
    for u in (0.25, 0.5, 1.0):
        yield minima(u, -u)
        yield minima(u, -u, same_branch=False)


def necessity() -> Iterator[tuple[str, Pair]]:
    """The same chord over the saddle, with the target 0: the ends are not minima, and the gap is negative."""
    net = scalar_product(0)
    yield "MINIMA", Pair(net, net.point(w_1=1.0, w_2=1.0), net.point(w_1=-1.0, w_2=-1.0), "target 0")
