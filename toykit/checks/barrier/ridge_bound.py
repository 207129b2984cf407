"""Check of g(a) <= (a(1-a)/2) [-m - (sigma-m)^2/(M-m)] and of the lower side [barrier/ridge_bound]."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from toykit.barriers.measured import tolerance
from toykit.checks.barrier._chords import kink_unit, smooth_chords
from toykit.checks.barrier._two_sided import compare_two_sided
from toykit.curvature import curvature_range, hidden_in_kinks, kinks
from toykit.curvature.ranges import NODES, RANGE_CELLS
from toykit.landscape import Pair
from toykit.networks.fixtures import fold
from toykit.networks.spline import Spline
from toykit.verdict import Outcome, Result

SLUG = "barrier/ridge_bound"


def check(pair: Pair, nodes: int = NODES, *, range_cells: int = RANGE_CELLS) -> Result:
    """B, g(1/2) and the gap at its worst position against m, M and the end slopes.

    No kink survives here, of whatever sign: it changes sigma without changing phi''.
    """
    curvature, found = curvature_range(pair, nodes, cells=range_cells), kinks(pair)
    letters = {
        "a": 0.5,
        "m": curvature.lowest.value,
        "M": curvature.highest.value,
        "s_0": curvature.slope_start,
        "s_1": curvature.slope_end,
        "sigma": curvature.sigma,
        "Delta_norm": pair.delta.norm(),
    }
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=compare_two_sided(pair, SLUG, curvature.spread(tolerance(pair, curvature.scale)), sides=("upper", "lower")),
        letters=letters,
        assumptions={
            "C11": found.outcome,
            "RANGE": curvature.outcome,
            "SLOPES": Outcome(True, "two directional derivatives, phi'(0) and phi'(1)"),
        },
        extra={} if found.outcome.holds else {"hidden in kinks": hidden_in_kinks(pair).to_json()},
    )


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords with two derivatives."""
    return smooth_chords(SLUG, count, seed)


def extremal() -> Iterator[Pair]:
    """Walls, ridge, walls: phi'' = m on the middle interval of length M/(M+|m|), M outside, equal end slopes."""
    for m, M in ((-1, 3), (-2, 2)):  # B = 3/32 and, where |m| = M, B = M/16
        wall = Fraction(-m, 2 * (M - m))
        yield Spline.of_curvature([0, wall, 1 - wall, 1], [M, m, M], name=f"walls {M}, ridge {m}").pair()
    yield Spline.of_curvature([0, 1], [-2], name="-t^2").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """A concave kink: the fold net has phi'' = 4 on both pieces and yet equal end slopes, which no C^1 profile has."""
    yield "C11", fold()
    yield "C11", kink_unit()
