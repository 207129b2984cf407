"""Check of B <= (beta/2) d^2 between minima that a bent valley joins [barrier/valley_curvature]."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from theory.symbols import rho
from toykit.barriers.measured import barrier, tolerance
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.formula import Formula
from toykit.networks.radial import at_angle
from toykit.networks.valleys import Arc, KnowsValley, RoundValley, Valley, mirrored, parabola, quartic_ring, ring
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/valley_curvature"
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Where on a segment from chord to curve the Hessian is looked at: not on the chord, which may pass a kink."""


def check(pair: Pair) -> Result:
    """B and the largest offset of the curve against its curvature, by its length and by the length of the chord."""
    if not isinstance(pair.landscape, KnowsValley):
        none = Outcome(False, "no curve of minimisers between the ends is known")
        return Result(SLUG, pair.name, (), {}, {"CURVE": none})
    valley = pair.landscape.valley(pair.theta_a, pair.theta_b)
    letters = {"kappa": valley.kappa, "ell": valley.length, "beta": valley.beta, "Delta_norm": pair.delta.norm()}
    letters["offset"] = evaluate(SLUG, "offset", letters)
    found, away = barrier(pair), Number.estimated(_away(pair, valley), f"largest of {len(valley.points)} points of the curve")
    scale = pair.theta_a.norm() + pair.theta_b.norm()
    allowed = tolerance(pair, scale + found.value), tolerance(pair, scale)
    by_length = Number.exact(evaluate(SLUG, "upper", letters))
    comparisons = [
        Comparison("barrier, by the length", found, Relation.AT_MOST, by_length, allowed[0]),
        Comparison("offset, by the length", away, Relation.AT_MOST, Number.exact(letters["offset"]), allowed[1]),
    ]
    if letters["Delta_norm"] * valley.kappa <= 2:
        letters["offset_chord"] = evaluate(SLUG, "offset_chord", letters)
        by_chord = Number.exact(evaluate(SLUG, "upper_chord", letters))
        comparisons += [
            Comparison("barrier, by the chord", found, Relation.AT_MOST, by_chord, allowed[0]),
            Comparison("offset, by the chord", away, Relation.AT_MOST, Number.exact(letters["offset_chord"]), allowed[1]),
        ]
    return Result(SLUG, pair.name, tuple(comparisons), letters, _assumptions(pair, valley, scale))


def _above(pair: Pair, valley: Valley) -> Iterator[tuple[Parameters, Parameters]]:
    """Points of the chord with the points of the curve that have the same projection on it."""
    delta = pair.delta
    for q in valley.points:
        t = (q - pair.theta_a).dot(delta) / delta.dot(delta)
        if 0 <= t <= 1:
            yield chord_point(pair.theta_a, pair.theta_b, t), q


def _away(pair: Pair, valley: Valley) -> float:
    return max((p - q).norm() for p, q in _above(pair, valley))


def _assumptions(pair: Pair, valley: Valley, scale: float) -> dict[str, Outcome]:
    landscape = pair.landscape
    losses = landscape.losses(valley.points)
    slope = max(landscape.gradient(q).norm() for q in valley.points)
    near = tolerance(pair, (1 + valley.beta) * (1 + scale))
    flat = bool(np.abs(losses).max() <= near and slope <= near)
    turn = valley.kappa * valley.length
    outcomes = {
        "CURVE": Outcome(flat, f"largest loss {np.abs(losses).max():.2g} and slope {slope:.2g} at {len(losses)} points of it"),
        "KAPPA": Outcome(True, "the formula of the curve"),
        "LENGTH": Outcome(turn <= math.pi * (1 + ROUNDING), f"it turns by at most {math.degrees(turn):.4g} degrees"),
    }
    if isinstance(landscape, Formula):
        middles = (chord_point(p, q, share) for p, q in _above(pair, valley) for share in SHARES)
        steepest = max(float(np.linalg.eigvalsh(landscape.hessian(point))[-1]) for point in middles)
        how = f"largest eigenvalue seen between chord and curve {steepest:.6g}, beta {valley.beta:.6g}"
        outcomes["SMOOTH"] = Outcome(steepest <= valley.beta + near, how)
    else:
        outcomes["SMOOTH"] = Outcome(None, "declared with the curve")
    return outcomes


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Rings of two kinds at any angle, parabolas from any point to any other, and mirrored minima of the hyperbola."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        R = Fraction(int(draw.integers(1, 5)), 2)  # few radii: every landscape is compiled once
        match number % 4:
            case 0:
                yield at_angle(ring(R), float(R), float(R), draw.uniform(0.05, math.pi))
            case 1:
                yield at_angle(quartic_ring(R), float(R), float(R), draw.uniform(0.05, math.pi))
            case 2:
                bent, ends = parabola(R), draw.uniform(-0.6, 0.6, size=2) / float(R)
                yield Pair(bent, bent.minimum(float(ends[0])), bent.minimum(float(ends[1])), bent.name)
            case _:
                yield mirrored(draw.uniform(0.02, 1.0))


def extremal() -> Iterator[Pair]:
    """Rings meet both bounds at every angle."""
    for degrees in (60, 90, 120, 180):
        yield at_angle(ring(), 1.0, 1.0, math.radians(degrees))


def necessity() -> Iterator[tuple[str, Pair]]:
    """A cone, whose ring is no valley; a valley that runs the longer way round; walls that steepen away from the ring."""
    yield "CURVE", at_angle(RoundValley(1 - rho, 1, 0.0, "cone"), 1.0, 1.0, math.pi / 2)
    arc = Arc(math.radians(30))
    cos, sin = math.cos(arc.half), math.sin(arc.half)
    yield "LENGTH", Pair(arc, arc.point(x_1=cos, x_2=-sin), arc.point(x_1=cos, x_2=sin), "the longer arc")
    steep = RoundValley((rho - 1) ** 2 / 2 + 50 * (rho - 1) ** 4, 1, 1.0, "ring with steepening walls")
    yield "SMOOTH", at_angle(steep, 1.0, 1.0, math.pi / 2)
