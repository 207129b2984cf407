r"""Barrier height from the two solutions alone: g(1/2) = (s_0 - s_1)/4 + (h_0 + h_1)/16 + R, |R| <= K_3/48, R = -φ''''(ξ)/128."""

from __future__ import annotations

import sympy as sp

from theory.barrier._peano import GENERIC, KINKED, MEASURED, WAVE, WELL, ZERO, gap_of, halves, inserted, octic, total
from theory.barrier._profiles import HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Positive, Primitive, Square
from theory.symbols import K_3, K_4, Delta_norm, a, h_0, h_1, kappa, phi, rho, s_0, s_1, t
from theory.unevaluated import at

ESTIMATE_AT = a * (1 - a) * (s_0 - s_1) + a * (1 - a) / 2 * (a * h_0 + (1 - a) * h_1)
ESTIMATE = (s_0 - s_1) / 4 + (h_0 + h_1) / 16
REMAINDER_AT = K_3 / 6 * a * (1 - a) * (a**2 + (1 - a) ** 2)
REMAINDER = K_3 / 48
REMAINDER_4 = K_4 / 128

slope, curvature, third = phi(t).diff(t), phi(t).diff(t, 2), phi(t).diff(t, 3)
LEFT, RIGHT = (a - t) ** 2 / 2, (t - a) ** 2 / 2
left_value = phi(a) - phi(0) - a * slope.subs(t, 0) - a**2 / 2 * curvature.subs(t, 0)
right_value = phi(1) - phi(a) - (1 - a) * slope.subs(t, 1) + (1 - a) ** 2 / 2 * curvature.subs(t, 1)

KERNEL = -t * (4 * t**2 - 6 * t + 3) / 48  # of phi'''' on [0, 1/2], mirrored on [1/2, 1]
fourth = halves(
    (
        r"At the midpoint, one order further: the kernel $-\frac{1}{48}t(4t^2-6t+3)$ against $\phi''''$, on the first half ...",
        r"... and its mirror image on the second half.",
    ),
    KERNEL,
    4,
)

STEPS = (
    Primitive(
        r"Taylor's formula from $\theta_a$: $\int_0^a\frac{(a-t)^2}{2}\phi'''$ is what the parabola at $0$ misses at $a$.",
        LEFT * curvature + (a - t) * slope + phi(t),
        t,
        LEFT * third,
        (ZERO, a),
        left_value,
    ),
    Primitive(
        r"Taylor's formula from $\theta_b$, backwards: the parabola at $1$ misses $-\int_a^1\frac{(t-a)^2}{2}\phi'''$.",
        RIGHT * curvature - (t - a) * slope + phi(t),
        t,
        RIGHT * third,
        (a, ONE),
        right_value,
    ),
    Identity(
        r"With the weights $1-a$ and $a$ of the chord: $g(a)$ minus the estimate is $R=(1-a)\int_0^a-\,a\int_a^1$.",
        gap_of(a) - at(ESTIMATE_AT, MEASURED),
        (1 - a) * left_value - a * right_value,
    ),
    Nonnegative(
        r"With $\kappa=\phi'''(t)\leq K_3$ (RANGE), a term of the first integral is at most that of $K_3$ ...",
        (1 - a) * LEFT * (K_3 - kappa),
        (1 - a, K_3 - kappa),
        (Square(HALF, a - t, (0, 1)),),
    ),
    Nonnegative(
        r"... and with $\kappa\geq-K_3$ so is a term of the second.",
        a * RIGHT * (K_3 + kappa),
        (a, K_3 + kappa),
        (Square(HALF, t - a, (0, 1)),),
    ),
    Primitive(r"The first kernel has the integral", -((a - t) ** 3) / 6, t, LEFT, (ZERO, a), a**3 / 6),
    Primitive(r"and the second", (t - a) ** 3 / 6, t, RIGHT, (a, ONE), (1 - a) ** 3 / 6),
    Cited(
        r"Integrated, $R\leq K_3\left[(1-a)\frac{a^3}{6}+a\frac{(1-a)^3}{6}\right]$; for $-\phi$ the same bounds $-R$.",
        "monotonicity of the integral",
    ),
    Identity(
        r"That is the remainder at $a$.",
        K_3 * ((1 - a) * a**3 / 6 + a * (1 - a) ** 3 / 6),
        REMAINDER_AT,
    ),
    Identity(r"At the midpoint the estimate needs a quarter and a sixteenth.", sp.Subs(ESTIMATE_AT, a, HALF), ESTIMATE),
    Identity(r"At the midpoint the remainder is $K_3/48$.", sp.Subs(REMAINDER_AT, a, HALF), REMAINDER),
    *fourth,
    Identity(
        r"The boundary terms of both halves add up to the remainder.",
        total(*fourth),
        gap_of(HALF) - at(ESTIMATE, MEASURED),
    ),
    Positive(
        r"That kernel has one sign, since $4t^2-6t+3>0$ (its discriminant is $36-48$).", 4 * t**2 - 6 * t + 3, t, ZERO, HALF
    ),
    Primitive(
        r"Each half of it has the integral $-\frac{1}{256}$.",
        -(t**4 - 2 * t**3 + sp.Rational(3, 2) * t**2) / 48,
        t,
        KERNEL,
        (ZERO, HALF),
        -sp.Rational(1, 256),
    ),
    Cited(
        r"So $R=-\frac{1}{128}\phi''''(\xi)$ for some $\xi$, and $|R|\leq K_4/128$ also where $\phi''''$ jumps.",
        "mean value theorem for integrals",
    ),
    Identity(
        r"Branching point: if the loss is quadratic on the chord, $h_0=h_1=\kappa=\Delta^TH\Delta$ and $s_1=s_0+\kappa$, and the "
        r"estimate, then exact, is $-\frac{a(1-a)}{2}\Delta^TH\Delta$.",
        sp.Subs(ESTIMATE_AT, (h_0, h_1, s_1), (kappa, kappa, s_0 + kappa)),
        -a * (1 - a) / 2 * kappa,
    ),
    Cited(
        r"A $\rho$-Lipschitz Hessian gives $|\phi''(t)-\phi''(u)|\leq\rho|t-u||\Delta|^3$.",
        "the quadratic form of a matrix is at most its spectral norm times the squared length",
        sp.Le(K_3, rho * Delta_norm**3, evaluate=False),
    ),
)

WRONG = (
    Identity(
        r"The slopes are dropped, as if the ends were stationary.",
        total(*fourth),
        gap_of(HALF) - ((h_0 + h_1) / 16).subs(MEASURED),
    ),
    Identity(
        r"The curvatures are exchanged: $h_0$ gets the weight of $h_1$.",
        gap_of(a) - (a * (1 - a) * (s_0 - s_1) + a * (1 - a) / 2 * ((1 - a) * h_0 + a * h_1)).subs(MEASURED),
        (1 - a) * left_value - a * right_value,
    ),
    Identity(r"The remainder at the midpoint is said to be $K_3/96$.", sp.Subs(REMAINDER_AT, a, HALF), K_3 / 96),
    Nonnegative(r"RANGE is dropped: $\kappa\leq K_3$ is not used.", (1 - a) * LEFT * (K_3 - kappa), (1 - a,), ()),
)

EXAMPLES = (
    Identity(
        r"A polynomial of degree 8 with free coefficients: what the estimate misses is the integral of the kernel against "
        r"$\phi''''$.",
        octic(HALF) - inserted(ESTIMATE, GENERIC),
        sp.Integral(KERNEL * GENERIC.diff(t, 4), (t, 0, HALF))
        + sp.Integral(KERNEL.subs(t, 1 - t) * GENERIC.diff(t, 4), (t, HALF, 1)),
    ),
    Cases(
        r"$\phi=t^4$: the estimate is $-1/4$, the gap $-7/16$, the remainder $-24/128$.",
        (
            (inserted(ESTIMATE, t**4), -sp.Rational(1, 4)),
            (gap_at_half(t**4), -sp.Rational(7, 16)),
            (gap_at_half(t**4) - inserted(ESTIMATE, t**4), -sp.Rational(24, 128)),
        ),
    ),
    Cases(
        r"Quartic well $t^2(1-t)^2$: the estimate is $1/4$, four times the gap. $1-\cos(2\pi t)$: $\pi^2/2$ against $2$.",
        (
            (inserted(ESTIMATE, WELL), sp.Rational(1, 4)),
            (gap_at_half(WELL), sp.Rational(1, 16)),
            (inserted(ESTIMATE, WAVE), sp.pi**2 / 2),
            (gap_at_half(WAVE), sp.Integer(2)),
        ),
    ),
    Cases(
        r"Sharp: $\phi'''=1$ on the left half and $-1$ on the right half has the remainder $1/48$.",
        (
            (
                sp.Integral(LEFT.subs(a, HALF) / 2, (t, 0, HALF)) + sp.Integral(RIGHT.subs(a, HALF) / 2, (t, HALF, 1)),
                sp.Rational(1, 48),
            ),
        ),
    ),
    Cases(
        r"SMOOTH is needed: $\phi=\max(0,t-\frac{1}{4})$ has no curvature, the estimate $-1/4$ and the gap $-1/8$.",
        (
            (sp.Subs(ESTIMATE, (s_0, s_1, h_0, h_1), (0, 1, 0, 0)), -sp.Rational(1, 4)),
            (gap_at_half(KINKED), -sp.Rational(1, 8)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Barrier height from the two solutions",
    kind=Kind.ESTIMATE,
    origins=(
        Origin("singh2024", note="our statement; expansion point, constants and wording may differ from the published ones"),
        Origin("here", note="remainders"),
    ),
    statement=(
        r"With the end slopes $s_0,s_1$ and end curvatures $h_0,h_1$ of the profile, "
        r"$g(a)=a(1-a)(s_0-s_1)+\frac{a(1-a)}{2}\left[a\,h_0+(1-a)h_1\right]+R$ with "
        r"$|R|\leq\frac{K_3}{6}a(1-a)\left[a^2+(1-a)^2\right]$. At the midpoint "
        r"$g(1/2)=\frac{s_0-s_1}{4}+\frac{h_0+h_1}{16}+R$ with $|R|\leq\frac{K_3}{48}$, and $R=-\frac{1}{128}\phi''''(\xi)$ for "
        r"some $\xi$ where $\phi$ has four continuous derivatives. Nearly stationary ends: "
        r"$g(1/2)\approx\frac{1}{16}\Delta^T(H_a+H_b)\Delta$. On a quadratic loss $g(a)=-\frac{a(1-a)}{2}\Delta^TH\Delta$."
    ),
    equality=(
        r"quadratics at every $a$ and cubics at $a=1/2$ have $R=0$; $|R|=K_3/48$ for $\phi'''=K_3$ on the left half and $-K_3$ "
        r"on the right half; $R=-K_4/128$ for every quartic with $\phi''''=K_4$"
    ),
    necessity=(
        r"SMOOTH: $\phi=\max(0,t-\frac{1}{4})$ has $K_3=0$ off its kink, the estimate $-1/4$, and the gap $-1/8$. "
        r"The fold net, whose kink lies exactly at $1/2$, happens to be estimated exactly."
    ),
    letters=(
        Letter(a, "position at which the gap is estimated"),
        Letter(s_0, r"slope $\phi'(0)$"),
        Letter(s_1, r"slope $\phi'(1)$"),
        Letter(h_0, r"curvature $\phi''(0)=\Delta^TH_a\Delta$"),
        Letter(h_1, r"curvature $\phi''(1)=\Delta^TH_b\Delta$"),
        Letter(K_3, r"bound on $|\phi'''|$ on the whole chord"),
        Letter(K_4, r"bound on $|\phi''''|$ on the whole chord"),
        Letter(rho, "Lipschitz constant of the Hessian on the chord"),
        Letter(Delta_norm, r"length $|\Delta|$ of the chord"),
    ),
    assumptions=(
        Assumption(
            "SMOOTH",
            r"$\phi''$ is Lipschitz: no kinks of any sign, no jumps of $\phi''$; for the form with $K_4$, $\phi'''$ is Lipschitz",
            "activations and loss are analytic, by type; or the pieces of the profile are known and join that smoothly",
        ),
        Assumption(
            "RANGE",
            r"$K_3$ and $K_4$ hold on the whole chord",
            "exact for polynomial profiles, or declared; values from an interpolant are estimates",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "estimate": ESTIMATE,
        "estimate_at": ESTIMATE_AT,
        "stationary": (h_0 + h_1) / 16,
        "remainder": REMAINDER,
        "remainder_at": REMAINDER_AT,
        "remainder_4": REMAINDER_4,
        "lipschitz": REMAINDER.subs(K_3, rho * Delta_norm**3),
    },
    traps=(
        r"The slopes of SGD endpoints are not zero: dropping $\frac{s_0-s_1}{4}$ changes the estimate.",
        r"A Gauss-Newton product in place of the Hessian is another estimate: say which one was used.",
        r"It ranks pairs, it does not measure them: far apart it was two to five times too high on small regressions, and too "
        r"low between classifiers whose cross-entropy is saturated, since such ends are flat.",
    ),
)
