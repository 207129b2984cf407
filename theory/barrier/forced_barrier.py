r"""Sharp stationary ends force a barrier: g(1/2) >= (1/16)(h̄ - 3σ - K_3/8) with h̄ = (h_0 + h_1)/2 and σ = s_1 - s_0."""

from __future__ import annotations

import sympy as sp

from theory.barrier._peano import MEASURED, WAVE, WELL, ZERO, gap_of, halves, total
from theory.barrier._profiles import HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Positive, Primitive, Square
from theory.symbols import K_3, Delta_norm, L_a, L_b, R, above, below, c, h_0, h_1, h_bar, kappa, phi, rho, s_0, s_1, sigma, t
from theory.unevaluated import added, times

QUARTER = sp.Rational(1, 4)
SPREAD = c**3 / 6 - c / 16 + sp.Rational(1, 48)  # the integral of |w|
LOWER_OF_C = -sigma / 4 + h_bar / 8 - c / 4 * (h_bar - sigma) - K_3 * SPREAD
LOWER = (h_bar - 3 * sigma - K_3 / 8) / 16
mean = (h_0 + h_1) / 2
measured = {**MEASURED, sigma: (s_1 - s_0).subs(MEASURED), h_bar: mean.subs(MEASURED)}

WEIGHT = (HALF - t) * (HALF - t - c) / 4  # w on the first half; -w(1-t) on the second
weighted = halves(
    (
        r"Let $w=\frac{1}{4}(\frac{1}{2}-t)(\frac{1}{2}-t-c)$ on the first half of the chord. "
        r"Integrate $w\phi'''$ by parts there ...",
        r"... and on the second half the mirrored weight, with its sign changed.",
    ),
    WEIGHT,
    3,
)

STEPS = (
    *weighted,
    Identity(
        r"Both halves: $\int w\phi'''=g(1/2)+\frac{\sigma}{4}-\frac{\bar h}{8}+\frac{c}{4}(\bar h-\sigma)$, for every $c$.",
        total(*weighted),
        gap_of(HALF) + (sigma / 4 - h_bar / 8 + c / 4 * (h_bar - sigma)).subs(measured),
    ),
    Nonnegative(
        r"Write $w=w_+-w_-$, positive and negative part. With $\kappa=\phi'''(t)$ and $|\kappa|\leq K_3$ (RANGE), "
        r"$w\kappa\geq-K_3|w|$.",
        (above - below) * kappa + K_3 * (above + below),
        (above, below, K_3 - kappa, K_3 + kappa),
        (Square(ONE, ONE, (0, 3)), Square(ONE, ONE, (1, 2))),
    ),
    Cited(r"Integrated, $\int w\phi'''\geq-K_3\int|w|$.", "monotonicity of the integral"),
    Nonnegative(
        r"For $t\leq\frac{1}{2}-c$ both factors are positive ...",
        WEIGHT,
        (HALF - c - t, c),
        (Square(QUARTER, HALF - c - t, ()), Square(QUARTER, ONE, (0, 1))),
    ),
    Nonnegative(
        r"... and for $\frac{1}{2}-c\leq t\leq\frac{1}{2}$ the second is negative.",
        -WEIGHT,
        (HALF - t, t - HALF + c),
        (Square(QUARTER, ONE, (0, 1)),),
    ),
    Primitive(
        r"The outer part of $|w|$ has the integral",
        -((HALF - t) ** 3) / 12 + c * (HALF - t) ** 2 / 8,
        t,
        WEIGHT,
        (ZERO, HALF - c),
        sp.Rational(1, 96) - c / 32 + c**3 / 24,
    ),
    Primitive(
        r"and the inner part",
        (HALF - t) ** 3 / 12 - c * (HALF - t) ** 2 / 8,
        t,
        -WEIGHT,
        (HALF - c, HALF),
        c**3 / 24,
    ),
    Identity(
        r"The second half is the mirror image: $\int|w|=\frac{c^3}{6}-\frac{c}{16}+\frac{1}{48}$, which proves the bound for "
        r"every $c\in[0,\frac{1}{2}]$.",
        times(2, added(sp.Rational(1, 96) - c / 32 + c**3 / 24, c**3 / 24)),
        SPREAD,
    ),
    Identity(r"At $c=\frac{1}{4}$, where $\int|w|=\frac{1}{128}$, it is the boxed form.", sp.Subs(LOWER_OF_C, c, QUARTER), LOWER),
    Identity(
        r"Sharp: the profile with $\phi'''=-K_3\,\mathrm{sign}(w)$ has $\bar h-\sigma=\int(t-\frac{1}{2})\phi'''$, twice that of "
        r"the second half ...",
        2 * (sp.Integral(-K_3 * (t - HALF), (t, HALF, HALF + c)) + sp.Integral(K_3 * (t - HALF), (t, HALF + c, 1))),
        K_3 * (QUARTER - 2 * c**2),
    ),
    Identity(
        r"... at which the bound is stationary in $c$: the best $c$ has $c^2=\frac{1}{8}-\frac{\bar h-\sigma}{2K_3}$.",
        sp.Subs(sp.Derivative(LOWER_OF_C, c), h_bar, sigma + K_3 * (QUARTER - 2 * c**2)),
        ZERO,
    ),
    Identity(
        r"With $\sigma=0$ the best bound is $\frac{\bar h}{8}-\frac{K_3}{48}+\frac{K_3c^3}{3}$.",
        sp.Subs(LOWER_OF_C, (sigma, h_bar), (0, K_3 * (QUARTER - 2 * c**2))),
        sp.Subs(h_bar / 8 - K_3 / 48 + K_3 * c**3 / 3, h_bar, K_3 * (QUARTER - 2 * c**2)),
    ),
    Nonnegative(
        r"Stationary ends of mean curvature $\bar h=R|\Delta|^2$ on a loss with a $\rho$-Lipschitz Hessian, "
        r"$K_3=\rho|\Delta|^3$: without a midpoint barrier $R\leq\frac{1}{8}\rho|\Delta|$.",
        rho * Delta_norm / 8 - R,
        (-sp.Subs(LOWER, (sigma, h_bar, K_3), (0, R * Delta_norm**2, rho * Delta_norm**3)).doit() * 16 / Delta_norm**2,),
        (Square(ONE, ONE, (0,)),),
    ),
    Identity(
        r"Companion: stationary ends of different losses always have a barrier beside the middle, since $g'=\phi'-(L_b-L_a)$ is "
        r"$L_a-L_b$ at both ends, so $g$ is positive near one of them.",
        sp.Derivative(phi(t) - (1 - t) * L_a - t * L_b, t),
        phi(t).diff(t) + L_a - L_b,
    ),
)

WRONG = (
    Identity(
        r"SLOPES is dropped: the identity is written without $\sigma$.",
        total(*weighted),
        gap_of(HALF) + (-h_bar / 8 + c / 4 * h_bar).subs(measured),
    ),
    Identity(
        r"The constant 8 under $K_3$ is replaced by 10.", sp.Subs(LOWER_OF_C, c, QUARTER), (h_bar - 3 * sigma - K_3 / 10) / 16
    ),
    Nonnegative(
        r"RANGE is dropped: $\kappa\geq-K_3$ is not used.",
        (above - below) * kappa + K_3 * (above + below),
        (above, below, K_3 - kappa),
        (),
    ),
    Positive(r"The cruder weight $c=0$ is said to need no $K_3$: $\int|w|=0$.", -SPREAD + c / 1000, c, ZERO, HALF),
)

FAST = 1 - sp.cos(4 * sp.pi * t)
EXAMPLES = (
    Cases(
        r"Equality with $K_3=8$: $\phi''$ falls from $1$ to $-1$, rises to $1$ in the middle, falls to $-1$ and rises to $1$. "
        r"$\sigma=0$, $\bar h=1=K_3/8$, and $g(1/2)=0$.",
        (
            (sp.Integral(1 - 8 * t, (t, 0, QUARTER)) + sp.Integral(8 * t - 3, (t, QUARTER, HALF)), ZERO),
            (
                -2 * (sp.Integral(t / 2 * (1 - 8 * t), (t, 0, QUARTER)) + sp.Integral(t / 2 * (8 * t - 3), (t, QUARTER, HALF))),
                ZERO,
            ),
            (sp.Subs(LOWER, (h_bar, sigma, K_3), (1, 0, 8)), ZERO),
        ),
    ),
    Cases(
        r"It has side barriers of height $1/96$ at $t=\frac{1}{4}$ and $\frac{3}{4}$.",
        ((sp.Subs(t**2 / 2 - sp.Rational(4, 3) * t**3, t, QUARTER), sp.Rational(1, 96)),),
    ),
    Cases(
        r"Quartic well $t^2(1-t)^2$: $\bar h=2$, $K_3=12$, the bound $1/32$, the gap $1/16$. With $K_3/6$ in place of $K_3/8$ "
        r"the bound would be $0$.",
        (
            (sp.Subs(LOWER, (h_bar, sigma, K_3), (2, 0, 12)), sp.Rational(1, 32)),
            (gap_at_half(WELL), sp.Rational(1, 16)),
            (sp.Subs((h_bar - 3 * sigma - K_3 / 6) / 16, (h_bar, sigma, K_3), (2, 0, 12)), ZERO),
        ),
    ),
    Cases(
        r"$1-\cos(2\pi t)$: $\bar h=4\pi^2$, $K_3=8\pi^3$, the bound $\frac{4\pi^2-\pi^3}{16}$, the gap $2$.",
        (
            (sp.Subs(LOWER, (h_bar, sigma, K_3), (4 * sp.pi**2, 0, 8 * sp.pi**3)), (4 * sp.pi**2 - sp.pi**3) / 16),
            (gap_at_half(WAVE), sp.Integer(2)),
        ),
    ),
    Cases(
        r"SMOOTH is needed: $|t-\frac{1}{2}|$ has no curvature, $\sigma=2$, the bound $-3/8$ and the gap $-1/2$.",
        ((gap_at_half(sp.Abs(t - HALF)), -HALF), (sp.Subs(LOWER, (h_bar, sigma, K_3), (0, 2, 0)), -sp.Rational(3, 8))),
    ),
    Cases(
        r"RANGE is needed: $1-\cos(4\pi t)$ is stationary at its ends with $\bar h=16\pi^2$, and $g(1/2)=0$; its $K_3$ is "
        r"$64\pi^3$.",
        ((gap_at_half(FAST), ZERO), (sp.Subs(sp.Derivative(FAST, (t, 2)), t, 0), 16 * sp.pi**2)),
    ),
    Cases(
        r"SLOPES is needed: $\phi=t^2/2$ has $\bar h=1$, $K_3=0$ and $g(1/2)=-1/8$; with $\sigma=1$ the bound is $-1/8$, too.",
        ((gap_at_half(t**2 / 2), -sp.Rational(1, 8)), (sp.Subs(LOWER, (h_bar, sigma, K_3), (1, 1, 0)), -sp.Rational(1, 8))),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Sharp stationary ends force a barrier",
    kind=Kind.LOWER,
    origins=(Origin("here"),),
    statement=(
        r"Let $\bar h=\frac{h_0+h_1}{2}$ be the mean end curvature, $\sigma=s_1-s_0$ the difference of the end slopes and "
        r"$|\phi'''|\leq K_3$. For every $c\in[0,\frac{1}{2}]$, $g(1/2)\geq-\frac{\sigma}{4}+\frac{\bar h}{8}-"
        r"\frac{c}{4}(\bar h-\sigma)-K_3\left(\frac{c^3}{6}-\frac{c}{16}+\frac{1}{48}\right)$. With $c=\frac{1}{4}$: "
        r"$g(1/2)\geq\frac{1}{16}\left(\bar h-3\sigma-\frac{K_3}{8}\right)$. So where $\sigma=0$, $\bar h>\frac{K_3}{8}$ forces "
        r"a barrier at the midpoint, and $\frac{1}{8}$ is the best constant. With $\bar h=R|\Delta|^2$ and a $\rho$-Lipschitz "
        r"Hessian, stationary points without a midpoint barrier have $R\leq\frac{1}{8}\rho|\Delta|$: short chords without a "
        r"barrier run along flat directions. Stationary ends of different losses always have $B>0$."
    ),
    equality=(r"$\phi'''=-K_3\,\mathrm{sign}(w)$, for the best $c$; $K_3=8$, $c=\frac{1}{4}$: $\bar h=1=K_3/8$ and $g(1/2)=0$"),
    necessity=(
        r"SMOOTH: $|t-\frac{1}{2}|$ has $K_3=0$ off its kink and the bound $-3/8$, and $g(1/2)=-1/2$. "
        r"RANGE: $1-\cos(4\pi t)$ is stationary with $\bar h=16\pi^2$, and $g(1/2)=0$. "
        r"SLOPES: $\phi=t^2/2$ has $\bar h>K_3/8=0$ and $g(1/2)=-1/8$."
    ),
    letters=(
        Letter(h_bar, r"mean end curvature $(h_0+h_1)/2$"),
        Letter(sigma, r"difference $\phi'(1)-\phi'(0)$ of the end slopes"),
        Letter(K_3, r"bound on $|\phi'''|$ on the whole chord"),
        Letter(c, "free parameter of the bound, between 0 and 1/2"),
        Letter(rho, "Lipschitz constant of the Hessian on the chord"),
        Letter(Delta_norm, r"length $|\Delta|$ of the chord"),
        Letter(R, r"mean end curvature per squared length, $\bar h/|\Delta|^2$"),
    ),
    assumptions=(
        Assumption(
            "SMOOTH",
            r"$\phi''$ is Lipschitz: no kinks of any sign, no jumps of $\phi''$",
            "activations and loss are analytic, by type; or the pieces of the profile are known and join that smoothly",
        ),
        Assumption(
            "RANGE",
            r"$K_3$ holds on the whole chord",
            "exact for polynomial profiles, or declared; values from an interpolant are estimates",
        ),
        Assumption("SLOPES", r"$\sigma$ is the true difference of the end slopes", "two directional derivatives"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "lower": LOWER,
        "lower_at": LOWER_OF_C,
        "best_c": sp.sqrt(sp.Min(QUARTER, sp.Max(0, sp.Rational(1, 8) - (h_bar - sigma) / (2 * K_3)))),
        "flat": rho * Delta_norm / 8,
    },
    traps=(
        r"The claim is about the midpoint: its extremal instance has $g(1/2)=0$ and barriers on both sides of it.",
        r"Slopes of SGD endpoints are not zero: never set $\sigma=0$ by hand.",
    ),
)
