"""Landscapes whose minima fill a curve that is known: its curvature, its length, and how steep the walls are above it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Protocol, runtime_checkable

import numpy as np
import sympy as sp
from scipy.integrate import quad

from theory.symbols import rho
from toykit.landscape import Pair
from toykit.networks.formula import Formula
from toykit.networks.radial import Radial
from toykit.networks.scalar_product import W1, W2, minimum
from toykit.parameters import Parameters

POINTS = 33
X, Y = sp.symbols("x y", real=True)


@dataclass(frozen=True)
class Valley:
    """A curve of minimisers from theta_a to theta_b: `points` on it in order, its largest curvature kappa and its length.

    The Hessian is at most beta Id on the segments from chord points to the points of the curve above them.
    """

    points: tuple[Parameters, ...]
    kappa: float
    length: float
    beta: float


@runtime_checkable
class KnowsValley(Protocol):
    """A landscape that knows the curve of minimisers between two of them."""

    def valley(self, theta_a: Parameters, theta_b: Parameters) -> Valley:
        """The curve, its curvature and length, and beta."""


class RoundValley(Radial):
    """L = h(|x|) with minimisers on the circle of radius R in the plane; h'' <= beta and h' <= 0 inside of it."""

    def __init__(self, h: sp.Expr, R: Fraction | int, beta: float, name: str) -> None:
        super().__init__(h, 2, name)
        self.R, self.beta = Fraction(R), beta

    def valley(self, theta_a: Parameters, theta_b: Parameters) -> Valley:
        """The arc around the centre."""
        return _arc(self, theta_a, theta_b, float(self.R), self.beta)


class Arc(Formula):
    """L = d^2/2 for the distance d to the unit circle without a gap of 2 `half` radians around the first axis."""

    def __init__(self, half: float) -> None:
        first, second = sp.symbols("x_1 x_2", real=True)
        slope, cos, sin = (sp.Float(value) for value in (math.tan(half), math.cos(half), math.sin(half)))
        beyond = (first - cos) ** 2 + (sp.Abs(second) - sin) ** 2
        ring = (sp.sqrt(first**2 + second**2) - 1) ** 2
        inside = sp.And(first > 0, sp.Abs(second) < slope * first)
        super().__init__(sp.Piecewise((beyond, inside), (ring, True)) / 2, (first, second), "arc", nonnegative=True)
        self.half = half

    def valley(self, theta_a: Parameters, theta_b: Parameters) -> Valley:
        """The arc, the longer way round; the square of a distance has no Hessian above 1."""
        return _arc(self, theta_a, theta_b, 1.0, 1.0, major=True)


class BentValley(Formula):
    """L = (y - c x^2)^2 / 2, whose minimisers are the parabola y = c x^2."""

    def __init__(self, c: Fraction | int) -> None:
        self.c = Fraction(c)
        super().__init__((Y - _rational(c) * X**2) ** 2 / 2, (X, Y), f"parabola with c = {c}")

    def minimum(self, x: float) -> Parameters:
        """(x, c x^2)."""
        return self.point(x=x, y=float(self.c) * x * x)

    def valley(self, theta_a: Parameters, theta_b: Parameters) -> Valley:
        """The parabola; above it y - c x^2 >= 0, so the Hessian is at most f' f'^T, with the norm 1 + 4 c^2 x^2."""
        ends, c = sorted(self.values(theta)[0] for theta in (theta_a, theta_b)), abs(float(self.c))
        nearest = 0.0 if ends[0] <= 0 <= ends[1] else min(map(abs, ends))
        points = tuple(self.minimum(float(x)) for x in np.linspace(self.values(theta_a)[0], self.values(theta_b)[0], POINTS))
        length = quad(lambda x: math.hypot(1, 2 * c * x), *ends)[0]
        return Valley(points, 2 * c / (1 + (2 * c * nearest) ** 2) ** 1.5, length, 1 + (2 * c * max(map(abs, ends))) ** 2)


class Hyperbola(Formula):
    """L = (w_1 w_2 - 1)^2 / 2 with its valley between mirrored minima (e^u, e^-u) and (e^-u, e^u)."""

    def __init__(self) -> None:
        super().__init__((W1 * W2 - 1) ** 2 / 2, (W1, W2), "hyperbola")

    def valley(self, theta_a: Parameters, theta_b: Parameters) -> Valley:
        """The branch; between chord and curve the Hessian is largest at the ends of the chord, where it is 2 cosh 2u."""
        u = abs(math.log(self.values(theta_a)[0]))
        start, end = (math.log(self.values(theta)[0]) for theta in (theta_a, theta_b))
        points = tuple(minimum(float(s)) for s in np.linspace(start, end, POINTS))
        length = quad(lambda s: math.sqrt(2 * math.cosh(2 * s)), -u, u)[0]
        return Valley(points, 1 / math.sqrt(2), length, 2 * math.cosh(2 * u))


@cache
def ring(R: Fraction | int = 1) -> RoundValley:
    """L = (|x| - R)^2 / 2 with the arcs of its ring."""
    return RoundValley((rho - _rational(R)) ** 2 / 2, R, 1.0, f"ring of radius {R}")


@cache
def quartic_ring(R: Fraction | int = 1) -> RoundValley:
    """L = (|x|^2 - R^2)^2 / 4, whose walls are steeper: beta = 2 R^2."""
    return RoundValley((rho**2 - _rational(R) ** 2) ** 2 / 4, R, 2 * float(R) ** 2, f"quartic ring of radius {R}")


@cache
def parabola(c: Fraction | int = 1) -> BentValley:
    """L = (y - c x^2)^2 / 2."""
    return BentValley(c)


@cache
def hyperbola() -> Hyperbola:
    """L = (w_1 w_2 - 1)^2 / 2."""
    return Hyperbola()


def mirrored(u: float) -> Pair:
    """The minima (e^u, e^-u) and (e^-u, e^u) of one branch of the hyperbola."""
    return Pair(hyperbola(), minimum(u), minimum(-u), f"hyperbola, u = {u:.4g}")


def _rational(number: Fraction | int) -> sp.Rational:
    return sp.Rational(Fraction(number).numerator, Fraction(number).denominator)


def _arc(landscape: Formula, theta_a: Parameters, theta_b: Parameters, R: float, beta: float, *, major: bool = False) -> Valley:
    start, end = (math.atan2(*landscape.values(theta)[::-1]) for theta in (theta_a, theta_b))
    sweep = math.remainder(end - start, 2 * math.pi)
    if major:
        sweep -= math.copysign(2 * math.pi, sweep)
    names = landscape.names
    angles = start + sweep * np.linspace(0, 1, POINTS)
    points = tuple(landscape.point(**dict(zip(names, (R * math.cos(x), R * math.sin(x)), strict=True))) for x in angles)
    return Valley(points, 1 / R, R * abs(sweep), beta)
