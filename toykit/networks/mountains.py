"""A mountain seen from its top, with and without ridges between its valleys [barrier/mountainside_ridge]."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import sympy as sp

from toykit.landscape import Pair
from toykit.networks.formula import Formula
from toykit.networks.radial import at_angle
from toykit.networks.valleys import quartic_ring

FIRST, SECOND = sp.symbols("x_1 x_2", real=True)


@cache
def ridged(height: Fraction = Fraction(3, 10)) -> Formula:
    """L = (|x|^2 - 1)^2/4 + height (x_1^2 - x_2^2)^2: four valleys on the diagonals, four ridges on the axes."""
    ridge = sp.Rational(height.numerator, height.denominator) * (FIRST**2 - SECOND**2) ** 2
    return Formula((FIRST**2 + SECOND**2 - 1) ** 2 / 4 + ridge, (FIRST, SECOND), f"mountain with ridges {height}")


def on_a_mountain(angle: float) -> Pair:
    """Two minima of (|x|^2 - 1)^2/4, seen from its top at that angle in radians, mirrored at the second axis."""
    return _mirrored(quartic_ring(), angle, f"mountain, {math.degrees(angle):.4g} degrees")


def across_a_ridge(height: Fraction = Fraction(3, 10)) -> Pair:
    """The minima of two neighbouring valleys of the mountain with ridges."""
    return _mirrored(ridged(height), math.pi / 2, f"across a ridge of {height}")


def _mirrored(landscape: Formula, angle: float, name: str) -> Pair:
    x, y = math.sin(angle / 2), -math.cos(angle / 2)
    left, right = (landscape.point(x_1=sign * x, x_2=y) for sign in (-1, 1))
    return Pair(landscape, left, right, name, at_angle(landscape, 1.0, 1.0, angle).theta_0)
