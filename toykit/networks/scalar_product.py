"""The smallest network with a symmetry: L(w_1, w_2) = (w_1 w_2 - y)^2 / 2, whose minima are a hyperbola.

Between minima of one branch B = (1/2) sinh^4 u, of opposite branches B = (1/2) cosh^4 u, for y = 1 and
u = (s_a - s_b)/2 [barrier/scalar_product_net].
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import sympy as sp

from toykit.landscape import Pair
from toykit.networks.formula import Polynomial
from toykit.parameters import Parameters

W1, W2 = sp.symbols("w_1 w_2", real=True)


@cache
def scalar_product(y: Fraction | int = 1) -> Polynomial:
    """L = (w_1 w_2 - y)^2 / 2 for a rational target y."""
    target = sp.Rational(Fraction(y).numerator, Fraction(y).denominator)
    return Polynomial((W1 * W2 - target) ** 2 / 2, (W1, W2), "scalar product")


def minimum(s: float, branch: int = 1) -> Parameters:
    """The minimum (eps e^s, eps e^-s) for y = 1 on the branch eps = 1 or -1."""
    return scalar_product().point(w_1=branch * math.exp(s), w_2=branch * math.exp(-s))


def minima(s_a: float, s_b: float, *, same_branch: bool = True) -> Pair:
    """Two minima for y = 1, on the same branch of the hyperbola or on opposite ones."""
    where = "same branch" if same_branch else "opposite branches"
    return Pair(scalar_product(), minimum(s_a), minimum(s_b, 1 if same_branch else -1), f"scalar product, {where}")
