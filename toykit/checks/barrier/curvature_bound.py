"""Check of B <= max(0, -m)/8 and -a(1-a)M/2 <= g(a) <= -a(1-a)m/2 [barrier/curvature_bound]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from toykit.checks.barrier._chords import smooth_chords, unlisted_kink
from toykit.checks.barrier._two_sided import compare_two_sided
from toykit.curvature import Kinks, curvature_range, hidden_in_kinks, kinks
from toykit.curvature.ranges import NODES, RANGE_CELLS
from toykit.landscape import Pair
from toykit.networks.spline import Spline
from toykit.verdict import Outcome, Result

SLUG = "barrier/curvature_bound"


def check(pair: Pair, nodes: int = NODES, *, range_cells: int = RANGE_CELLS) -> Result:
    """B, g(1/2) and the gap at its worst position against the range of phi'', sampled at `nodes` where it is not exact.

    Kinks that are listed count as point masses of phi''; where there may be others, the claim is not applicable.
    """
    found = kinks(pair)
    curvature = curvature_range(pair, nodes, found.exact, cells=range_cells)
    length = pair.delta.norm()
    letters = {"a": 0.5, "m": curvature.lowest.value, "M": curvature.highest.value, "Delta_norm": length}
    if found.kinks:
        middle = np.array([0.5])
        letters["concave"], letters["convex"] = float(found.concave(middle)[0]), float(found.convex(middle)[0])
        letters["most_concave"] = found.most_concave(curvature.lowest.lo)
    if length > 0:  # the constants that the loss shows along this chord
        letters["rho"] = max(0.0, -curvature.lowest.lo) / length**2
        letters["beta"] = max(abs(curvature.lowest.lo), abs(curvature.highest.hi)) / length**2
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=compare_two_sided(pair, SLUG, curvature, sides=("upper", "lower"), counted=found),
        letters=letters,
        assumptions={"C11": _counted(found), "RANGE": curvature.outcome},
        extra={} if found.known else {"hidden in kinks": hidden_in_kinks(pair).to_json()},
    )


def _counted(found: Kinks) -> Outcome:
    """C11: no kinks, or a complete list of them, whose point masses are then part of the bounds."""
    if found.known and found.kinks:
        return Outcome(True, f"{found.how}; each counts as a point mass")
    return found.outcome


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords with two derivatives."""
    return smooth_chords(SLUG, count, seed)


def extremal() -> Iterator[Pair]:
    """Constant curvature, and the concave parabola on a sloping line: both sides are met at every position."""
    yield Spline.of_curvature([0, 1], [-2], name="-t^2").pair()
    yield Spline.of_curvature([0, 1], [Fraction(-9, 2)], slope=3, value=1, name="1 + 3t - 9t^2/4").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """A concave kink that is not listed, between convex pieces: phi'' >= 0 wherever it exists, and still there is a barrier."""
    yield "C11", unlisted_kink()
