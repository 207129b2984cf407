"""Check of B <= max(0, -m)/8 and -a(1-a)M/2 <= g(a) <= -a(1-a)m/2 [barrier/curvature_bound]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from toykit.checks.barrier._chords import kink_unit, smooth_chords
from toykit.checks.barrier._two_sided import compare_two_sided
from toykit.curvature import Kinks, curvature_range, hidden_in_kinks, kinks
from toykit.curvature.ranges import NODES
from toykit.landscape import Pair
from toykit.networks.fixtures import fold
from toykit.networks.spline import Spline
from toykit.verdict import Outcome, Result

SLUG = "barrier/curvature_bound"


def check(pair: Pair, nodes: int = NODES) -> Result:
    """B, g(1/2) and the gap at its worst position against the range of phi'', sampled at `nodes` where it is not exact."""
    curvature, found = curvature_range(pair, nodes), kinks(pair)
    sides = ("upper",) if found.kinks and found.convex else ("upper", "lower")
    length = pair.delta.norm()
    letters = {"a": 0.5, "m": curvature.lowest.value, "M": curvature.highest.value, "Delta_norm": length}
    if length > 0:  # the constants that the loss shows along this chord
        letters["rho"] = max(0.0, -curvature.lowest.lo) / length**2
        letters["beta"] = max(abs(curvature.lowest.lo), abs(curvature.highest.hi)) / length**2
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=compare_two_sided(pair, SLUG, curvature, sides=sides),
        letters=letters,
        assumptions={"C11": _smooth_enough(found), "RANGE": curvature.outcome},
        extra={} if found.outcome.holds else {"hidden in kinks": hidden_in_kinks(pair).to_json()},
    )


def _smooth_enough(found: Kinks) -> Outcome:
    """C11: the upper bound, then compared alone, survives convex kinks, provided that the list of them is complete."""
    if found.kinks and found.convex:
        return Outcome(True, f"{found.how}; all are convex, and the upper bound, compared alone, survives them")
    return found.outcome


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords with two derivatives."""
    return smooth_chords(SLUG, count, seed)


def extremal() -> Iterator[Pair]:
    """Constant curvature, and the concave parabola on a sloping line: both sides are met at every position."""
    yield Spline.of_curvature([0, 1], [-2], name="-t^2").pair()
    yield Spline.of_curvature([0, 1], [Fraction(-9, 2)], slope=3, value=1, name="1 + 3t - 9t^2/4").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """Concave kinks between convex pieces: phi'' >= 0 wherever it exists, and still there is a barrier."""
    yield "C11", fold()
    yield "C11", kink_unit()
