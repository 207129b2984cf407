"""Check of max g(t_i) <= B <= max g(t_i) + K h^2/8, and of the form with a Lipschitz constant [barrier/grid_certificate]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from toykit.barriers.measured import barrier, gap, tolerance, trivial_barrier
from toykit.checks.barrier._chords import smooth_chords
from toykit.chord import grid
from toykit.curvature import CurvatureRange, Kinks, curvature_range, kinks
from toykit.curvature.ranges import RANGE_CELLS, KnowsPieces
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.fixtures import grid_evader
from toykit.networks.spline import Spline
from toykit.verdict import Comparison, Number, Outcome, Relation, Result, Trust

SLUG = "barrier/grid_certificate"
CELLS, MOST = 5, 80
"""Cells of the first grid, an odd number as in the extremal instance, and of the last one, after halving the step four times."""

SHARE = 0.05
"""The step is halved until K h^2/8 is below this share of the largest grid value."""

NODES = 17
"""Positions at which phi'' is sampled where its range is not exact."""


def check(pair: Pair, cells: int | None = None, nodes: int = NODES, *, range_cells: int = RANGE_CELLS) -> Result:
    """B between the largest grid value and the certificate, on a grid of `cells` or on one that is fine enough by itself."""
    curvature, found = curvature_range(pair, nodes, cells=range_cells), kinks(pair)
    lowest = curvature.lowest
    deepest = Number(max(0.0, -lowest.hi), max(0.0, -lowest.lo), lowest.trust, f"m: {lowest.note}")
    sampled = Grid(gap(pair, grid(cells + 1))) if cells else _fine_enough(pair, deepest.hi)
    steepest = _steepest(pair, sampled, curvature)
    letters = {"g_max": sampled.largest, "h": sampled.step, "n": float(sampled.cells), "K": deepest.value}
    upper, lipschitz = (
        _between(name, letters | {"g_max": value}, letter, number)
        for name, letter, number, value in (
            ("upper", "K", deepest, sampled.largest),
            ("lipschitz", "Lambda", steepest, sampled.largest_mean),
        )
    )
    known = barrier(pair)
    if known.trust is not Trust.EXACT:  # both are values of the gap, so the larger one is the better lower bound
        known = Number.estimated(max(known.value, sampled.largest), known.note)
    ends = [pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
    allowed = tolerance(pair, max(abs(known.value), upper.hi, *map(abs, ends)))
    trivial = trivial_barrier(pair)
    reached = Number.exact(sampled.largest, f"largest of {sampled.cells + 1} grid values")
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            Comparison("barrier, from above", known, Relation.AT_MOST, upper, allowed, trivial),
            Comparison("barrier, from below", known, Relation.AT_LEAST, reached, allowed, 0.0),
            Comparison("barrier, Lipschitz", known, Relation.AT_MOST, lipschitz, allowed, trivial),
        ),
        letters=letters | {"Lambda": steepest.value},
        assumptions={"C11": _kinks_do_no_harm(found), "RANGE": curvature.outcome},
        extra={"cells": sampled.cells, "enclosure": [sampled.largest, upper.hi], "width": upper.hi - sampled.largest},
    )


@dataclass(frozen=True)
class Grid:
    """The gap at equally spaced positions, both ends included."""

    values: Floats

    @property
    def cells(self) -> int:
        """n, the number of cells."""
        return len(self.values) - 1

    @property
    def step(self) -> float:
        """h = 1/n."""
        return 1 / self.cells

    @property
    def largest(self) -> float:
        """max_i g(t_i)."""
        return float(self.values.max())

    @property
    def largest_mean(self) -> float:
        """max_i (g(t_i) + g(t_{i+1}))/2."""
        return float((self.values[1:] + self.values[:-1]).max() / 2)


def _fine_enough(pair: Pair, deepest: float) -> Grid:
    """The first grid, with its step halved as often as needed; the values found are kept."""
    found = Grid(gap(pair, grid(CELLS + 1)))
    while found.cells < MOST and deepest * found.step**2 / 8 > SHARE * found.largest:
        finer = np.empty(2 * found.cells + 1)
        finer[::2] = found.values
        finer[1::2] = gap(pair, grid(2 * found.cells + 1)[1::2])
        found = Grid(finer)
    return found


def _steepest(pair: Pair, sampled: Grid, curvature: CurvatureRange) -> Number:
    """Lambda = sup |phi' - (L_b - L_a)|: EXACT on known pieces, else from the mean slopes of g on the cells.

    A slope differs from the mean slope of its cell by at most sup |phi''| h/2, which is the error bar.
    """
    if isinstance(pair.landscape, KnowsPieces):
        pieces = pair.landscape.pieces(pair.theta_a, pair.theta_b).gap()
        return Number.exact(float(max(abs(extreme.value) for extreme in pieces.derivatives(1))), "extreme slopes of every piece")
    mean = float(np.abs(np.diff(sampled.values)).max()) / sampled.step
    bar = max(abs(curvature.lowest.lo), abs(curvature.highest.hi)) * sampled.step / 2
    return Number(mean, mean + bar, Trust.ESTIMATED, f"mean slopes of {sampled.cells} cells")


def _between(name: str, letters: dict[str, float], letter: str, number: Number) -> Number:
    """The formula, which grows with the letter, at both ends of its enclosure."""
    lo, hi = (evaluate(SLUG, name, letters | {letter: value}) for value in (number.lo, number.hi))
    return Number(lo, hi, number.trust, f"{letter}: {number.note}")


def _kinks_do_no_harm(found: Kinks) -> Outcome:
    """C11: no kinks, or a complete list of convex ones."""
    if found.kinks and found.only_convex:
        return Outcome(True, f"{found.how}; all are convex, which only lowers the gap inside a cell")
    return found.outcome


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random chords with two derivatives."""
    return smooth_chords(SLUG, count, seed)


def extremal() -> Iterator[Pair]:
    """phi = -K t^2/2, with and without a line on it: on an odd number of cells the bound is B = K/8."""
    yield Spline.of_curvature([0, 1], [-8], name="-4t^2").pair()
    yield Spline.of_curvature([0, 1], [-3], slope=2, value=1, name="1 + 2t - 3t^2/2").pair()


def necessity() -> Iterator[tuple[str, Pair]]:
    """Three ReLU units that hide a barrier of 500000 between the positions of the grid."""
    yield "C11", grid_evader()
