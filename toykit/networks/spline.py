"""A landscape that is its own profile: L(theta) on [0, 1] is a piecewise polynomial with rational coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from toykit.errors import InputError
from toykit.landscape import Pair, Traits
from toykit.networks.piecewise import (
    Coefficients,
    Extreme,
    Piece,
    PiecewisePolynomial,
    antiderivative,
    derivative,
    evaluate,
)
from toykit.networks.pointwise import Pointwise
from toykit.parameters import Parameters
from toykit.verdict import Number, Trust

Rational = Fraction | int


class Spline(Pointwise):
    """L(theta) = polynomials[i](theta) for breaks[i] <= theta <= breaks[i+1], with breaks from 0 to 1.

    A polynomial is the sequence of its rational coefficients, lowest power first. Outside [0, 1] the end pieces go on.

    >>> well = Spline([0, 1], [(0, 0, 16, -32, 16)])  # 16 t^2 (1-t)^2
    >>> well.exact_barrier()
    Extreme(position=Fraction(1, 2), value=Fraction(1, 1), exact=True)

    Raises:
        InputError: the breaks do not increase from 0 to 1, there is not one polynomial per piece, or L jumps at a break.

    """

    def __init__(self, breaks: Sequence[Rational], polynomials: Sequence[Sequence[Rational]], name: str = "spline") -> None:
        ends = [_rational(b) for b in breaks]
        if len(ends) != len(polynomials) + 1:
            raise InputError(
                f"a spline has one polynomial per piece and breaks from 0 to 1; got {len(polynomials)} and {len(ends)} breaks"
            )
        powers = [tuple(_rational(c) for c in coefficients) for coefficients in polynomials]
        self.name = name
        self.exact = PiecewisePolynomial(tuple(Piece(lo, hi, c) for (lo, hi), c in zip(pairwise(ends), powers, strict=True)))
        self._traits: Traits | None = None

    @classmethod
    def of_curvature(
        cls,
        breaks: Sequence[Rational],
        curvatures: Sequence[Sequence[Rational] | Rational],
        slope: Rational = 0,
        value: Rational = 0,
        name: str = "spline",
    ) -> Spline:
        """The C^1 spline with phi'' = curvatures[i] on piece i (a constant or coefficients), phi'(0) = slope, phi(0) = value."""
        level, tangent, polynomials = Fraction(value), Fraction(slope), []
        for (lo, hi), bend in zip(pairwise(map(Fraction, breaks)), curvatures, strict=True):
            second = (Fraction(bend),) if isinstance(bend, Fraction | int) else tuple(map(Fraction, bend))
            first = _through(antiderivative(second, Fraction(0)), lo, tangent)
            whole = _through(antiderivative(first, Fraction(0)), lo, level)
            level, tangent = evaluate(whole, hi), evaluate(first, hi)
            polynomials.append(whole)
        return cls(breaks, polynomials, name)

    @property
    def names(self) -> tuple[str, ...]:
        """The one parameter, theta."""
        return ("theta",)

    @property
    def traits(self) -> Traits:
        """Smooth iff no break has a slope jump (phi' is then absolutely continuous); analytic iff there is one polynomial."""
        if self._traits is None:
            self._traits = Traits(
                smooth=not self.exact.jumps(),
                analytic=self.exact.one_polynomial,
                convex_in_outputs=False,
                nonnegative=min(e.value for e in self.exact.values()) >= 0,
                loss="spline",
            )
        return self._traits

    def loss(self, theta: Parameters) -> float:
        """L(theta), rounded once."""
        return float(self.exact(self._theta(theta)))

    def gradient(self, theta: Parameters) -> Parameters:
        """L'(theta); at a break the derivative from the right."""
        return self.point(theta=self._derivative(theta, 1))

    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """L''(theta) direction^2; at a break the derivative from the right."""
        return self._derivative(theta, 2) * float(self._theta(direction)) ** 2

    def pieces(self, theta_a: Parameters, theta_b: Parameters) -> PiecewisePolynomial:
        """The profile of the chord, exactly."""
        return self.exact.between(self._theta(theta_a), self._theta(theta_b))

    def barrier(self, theta_a: Parameters, theta_b: Parameters) -> Number:
        """B = sup g of the chord, EXACT."""
        return exactly(self.pieces(theta_a, theta_b).barrier())

    def jumps(self, theta_a: Parameters, theta_b: Parameters) -> list[tuple[float, float]]:
        """(t_k, J_k) for every kink inside the chord, in order."""
        return [(float(t), float(jump)) for t, jump in self.pieces(theta_a, theta_b).jumps()]

    def exact_barrier(self) -> Extreme:
        """B = sup g of the chord from 0 to 1 in rationals."""
        return self.exact.barrier()

    def exact_jumps(self) -> list[tuple[Fraction, Fraction]]:
        """(t_k, J_k) of the chord from 0 to 1 in rationals."""
        return self.exact.jumps()

    def curvature_range(self) -> tuple[Fraction, Fraction]:
        """min and max of phi'' on the chord from 0 to 1, kinks left out."""
        lowest, highest = self.exact.curvature_range()
        return lowest.value, highest.value

    def pair(self, name: str | None = None) -> Pair:
        """The endpoints theta = 0 and theta = 1, whose profile is L itself."""
        return Pair(self, self.point(theta=0.0), self.point(theta=1.0), name or self.name)

    def _theta(self, theta: Parameters) -> Fraction:
        return Fraction(float(self.values(theta)[0]))

    def _derivative(self, theta: Parameters, order: int) -> float:
        t = self._theta(theta)
        coefficients = self.exact.piece(t).coefficients
        for _ in range(order):
            coefficients = derivative(coefficients)
        return float(evaluate(coefficients, t))


def exactly(extreme: Extreme) -> Number:
    """An extreme value as a number with the evidence EXACT."""
    value = float(extreme.value)
    return Number(value, value, Trust.EXACT, f"exact supremum, at t = {float(extreme.position):.10g}")


def _rational(value: Rational) -> Fraction:
    if not isinstance(value, Fraction | int):
        raise InputError(f"a spline is built from integers and fractions; got {value!r}; use Fraction('0.1') for 0.1")
    return Fraction(value)


def _through(coefficients: Coefficients, t: Fraction, value: Fraction) -> Coefficients:
    """The polynomial moved up or down so that it has the value at t."""
    return (coefficients[0] + value - evaluate(coefficients, t), *coefficients[1:])
