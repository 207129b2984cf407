"""Check of B = h(r cos(A/2)) - h(r) for a loss that depends on the distance from theta_0 alone [barrier/radial_ring]."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import sympy as sp

from theory.symbols import rho
from toykit.barriers.measured import barrier, gap, tolerance
from toykit.checks.barrier._base import Base, seen_from_base
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.formula import Formula
from toykit.networks.radial import Radial, Ring, at_angle, hill
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/radial_ring"
RADII = 65


def check(pair: Pair) -> Result:
    """B and g(1/2) against h at two radii, read off on the ray from theta_0 through theta_a; rings against their formula."""
    radial, base = _radial(pair), seen_from_base(pair)
    if isinstance(base, Outcome):
        return Result(SLUG, pair.name, (), {}, {"RADIAL": Outcome(False, base.how)})
    letters = {"r": base.r_1, "angle": base.angle}
    inner = evaluate(SLUG, "middle_radius", letters)
    h = along_ray(pair, np.linspace(inner, base.r_1, RADII) / base.r_1)
    allowed = tolerance(pair, float(np.abs(h).max()) + base.r_1**2)
    found, drop = barrier(pair), Number.exact(float(h[0] - h[-1]), "the loss at two radii of one ray")
    middle = Number.exact(float(gap(pair, np.array([0.5]))[0]), "the value at t = 1/2")
    comparisons = [
        Comparison("barrier", found, Relation.EQUAL, drop, allowed),
        Comparison("gap at 1/2", middle, Relation.EQUAL, drop, allowed),
    ]
    landscape = pair.landscape
    if isinstance(landscape, Ring) and abs(base.r_1 - float(landscape.R)) <= allowed:
        letters["R"] = float(landscape.R)
        closed = Number.exact(evaluate(SLUG, "ring", letters))
        comparisons.append(Comparison("barrier of the ring", found, Relation.EQUAL, closed, allowed))
    outcomes = {"RADIAL": radial, "EQUAL_RADII": _equal_radii(base), "FALLING": _falling(h, allowed)}
    return Result(SLUG, pair.name, tuple(comparisons), letters, outcomes)


def along_ray(pair: Pair, shares: Floats) -> Floats:
    """L(theta_0 + share * (theta_a - theta_0)) for every share."""
    if pair.theta_0 is None:
        return np.empty(0)
    return pair.landscape.profile(pair.theta_0, pair.theta_a, shares)


def _radial(pair: Pair) -> Outcome:
    if not isinstance(pair.landscape, Radial):
        return Outcome(False, f"the formula of the landscape is not one of |theta|; got {type(pair.landscape).__name__}")
    centred = pair.theta_0 is not None and pair.theta_0.norm() == 0
    return Outcome(centred, f"h = {pair.landscape.h}, and the base of the pair is {'' if centred else 'not '}its centre")


def _equal_radii(base: Base) -> Outcome:
    return Outcome(abs(base.r_1 - base.r_2) <= ROUNDING * base.r_1, f"radii {base.r_1:.6g} and {base.r_2:.6g}")


def _falling(h: Floats, allowed: float) -> Outcome:
    rise = float(np.diff(h).max())
    return Outcome(rise <= allowed, f"the largest rise between {RADII} radii is {max(rise, 0.0):.3g}")


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Rings, hills and wells of even powers, at any angle, in two to five dimensions."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        dimension, angle = int(draw.integers(2, 6)), float(draw.uniform(0.01, math.pi))
        R = Fraction(int(draw.integers(1, 33)), 8)
        kind = number % 3
        if kind == 0:
            landscape: Radial = Ring(R, dimension)
        elif kind == 1:
            landscape = hill(dimension)
        else:
            R2 = sp.Rational(R.numerator, R.denominator) ** 2
            landscape = Radial((rho**2 - R2) ** 2 / 4, dimension, f"quartic ring of radius {R}")
        yield at_angle(landscape, float(R), float(R), angle)


def extremal() -> Iterator[Pair]:
    """Always equal: the unit ring at four angles and the hill at a right angle."""
    for degrees in (60, 90, 120, 180):
        yield at_angle(Ring(), 1.0, 1.0, math.radians(degrees))
    yield at_angle(hill(), 1.0, 1.0, math.radians(90))


def necessity() -> Iterator[tuple[str, Pair]]:
    """Unequal radii; a chord that starts outside the ring; an ellipse in place of the ring."""
    yield "EQUAL_RADII", at_angle(Ring(), 1.0, 2.0, math.pi)
    yield "FALLING", at_angle(Ring(), 1.2, 1.2, math.pi / 2)
    x, y = sp.symbols("x_1 x_2", real=True)
    ellipse = Formula((sp.sqrt(x**2 + 4 * y**2) - 1) ** 2 / 2, (x, y), "ellipse")
    yield "RADIAL", at_angle(ellipse, 1.0, 1.0, math.pi / 2)
