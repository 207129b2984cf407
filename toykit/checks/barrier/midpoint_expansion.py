"""Check of g(1/2) = -h_m/8 + R with |R| <= K_3/48 and |R| <= K_4/384 [barrier/midpoint_expansion]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from toykit.checks.barrier._bent_chords import bent_chords, bent_spline, power_chord, turning_in_the_middle
from toykit.checks.barrier._expansions import expansion
from toykit.landscape import Pair
from toykit.networks.spline import Spline
from toykit.verdict import Result

SLUG = "barrier/midpoint_expansion"


def check(pair: Pair) -> Result:
    """What the curvature at the middle misses of g(1/2), against K_3 and, where there is one, K_4."""
    return expansion(SLUG, pair, {3: "remainder", 4: "remainder_4"})


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords; among them nearly extremal ones for K_3, and quartics, which are extremal for K_4."""
    return bent_chords(SLUG, count, seed, (turning_in_the_middle, power_chord(4)))


def extremal() -> Iterator[Pair]:
    """phi''' = 8 and then -8, split in the middle; a quartic; and a cubic, which the estimate gets right."""
    half = Fraction(1, 2)
    yield bent_spline([0, half, 1], [8, -8], curvature=Fraction(-1), slope=Fraction(2), name="phi''' turns at 1/2").pair()
    yield Spline([0, 1], [(Fraction(1, 16), -half, Fraction(3, 2), -2, 1)], name="(t - 1/2)^4").pair()
    yield Spline([0, 1], [(0, 1, -2, 3)], name="t - 2t^2 + 3t^3").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """One kink beside the middle, and a jump of phi'' at it: no third derivative anywhere, and still a remainder."""
    quarter, half = Fraction(1, 4), Fraction(1, 2)
    yield "SMOOTH", Spline([0, quarter, 1], [(0,), (-quarter, 1)], name="max(0, t - 1/4)").pair()
    yield "SMOOTH", Spline.of_curvature([0, half, 1], [0, 1], name="max(0, t - 1/2)^2/2").pair()
