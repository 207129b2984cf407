"""The range m <= phi'' <= M of the curvature along a chord, and the end slopes, each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from toykit.barriers.measured import parabola_tip
from toykit.chord import grid
from toykit.curvature.certified import certifiable, certified_curvature_range
from toykit.landscape import Floats, Pair
from toykit.networks.piecewise import PiecewisePolynomial
from toykit.parameters import Parameters
from toykit.verdict import Number, Outcome, Trust

if TYPE_CHECKING:
    from toykit.barriers.exact import ExactProfile

NODES = 41
RANGE_CELLS = 120
"""Cells of a certified range that a check may spend: enough for digits networks with one hidden layer."""


@runtime_checkable
class KnowsPieces(Protocol):
    """A landscape whose profile along a chord is a piecewise polynomial that it can give exactly."""

    def pieces(self, theta_a: Parameters, theta_b: Parameters) -> PiecewisePolynomial:
        """The profile of the chord."""


@dataclass(frozen=True)
class CurvatureRange:
    """m = `lowest`, M = `highest`, and s_0, s_1, the slopes phi'(0) and phi'(1)."""

    lowest: Number
    highest: Number
    slope_start: float
    slope_end: float

    @property
    def sigma(self) -> float:
        """sigma = phi'(1) - phi'(0)."""
        return self.slope_end - self.slope_start

    @property
    def scale(self) -> float:
        """The size of the numbers, for tolerances: the largest of |m|, |M|, |s_0|, |s_1|."""
        return max(abs(self.lowest.lo), abs(self.highest.hi), abs(self.slope_start), abs(self.slope_end))

    def spread(self, tolerance: float) -> CurvatureRange:
        """The same range with M raised where phi'' is constant within the tolerance, for formulas that need m < M.

        Any M above the true one is valid. The ridge bound of a constant curvature is attained with every such M.
        """
        if self.highest.lo - self.lowest.hi > tolerance:
            return self
        raised = self.lowest.hi + max(self.scale, 1.0)
        note = f"{self.highest.note}; raised above m, since phi'' is constant"
        return replace(self, highest=Number(raised, max(raised, self.highest.hi), self.highest.trust, note))

    @property
    def outcome(self) -> Outcome:
        """RANGE: true where m and M are exact or certified; where they are sampled it can only be declared."""
        if max(self.lowest.trust, self.highest.trust) is Trust.ESTIMATED:
            return Outcome(None, f"m and M are sampled, not bounds: {self.lowest.note}")
        return Outcome(True, self.lowest.note)


def curvature_range(pair: Pair, nodes: int = NODES, exact: ExactProfile | None = None, *, cells: int = 0) -> CurvatureRange:
    """m = min phi'' and M = max phi'' on the chord, with the end slopes s_0, s_1.

    EXACT where phi is known piece by piece as a polynomial, by the landscape or as the profile `exact`; CERTIFIED where
    `cells` suffice for a dense tanh network (`certified_curvature_range`); else ESTIMATED from jets at `nodes` positions and
    at the tips of the parabolas through the lowest and the highest of them.
    """
    ts = grid(nodes)
    extremes: tuple[Fraction, Fraction] | None = None
    if isinstance(pair.landscape, KnowsPieces):
        low, high = pair.landscape.pieces(pair.theta_a, pair.theta_b).curvature_range()
        extremes = low.value, high.value
    elif exact is not None:
        extremes = exact.curvature_range()
    if extremes is not None:
        (first, last), _ = _jets(pair, ts[[0, -1]])
        note = "extremes of phi'' at the ends of every piece and at the real roots of its derivative"
        lowest, highest = (Number.exact(float(value), note) for value in extremes)
        return CurvatureRange(lowest, highest, float(first), float(last))
    if cells and certifiable(pair):
        found = certified_curvature_range(pair, cells=cells)
        if found.converged:
            (first, last), _ = _jets(pair, ts[[0, -1]])
            return CurvatureRange(found.lowest, found.highest, float(first), float(last))
    slopes, curvatures = _jets(pair, ts)
    return CurvatureRange(
        _sampled(pair, ts, curvatures, lowest=True),
        _sampled(pair, ts, curvatures, lowest=False),
        float(slopes[0]),
        float(slopes[-1]),
    )


def _jets(pair: Pair, ts: Floats) -> Floats:
    """phi' and phi'' at the positions, shape (2, g)."""
    jets = [pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)) for t in ts]
    return np.array([[jet.slope for jet in jets], [jet.curvature for jet in jets]])


def _sampled(pair: Pair, ts: Floats, curvatures: Floats, *, lowest: bool) -> Number:
    """The extreme curvature found, with an error bar on the side on which the true one lies.

    The bar is what the extreme moves by when the positions are halved in number: an estimate, no bound.
    """
    sign = -1.0 if lowest else 1.0
    values = sign * curvatures
    tip = parabola_tip(ts, values)
    found = max(float(values.max()), sign * float(_jets(pair, np.array([tip]))[1, 0]))
    bar = found - float(values[::2].max())
    side = "lowest: the true m may be smaller" if lowest else "highest: the true M may be larger"
    lo, hi = sorted((sign * found, sign * (found + bar)))
    return Number(lo, hi, Trust.ESTIMATED, f"{len(ts) + 1} positions, {side}")
