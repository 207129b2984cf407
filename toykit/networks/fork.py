"""A valley that forks: L = x^4/4 - mu(y) x^2/2 + U(y), with noise across it [barrier/pitchfork_ridge]."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy as sp

from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.networks.noisy import NoisyFormula
from toykit.parameters import Parameters

X, Y = sp.symbols("x y", real=True)
HALF = sp.Rational(1, 2)


class Fork(NoisyFormula):
    """The fork with the opening mu(y) and the floor U(y); descent on it has the noise sigma across the valley.

    `trunk` is the time that two copies run together before they part.

    Raises:
        InputError: mu or U has other symbols than y, or noise or time is negative.

    """

    def __init__(self, mu: sp.Expr, floor: sp.Expr, *, noise: float, trunk: float = 0.0, name: str = "fork") -> None:
        if (mu.free_symbols | floor.free_symbols) - {Y} or noise < 0 or trunk < 0:
            raise InputError(f"a fork has mu(y), U(y), noise >= 0 and time >= 0; got {mu}, {floor}, {noise} and {trunk}")
        super().__init__(X**4 / 4 - mu * X**2 / 2 + floor, (X, Y), name, noise=(noise, 0.0))
        self.mu, self.trunk = mu, trunk

    def opening(self, theta: Parameters) -> float:
        """mu at the height of theta."""
        return float(self.mu.subs(Y, float(theta["y"][0])))


def constant_fork(mu: Fraction | int, *, noise: float, trunk: float = 0.0, start: float = 0.0) -> Pair:
    """The twin minima (-sqrt(mu), 0) and (sqrt(mu), 0) of L = x^4/4 - mu x^2/2 + y^2/2; the base of the pair is (start, 0)."""
    opening = sp.Rational(Fraction(mu).numerator, Fraction(mu).denominator)
    landscape = Fork(opening, Y**2 / 2, noise=noise, trunk=trunk, name=f"fork with mu = {mu}")
    name = f"{landscape.name}, noise {noise:.3g}, trunk {trunk:.3g}, start {start:.3g}"
    return twins(landscape, math.sqrt(mu), 0.0, landscape.point(x=start, y=0.0), name)


def opening_fork(*, noise: float, trunk: float = 0.0, y: float = -1.0) -> Pair:
    """The twin minima (-1, 1) and (1, 1) of L = x^4/4 - y x^2/2 + (y - 1/2)^2/2; the base of the pair is (0, y)."""
    landscape = Fork(sp.sympify(Y), (Y - HALF) ** 2 / 2, noise=noise, trunk=trunk, name="fork that opens with y")
    return twins(landscape, 1.0, 1.0, landscape.point(x=0.0, y=y), landscape.name)


def twins(landscape: Fork, x: float, y: float, base: Parameters, name: str) -> Pair:
    """The pair (-x, y), (x, y)."""
    return Pair(landscape, landscape.point(x=-x, y=y), landscape.point(x=x, y=y), name, base)
