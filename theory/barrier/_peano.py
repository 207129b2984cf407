r"""Remainders as integrals: R = ∫ k(t) φ^(r)(t) dt with a polynomial kernel k on each half of the chord."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.steps import Primitive
from theory.symbols import h_0, h_1, h_m, phi, s_0, s_1, t
from theory.unevaluated import at

ZERO = sp.Integer(0)
slope, curvature = phi(t).diff(t), phi(t).diff(t, 2)
MEASURED = {
    s_0: slope.subs(t, 0),
    s_1: slope.subs(t, 1),
    h_0: curvature.subs(t, 0),
    h_m: curvature.subs(t, HALF),
    h_1: curvature.subs(t, 1),
}
"""The letters as values of the undefined profile."""


def gap_of(place: sp.Expr) -> sp.Expr:
    """g at a position, of the undefined profile."""
    return phi(place) - (1 - place) * phi(0) - place * phi(1)


def by_parts(kernel: sp.Expr, order: int) -> sp.Expr:
    """An antiderivative of kernel * phi^(order), for a kernel of degree below the order: its boundary terms."""
    return sp.Add(*((-1) ** j * kernel.diff(t, j) * phi(t).diff(t, order - 1 - j) for j in range(order)))


def piece(says: str, kernel: sp.Expr, order: int, bounds: tuple[sp.Expr, sp.Expr]) -> Primitive:
    """∫ kernel phi^(order) over the bounds, by parts until no integral is left."""
    whole = by_parts(kernel, order)
    return Primitive(says, whole, t, kernel * phi(t).diff(t, order), bounds, whole.subs(t, bounds[1]) - whole.subs(t, bounds[0]))


def halves(says: tuple[str, str], kernel: sp.Expr, order: int) -> tuple[Primitive, Primitive]:
    """Both halves of ∫ k phi^(order) for the kernel k on [0, 1/2] and (-1)^order k(1-t) on [1/2, 1].

    An estimate that does not change when the chord is read backwards has such a kernel.
    """
    mirrored = (-1) ** order * kernel.subs(t, 1 - t)
    return piece(says[0], kernel, order, (ZERO, HALF)), piece(says[1], mirrored, order, (HALF, ONE))


def total(*pieces: Primitive) -> sp.Expr:
    """The sum of the values."""
    return sp.Add(*(found.value for found in pieces))


def octic(place: sp.Expr) -> sp.Expr:
    """The gap at a position of a polynomial of degree 8 with free coefficients, for examples."""
    return sp.Subs(GENERIC, t, place) - (1 - place) * sp.Subs(GENERIC, t, 0) - place * sp.Subs(GENERIC, t, 1)


GENERIC = sp.Add(*(sp.Symbol(f"c_{k}", real=True) * t**k for k in range(9)))


def inserted(estimate: sp.Expr, profile: sp.Expr) -> sp.Expr:
    """An estimate in s_0, s_1, h_0, h_m, h_1 with the derivatives of a given profile, left for the checker to evaluate."""
    first, second = sp.Derivative(profile, t), sp.Derivative(profile, (t, 2))
    places = {s_0: (first, ZERO), s_1: (first, ONE), h_0: (second, ZERO), h_m: (second, HALF), h_1: (second, ONE)}
    return at(estimate, {letter: sp.Subs(derivative, t, place) for letter, (derivative, place) in places.items()})


KINKED = sp.Max(0, t - sp.Rational(1, 4))
"""One kink at 1/4 and no curvature anywhere: g(1/2) = -1/8."""

WELL = t**2 * (1 - t) ** 2
WAVE = 1 - sp.cos(2 * sp.pi * t)
