"""phi, phi', phi'' at t = 0, 1/2, 1 of a chord, and bounds K_r = sup |phi^(r)| of its higher derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from toykit.curvature.ranges import KnowsPieces
from toykit.landscape import Floats, Jet, Pair
from toykit.networks.piecewise import PiecewisePolynomial
from toykit.verdict import Number, Outcome, Trust

DEGREE = 24
"""Degree of the interpolant of phi'' where phi is not known piece by piece; divisible by 4, so that every second point
makes a set of the same kind around 1/2. A compromise: on one chord between digit networks trained to a loss of 0.02, K_3
went from 1.8e4 with 25 points to 2.9e4 with 49, and the error bar at 25 points reached to 2.8e4."""

FINE = 481
"""Positions at which the derivatives of the interpolant are read: twenty to every one of its points."""


@dataclass(frozen=True)
class ChordJets:
    """The jets at the positions `ts`, which hold 0, 1/2 and 1; `pieces` is phi itself where the landscape knows it."""

    ts: Floats
    jets: tuple[Jet, ...]
    pieces: PiecewisePolynomial | None
    analytic: bool

    @property
    def start(self) -> Jet:
        """phi, phi', phi'' at 0."""
        return self.jets[0]

    @property
    def middle(self) -> Jet:
        """phi, phi', phi'' at 1/2."""
        return self.jets[len(self.jets) // 2]

    @property
    def end(self) -> Jet:
        """phi, phi', phi'' at 1."""
        return self.jets[-1]

    @property
    def gap(self) -> Number:
        """g(1/2) = phi(1/2) - (phi(0) + phi(1))/2."""
        return Number.exact(self.middle.value - (self.start.value + self.end.value) / 2, "the value at a = 0.5")

    @property
    def letters(self) -> dict[str, float]:
        """s_0, s_1, sigma, h_0, h_m, h_1, by the names of `theory.symbols`."""
        return {
            "s_0": self.start.slope,
            "s_1": self.end.slope,
            "sigma": self.end.slope - self.start.slope,
            "h_0": self.start.curvature,
            "h_m": self.middle.curvature,
            "h_1": self.end.curvature,
        }

    @property
    def scale(self) -> float:
        """The size of the numbers, for tolerances: the largest of phi, the slopes and the curvatures."""
        return max(abs(float(entry)) for jet in (self.start, self.middle, self.end) for entry in jet)

    def bound(self, order: int) -> Number:
        """K_r = sup |phi^(r)| on the chord, r = `order` >= 3, between the breaks of phi.

        EXACT where phi is known piece by piece. Else the derivative of the Chebyshev interpolant of phi'': ESTIMATED, with
        an upward error bar, which is what it moves by when every second point is left out.
        """
        if self.pieces is not None:
            largest = max(abs(extreme.value) for extreme in self.pieces.derivatives(order))
            return Number.exact(float(largest), f"extremes of the derivative of order {order} of every piece")
        curvatures = np.array([jet.curvature for jet in self.jets])
        found = _largest(self.ts, curvatures, order)
        bar = abs(found - _largest(self.ts[::2], curvatures[::2], order))
        note = f"derivative of the interpolant of phi'' at {len(self.ts)} Chebyshev points: no bound"
        return Number(found, found + bar, Trust.ESTIMATED, note)

    def differentiable(self, order: int) -> Outcome:
        """Whether phi^(order-1) exists and is Lipschitz: the derivative of that order is bounded, and may jump."""
        if self.pieces is not None:
            for lower in range(1, order):
                if jumps := self.pieces.breaks_of(lower):
                    (t, jump), *_ = jumps
                    how = f"the derivative of order {lower} jumps by {float(jump):+.4g} at t={float(t):.4g}, one of {len(jumps)}"
                    return Outcome(False, how)
            return Outcome(True, f"no derivative below order {order} jumps between the pieces of phi")
        return differentiable_by_type(self.analytic, order)

    def range_of(self, *orders: int) -> Outcome:
        """RANGE for K_r of these orders: true where they are exact; where they are sampled it can only be declared."""
        if self.pieces is not None:
            return Outcome(True, "derivatives of phi, exact piece by piece")
        shown = " and ".join(f"K_{order}" for order in orders)
        return Outcome(None, f"estimated, not bounded: {shown} from an interpolant of phi'' at {len(self.ts)} points")


def differentiable_by_type(analytic: bool, order: int) -> Outcome:
    """Whether phi has `order` derivatives, by what the landscape declares."""
    if analytic:
        return Outcome(True, "activations and loss are analytic, by type")
    return Outcome(False, f"activations and loss are not analytic by type, so phi need not have {order} derivatives")


def chord_jets(pair: Pair, degree: int = DEGREE) -> ChordJets:
    """The jets of a chord: at 0, 1/2, 1 where phi is known piece by piece, else at degree + 1 Chebyshev points of [0, 1].

    Without a need for K_r the degree 2 gives the three letters alone.
    """
    landscape = pair.landscape
    pieces = landscape.pieces(pair.theta_a, pair.theta_b) if isinstance(landscape, KnowsPieces) else None
    ts = chebyshev_points(2 if pieces is not None else degree)
    return ChordJets(ts, tuple(_jets(pair, ts)), pieces, landscape.traits.analytic)


def chebyshev_points(degree: int) -> Floats:
    """t_j = (1 - cos(pi j/degree))/2, j = 0..degree: the extremes of the Chebyshev polynomial, moved to [0, 1]."""
    half: Floats = np.sin(np.pi * np.arange(degree + 1) / (2 * degree)) ** 2
    half[[0, degree // 2, -1]] = 0.0, 0.5, 1.0  # free of rounding, since the jets there are letters
    return half


def _jets(pair: Pair, ts: Floats) -> Iterator[Jet]:
    return (pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)) for t in ts)


def _largest(ts: Floats, curvatures: Floats, order: int) -> float:
    """max |p^(order-2)| for the polynomial p that interpolates phi'': on a fine grid, and where its derivative vanishes."""
    interpolant = chebyshev.chebfit(2 * ts - 1, curvatures, len(ts) - 1)
    higher = chebyshev.chebder(interpolant, order - 2, scl=2)
    slope = chebyshev.chebder(higher)
    flat = chebyshev.chebroots(chebyshev.chebtrim(slope, tol=np.finfo(float).eps * float(np.abs(slope).max())))
    inside = np.clip(flat.real, -1, 1)  # a complex root costs nothing: the value there is one more value of the polynomial
    return float(np.abs(chebyshev.chebval(np.concatenate([np.linspace(-1, 1, FINE), inside]), higher)).max())
