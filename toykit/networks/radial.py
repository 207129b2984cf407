"""Landscapes L = h(|theta|) that depend on the distance from the origin alone [barrier/radial_ring]."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy as sp

from theory.symbols import rho
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.networks.formula import Formula


class Radial(Formula):
    """L(x_1, .., x_n) = h(|x|) for an expression h in the letter rho of `theory.symbols`; in general with a kink at 0.

    Raises:
        InputError: h has other symbols, or there are fewer than two parameters.

    """

    def __init__(self, h: sp.Expr, dimension: int = 2, name: str = "radial") -> None:
        if h.free_symbols - {rho} or dimension < 2:
            raise InputError(f"a radial landscape is a formula in rho with two or more parameters; got {h} with {dimension}")
        symbols = sp.symbols(f"x_1:{dimension + 1}", real=True)
        super().__init__(h.subs(rho, sp.sqrt(sum(x**2 for x in symbols))), symbols, name)
        self.h = h


class Ring(Radial):
    """L = (|x| - R)^2/2: every point at the distance R from 0 is a minimum."""

    def __init__(self, R: Fraction | int = 1, dimension: int = 2) -> None:
        self.R = Fraction(R)
        super().__init__((rho - sp.Rational(self.R.numerator, self.R.denominator)) ** 2 / 2, dimension, f"ring of radius {R}")


def hill(dimension: int = 2) -> Radial:
    """L = exp(-|x|^2/2)."""
    return Radial(sp.exp(-(rho**2) / 2), dimension, "hill")


def at_angle(landscape: Formula, r_1: float, r_2: float, angle: float) -> Pair:
    """Two points at the distances r_1, r_2 from 0 with the angle between them, in radians; the base of the pair is 0."""
    rest = dict.fromkeys(landscape.names[2:], 0.0)
    first, second = landscape.names[:2]
    return Pair(
        landscape,
        landscape.point(**{first: r_1, second: 0.0}, **rest),
        landscape.point(**{first: r_2 * math.cos(angle), second: r_2 * math.sin(angle)}, **rest),
        f"{landscape.name}, {math.degrees(angle):.4g} degrees",
        landscape.point(**{first: 0.0, second: 0.0}, **rest),
    )
