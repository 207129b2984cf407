r"""One hidden ReLU layer of (2 kappa + 2) ceil(N/q) units fits N points of R^q in general position exactly."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Piecewise
from theory.symbols import groups, kappa, largest_weight, n, point_gap, q, residual
from theory.unevaluated import at

WIDTH = (2 * kappa + 2) * sp.ceiling(n / q)
UNSHARED = 4 * kappa * sp.ceiling(n / q)

_TAU, _X, _EPS, _DELTA, _W, _BIG = sp.symbols("tau x epsilon delta w V", real=True)


def _ramps(tau: sp.Expr, x: sp.Expr) -> sp.Expr:
    """sigma(tau+eps+x) - sigma(tau+eps) - sigma(tau-eps+x) + sigma(tau-eps)."""
    return sp.Max(0, tau + _EPS + x) - sp.Max(0, tau + _EPS) - sp.Max(0, tau - _EPS + x) + sp.Max(0, tau - _EPS)


_INSIDE = (sp.Gt(_EPS, 0), sp.Le(_X, _EPS), sp.Ge(_X, -_EPS))


def _widths(*cases: tuple[int, int, int, int, int]) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(N, kappa, q, width shared, width unshared) as equations."""
    found = []
    for count, outputs, inputs, shared, unshared in cases:
        case = {n: count, kappa: outputs, q: inputs}
        found += [(at(WIDTH, case), sp.Integer(shared)), (at(UNSHARED, case), sp.Integer(unshared))]
    return tuple(found)


CLAIM = Claim(
    page=__name__,
    title="One ReLU layer memorises points in general position",
    kind=Kind.IDENTITY,
    origins=(
        Origin("baum1988", note="with thresholds"),
        Origin("bubeck2020", note="ReLU, four units per group, one output"),
        Origin("here", note="units shared by all outputs"),
    ),
    statement=(
        r"Split $N$ points $f_i\in R^q$ into $G=\lceil N/q\rceil$ groups of at most $q$. If the points of every group are "
        r"linearly independent and no other point lies on the group's plane $u\cdot f=1$, then one hidden ReLU layer of "
        r"$(2\kappa+2)G$ units ($4\kappa G$ without sharing) has the outputs $t_i\in R^\kappa$ at $f_i$, for any targets."
    ),
    equality=r"an identity; $N\leq q$ is one group and takes $2\kappa+2$ units",
    necessity=(
        r"GENERAL: two equal rows with different targets are fitted by no function; in one group they are dependent, in two the "
        r"gap is 0. RELU: the four ramps of another activation do not cancel. FLOAT64: the weights grow like $1/\delta$; trained "
        r"features with exact zeros often fail GENERAL in every grouping."
    ),
    letters=(
        Letter(n, "number $N$ of points"),
        Letter(q, "inputs per point: units that vary"),
        Letter(kappa, r"numbers $\kappa$ memorised per point: 1 for a class index, $K$ for vectors"),
        Letter(groups, "number $G$ of groups"),
        Letter(point_gap, r"smallest $|u\cdot f-1|$ of a point outside the group, cut at 1"),
        Letter(residual, r"largest $|S(f_i)-t_i|$, relative to $\max(1,\max|t|)$"),
        Letter(largest_weight, r"largest weight, of the order $1/\delta$"),
    ),
    assumptions=(
        Assumption("RELU", "the activation is ReLU", "by name"),
        Assumption(
            "GENERAL",
            r"each group is linearly independent and no other point lies on its plane, for the grouping used",
            r"condition below $10^{10}$ and gap above $10^{-9}$; the best of several random groupings",
        ),
        Assumption(
            "FLOAT64",
            r"the arithmetic carries the network",
            r"the rounding expected from the sizes of its weights, or the residual itself, is at most $10^{-8}$",
        ),
    ),
    steps=(
        Cited(
            "There are u with u.f = 1 and v_c with v_c.f_i = t_{i,c} on the points of a group.",
            "a system with linearly independent rows is solvable",
        ),
        Piecewise(
            "On the plane (τ = u.f - 1 = 0) four ramps give x itself, as long as |x| <= ε.",
            sp.Eq(_ramps(sp.Integer(0), _X), _X),
            _INSIDE,
        ),
        Piecewise(
            "A point at τ >= 4ε lies beyond all four kinks: the ramps cancel.",
            sp.Eq(_ramps(_TAU, _X), 0),
            (*_INSIDE, sp.Ge(_TAU, 4 * _EPS)),
        ),
        Piecewise(
            "A point at τ <= -4ε lies before all four kinks: the ramps are silent.",
            sp.Eq(_ramps(_TAU, _X), 0),
            (*_INSIDE, sp.Le(_TAU, -4 * _EPS)),
        ),
        Piecewise(
            "With x = δ w, w = v.f and δ = ε/(2V), V the largest |w| over all points, |x| <= ε/2 everywhere; divided by δ, the "
            "ramps of output c have the value v_c.f = t_c on the group and 0 on all other points.",
            sp.Le(2 * sp.Abs(_DELTA * _W), _EPS),
            (sp.Eq(2 * _BIG * _DELTA, _EPS), sp.Ge(_DELTA, 0), sp.Le(_W, _BIG), sp.Ge(_W, -_BIG)),
        ),
        Identity(
            "The two ramps without x serve all outputs: 2 + 2κ units per group.",
            2 * groups + 2 * kappa * groups,
            (2 * kappa + 2) * groups,
        ),
    ),
    wrong=(
        Piecewise("Without |x| <= ε the ramps give x on the plane.", sp.Eq(_ramps(sp.Integer(0), _X), _X), _INSIDE[:1]),
        Piecewise(
            "A point at τ >= ε/2 is out of the strip already.",
            sp.Eq(_ramps(_TAU, _X), 0),
            (*_INSIDE, sp.Ge(2 * _TAU, _EPS)),
        ),
    ),
    examples=(
        Cases(
            "Widths, shared and not: (N, κ, q) = (20, 1, 5), (36, 2, 9), (100, 3, 10), (225, 3, 15), (225, 10, 20).",
            _widths(
                (20, 1, 5, 16, 16), (36, 2, 9, 24, 32), (100, 3, 10, 80, 120), (225, 3, 15, 120, 180), (225, 10, 20, 264, 480)
            ),
        ),
    ),
    formulas={"width": WIDTH, "unshared": UNSHARED},
    traps=(
        r"$1/\delta$ amplifies rounding: a network is evaluated again and refused above $10^{-8}$.",
        "General position is a property of the grouping: redraw it before giving up.",
        r"Dead units make rows dependent: trained features of 1,797 digits failed in every grouping.",
    ),
)
