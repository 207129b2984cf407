r"""The table that every estimate must reproduce: φ = c t²(1-t)² + d t²(3-2t) has g(1/2) = c/16, and each estimate a multiple."""

from __future__ import annotations

import sympy as sp

from theory.barrier import curvature_bound, endpoint_expansion, forced_barrier, hessian_simpson, midpoint_expansion, ridge_bound
from theory.barrier._peano import ZERO, inserted
from theory.barrier._profiles import HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Identity, Nonnegative, Square
from theory.symbols import K_3, Delta_norm, M, a, beta, c, d, h_bar, m, r, rho, sigma, t, u
from theory.unevaluated import at

WELL = c * t**2 * (1 - t) ** 2
TILTED = WELL + d * t**2 * (3 - 2 * t)
BEND = c * (2 - 12 * t + 12 * t**2) + 6 * d * (1 - 2 * t)
THIRD = 12 * c * (2 * t - 1) - 12 * d

GAP_AT = c * (sp.Rational(1, 4) - u**2) ** 2 + 2 * d * u * (sp.Rational(1, 4) - u**2)
SLOPE_AT = -4 * c * u * (sp.Rational(1, 4) - u**2) + 2 * d * (sp.Rational(1, 4) - 3 * u**2)
LOWEST = -c - 3 * d**2 / c
HIGHEST = 2 * c + 6 * sp.Abs(d)
LARGEST_THIRD = 12 * (c + sp.Abs(d))
RIDGE = ridge_bound.UPPER_AT.subs({a: HALF, sigma: 0, m: LOWEST, M: HIGHEST}, simultaneous=True)
FORCED = forced_barrier.LOWER.subs({h_bar: 2 * c, sigma: 0, K_3: LARGEST_THIRD}, simultaneous=True)

quarter = sp.Rational(1, 4)
STEPS = (
    Identity(r"The ends are stationary: at $0$ ...", sp.Subs(sp.Derivative(TILTED, t), t, 0), ZERO),
    Identity(r"... and at $1$.", sp.Subs(sp.Derivative(TILTED, t), t, 1), ZERO),
    Identity(r"The curvature.", sp.Derivative(TILTED, (t, 2)), BEND),
    Identity(r"The third derivative ...", sp.Derivative(TILTED, (t, 3)), THIRD),
    Identity(r"... and the fourth.", sp.Derivative(TILTED, (t, 4)), 24 * c),
    Identity(r"The tilt does not move the gap at the middle.", gap_at_half(TILTED), c / 16),
    Identity(
        r"At $t=\frac{1}{2}+u$ the gap depends on the tilt.",
        sp.Subs(TILTED, t, HALF + u) - (HALF + u) * sp.Subs(TILTED, t, 1),
        GAP_AT,
    ),
    Identity(r"The barrier sits where this derivative vanishes;", sp.Derivative(GAP_AT, u), SLOPE_AT),
    Identity(r"at the middle it is $\frac{d}{2}$, so $B>g(1/2)$ for $d\neq 0$.", sp.Subs(SLOPE_AT, u, 0), d / 2),
    Nonnegative(
        r"Without tilt $B=\frac{c}{16}$: $g(\frac{1}{2}+u)\leq\frac{c}{16}$.",
        c / 16 - GAP_AT.subs(d, 0),
        (c, quarter - u**2),
        (Square(quarter, u, (0,)), Square(ONE, u, (0, 1))),
    ),
    Identity(
        r"Lowest curvature: $-c-\frac{3d^2}{c}$ at $t=\frac{1}{2}+\frac{d}{2c}$, which lies on the chord for $|d|\leq c$.",
        BEND - LOWEST,
        12 * c * (t - HALF - d / (2 * c)) ** 2,
    ),
    Nonnegative(
        r"Highest curvature: $2c+6d$ for $d\geq 0$, at the start; mirrored for $d\leq 0$.",
        2 * c + 6 * d - BEND,
        (c, d, t, 1 - t),
        (Square(sp.Integer(12), ONE, (0, 2, 3)), Square(sp.Integer(12), ONE, (1, 2))),
    ),
    Nonnegative(
        r"$\phi'''\geq-12(c+d)$ for $d\geq 0$, with equality at the start ...",
        THIRD + 12 * (c + d),
        (c, t),
        (Square(sp.Integer(24), ONE, (0, 1)),),
    ),
    Nonnegative(
        r"... and $\phi'''\leq 12(c+d)$: $K_3=12(c+|d|)$.",
        12 * (c + d) - THIRD,
        (c, d, 1 - t),
        (Square(sp.Integer(24), ONE, (0, 2)), Square(sp.Integer(24), ONE, (1,))),
    ),
    Identity(r"Row midpoint_expansion.", inserted(midpoint_expansion.ESTIMATE, TILTED), c / 8),
    Identity(r"Row endpoint_expansion.", inserted(endpoint_expansion.ESTIMATE, TILTED), c / 4),
    Identity(r"Row hessian_simpson: exact.", inserted(hessian_simpson.ESTIMATE, TILTED), c / 16),
    Identity(r"Row ridge_bound, $d=0$.", sp.Subs(ridge_bound.BOXED, (rho, M), (c, 2 * c)), c / 12),
    Identity(r"Row curvature_bound, $d=0$.", sp.Subs(curvature_bound.BOUND, r, c), c / 8),
    Identity(
        r"Row ridge_bound with $|\phi''|\leq\beta|\Delta|^2=2c$.",
        sp.Subs(ridge_bound.SMOOTH, beta, 2 * c / Delta_norm**2),
        c / 8,
    ),
    Identity(r"Row curvature_bound with the same.", sp.Subs(curvature_bound.BOUND, r, 2 * c), c / 4),
    Identity(r"Row forced_barrier, $d=0$.", sp.Subs(forced_barrier.LOWER, (h_bar, sigma, K_3), (2 * c, 0, 12 * c)), c / 32),
)

WRONG = (
    Identity(r"The endpoint estimate is said to be the midpoint estimate.", inserted(endpoint_expansion.ESTIMATE, TILTED), c / 8),
    Identity(r"The tilt is said to move the gap at the middle.", gap_at_half(TILTED), c / 16 + d / 2),
    Nonnegative(
        r"With a tilt the highest curvature is said to stay $2c$.",
        2 * c - BEND,
        (c, d, t, 1 - t),
        (Square(sp.Integer(12), ONE, (0, 2, 3)),),
    ),
)

EXAMPLES = (
    Cases(
        r"$c=16$: gap 1, midpoint 2, endpoints 4, three curvatures 1, ridge bound 4/3, curvature bound 2, forced 1/2.",
        (
            (gap_at_half(WELL.subs(c, 16)), ONE),
            (inserted(midpoint_expansion.ESTIMATE, WELL.subs(c, 16)), sp.Integer(2)),
            (inserted(endpoint_expansion.ESTIMATE, WELL.subs(c, 16)), sp.Integer(4)),
            (inserted(hessian_simpson.ESTIMATE, WELL.subs(c, 16)), ONE),
            (at(RIDGE, {c: 16, d: 0}), sp.Rational(4, 3)),
            (at(-LOWEST / 8, {c: 16, d: 0}), sp.Integer(2)),
            (at(FORCED, {c: 16, d: 0}), HALF),
        ),
    ),
    Cases(
        r"$c=16$, $d=1$: $m=-\frac{259}{16}$, $M=38$, $K_3=204$, and at $t=\frac{17}{32}$ the gap is above $1$ already.",
        (
            (at(LOWEST, {c: 16, d: 1}), -sp.Rational(259, 16)),
            (at(HIGHEST, {c: 16, d: 1}), sp.Integer(38)),
            (at(LARGEST_THIRD, {c: 16, d: 1}), sp.Integer(204)),
            (at(GAP_AT, {c: 16, d: 1, u: sp.Rational(1, 32)}), sp.Rational(66045, 65536)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The double well: one table for every estimate",
    kind=Kind.IDENTITY,
    origins=(Origin("here", note="elementary"),),
    statement=(
        r"$\phi=ct^2(1-t)^2+dt^2(3-2t)$ with $c>0$ has stationary ends with $L_b-L_a=d$, and $g(1/2)=\frac{c}{16}$ for every "
        r"tilt $d$. Without tilt $B=\frac{c}{16}$; with $d\neq 0$, $B>\frac{c}{16}$, at $t=\frac{1}{2}+u$ with "
        r"$-4cu(\frac{1}{4}-u^2)+2d(\frac{1}{4}-3u^2)=0$. The estimates of the gap are $\frac{c}{8}$ (midpoint_expansion), "
        r"$\frac{c}{4}$ (endpoint_expansion) and $\frac{c}{16}$ (hessian_simpson) for every tilt. Without tilt the upper bounds "
        r"are $\frac{c}{12}$ (ridge_bound) and $\frac{c}{8}$ (curvature_bound), with $\beta|\Delta|^2=2c$ they are "
        r"$\frac{c}{8}$ and $\frac{c}{4}$, and the lower bound is $\frac{c}{32}$ (forced_barrier)."
    ),
    equality="always",
    necessity=(
        r"WELL: $1-\cos(2\pi t)$ has the gap $2$, and $\frac{c}{16}=2$ would give the endpoint estimate $8$, not "
        r"$\frac{\pi^2}{2}$."
    ),
    letters=(
        Letter(c, r"depth of the well, $16\,g(1/2)$"),
        Letter(d, r"tilt $L_b-L_a$"),
        Letter(u, "offset from the middle of the chord"),
    ),
    assumptions=(
        Assumption(
            "WELL",
            r"the profile is $L_a+ct^2(1-t)^2+dt^2(3-2t)$ with $c>0$",
            "exact from the coefficients of a polynomial profile; sampled values can only refute it",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "gap": c / 16,
        "midpoint": c / 8,
        "endpoint": c / 4,
        "simpson": c / 16,
        "ridge": RIDGE,
        "curvature": -LOWEST / 8,
        "forced": FORCED,
        "gap_at": GAP_AT,
        "slope_at": SLOPE_AT,
    },
    traps=("A ratio of gap to endpoint estimate near 1/4 is what a well has; it does not show that the profile is one.",),
)
