"""Check of g(1/2) = -[(h_0+h_1)/96 + 5h_m/48] + R with |R| <= K_6/30720 [barrier/hessian_simpson]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from toykit.checks.barrier._bent_chords import analytic_chords, power_chord
from toykit.checks.barrier._expansions import expansion
from toykit.landscape import Pair
from toykit.networks.spline import Spline
from toykit.verdict import Result

SLUG = "barrier/hessian_simpson"


def check(pair: Pair) -> Result:
    """What three curvatures miss of g(1/2), against K_6."""
    return expansion(SLUG, pair, {6: "remainder"})


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random analytic chords; among them polynomials of degree 6, which are extremal."""
    return analytic_chords(SLUG, count, seed, (power_chord(6),))


def extremal() -> Iterator[Pair]:
    """(t - 1/2)^6, with phi^(6) = 720, and a quintic, which the estimate gets right."""
    sixth = [Fraction(coefficient) for coefficient in ("1/64", "-3/16", "15/16", "-5/2", "15/4", "-3", "1")]
    yield Spline([0, 1], [sixth], name="(t - 1/2)^6").pair()
    yield Spline([0, 1], [(0, 1, -2, 3, -4, 5)], name="a quintic").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """One kink beside the middle; and third derivatives that jump at 1/2: piece by piece there is no sixth derivative."""
    quarter, half = Fraction(1, 4), Fraction(1, 2)
    yield "SMOOTH", Spline([0, quarter, 1], [(0,), (-quarter, 1)], name="max(0, t - 1/4)").pair()
    yield "SMOOTH", Spline.of_curvature([0, half, 1], [(1, -4), (-3, 4)], name="phi''' turns at 1/2").pair()
