"""Check of g(a) = a(1-a)(s_0-s_1) + (a(1-a)/2)[a h_0 + (1-a) h_1] + R with |R| bounded by K_3 [barrier/endpoint_expansion]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from toykit.barriers.measured import gap
from toykit.checks.barrier._bent_chords import bent_chords, bent_spline, power_chord, turning_in_the_middle
from toykit.checks.barrier._expansions import compared, enclosed, expansion
from toykit.curvature.chord_jets import chord_jets
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.spline import Spline
from toykit.verdict import Result

SLUG = "barrier/endpoint_expansion"
QUARTERS = (0.25, 0.75)


def check(pair: Pair) -> Result:
    """What the two end jets miss of g(1/2) against K_3 and, where there is one, K_4; of g(1/4) and g(3/4) against K_3."""
    jets = chord_jets(pair)
    found = expansion(SLUG, pair, {3: "remainder", 4: "remainder_4"}, jets)
    third, quarters = jets.bound(3), []
    for at, value in zip(QUARTERS, gap(pair, np.array(QUARTERS)), strict=True):
        here = {**found.letters, "a": at}
        estimate = evaluate(SLUG, "estimate_at", here)
        bound = enclosed(SLUG, "remainder_at", "K_3", third, here)
        quarters.append(compared(pair, jets, f"remainder at {at:g}", at, float(value), estimate, bound))
    return replace(
        found,
        comparisons=(*found.comparisons, *quarters),
        extra={**found.extra, "estimate without slopes": evaluate(SLUG, "stationary", found.letters)},
    )


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords; among them nearly extremal ones for K_3, and quartics, which are extremal for K_4."""
    return bent_chords(SLUG, count, seed, (turning_in_the_middle, power_chord(4)))


def extremal() -> Iterator[Pair]:
    """phi''' = 8 and then -8, split in the middle; a quartic; and a cubic, which the estimate gets right."""
    half = Fraction(1, 2)
    yield bent_spline([0, half, 1], [8, -8], curvature=Fraction(-1), slope=Fraction(2), name="phi''' turns at 1/2").pair()
    yield Spline([0, 1], [(0, 0, 0, 0, 1)], name="t^4").pair()
    yield Spline([0, 1], [(0, 1, -2, 3)], name="t - 2t^2 + 3t^3").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """One kink beside the middle, and a jump of phi'' at it: no third derivative anywhere, and still a remainder."""
    quarter, half = Fraction(1, 4), Fraction(1, 2)
    yield "SMOOTH", Spline([0, quarter, 1], [(0,), (-quarter, 1)], name="max(0, t - 1/4)").pair()
    yield "SMOOTH", Spline.of_curvature([0, half, 1], [0, 1], name="max(0, t - 1/2)^2/2").pair()
