r"""Walls and ridge: with m <= φ'' <= M and σ = φ'(1) - φ'(0), g(a) <= (a(1-a)/2) [-m - (σ-m)²/(M-m)], sharp for every a."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Primitive, Square
from theory.symbols import Delta_norm, M, a, above, below, beta, c, ell, kappa, m, phi, r, rho, sigma, t, u

UPPER_AT = a * (1 - a) / 2 * (-m - (sigma - m) ** 2 / (M - m))
LOWER_AT = a * (1 - a) / 2 * (-M + (M - sigma) ** 2 / (M - m))

BOXED = rho * M / (8 * (rho + M))  # sigma = 0, m = -rho
SMOOTH = beta * Delta_norm**2 / 16
SLOPE_UPPER_AT = a * (1 - a) * (M / 2 - sigma)
SLOPE_LOWER_AT = a * (1 - a) * (m / 2 - sigma)

SHARE = (M - sigma) / (M - m)  # ell: the share of the chord on which the extremal curvature is m
LEVEL = a * (1 - a) * (1 - ell)  # c: the kernel is above it on an interval of length ell
START, END = a * (1 - ell), a + (1 - a) * ell  # that interval
ABOVE = a * (1 - a) * ell**2 / 2  # integral of G_+ = (G-c)_+
BELOW = ABOVE - a * (1 - a) / 2 + LEVEL  # integral of G_- = (c-G)_+
flat = {ell: SHARE}

STEPS = (
    Lemma(r"$g(a)=-\int_0^1 G(a,t)\,\phi''(t)\,dt$ (C11: no kinks).", "barrier/green_identity"),
    Primitive(
        r"The mean curvature is the difference of the end slopes: $\int_0^1\phi''=\sigma$ (SLOPES).",
        phi(t).diff(t),
        t,
        phi(t).diff(t, 2),
        (sp.Integer(0), ONE),
        phi(t).diff(t).subs(t, 1) - phi(t).diff(t).subs(t, 0),
    ),
    Identity(
        r"So for any level $c$, $-\int G\phi''=-\int(G-c)\phi''-c\sigma$: at one position, with $G=u$ and $\kappa=\phi''(t)$.",
        -u * kappa,
        -(u - c) * kappa - c * kappa,
    ),
    Nonnegative(
        r"Write $G-c=G_+-G_-$, positive and negative part. By RANGE $m\leq\kappa\leq M$, so $-(G-c)\kappa\leq-mG_++MG_-$.",
        -m * above + M * below + (above - below) * kappa,
        (above, below, kappa - m, M - kappa),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3))),
    ),
    Cited(
        r"Integrated: $g(a)\leq-m\int G_++M\int G_--c\sigma$; in the same way $m\leq\sigma\leq M$.",
        "monotonicity of the integral",
    ),
    Identity(r"Take $\ell=\frac{M-\sigma}{M-m}$; then $1-\ell=\frac{\sigma-m}{M-m}$.", 1 - SHARE, (sigma - m) / (M - m)),
    Identity(
        r"At the level $c=a(1-a)(1-\ell)$ the rising side of the tent reaches $c$ at $a(1-\ell)$ ...",
        sp.Subs((1 - a) * t, t, START),
        LEVEL,
    ),
    Identity(r"... and the falling side at $a+(1-a)\ell$ ...", sp.Subs(a * (1 - t), t, END), LEVEL),
    Identity(r"... so the tent is above $c$ on an interval of length $\ell$.", END - START, ell),
    Nonnegative(
        r"On the rising side $G\geq c$ exactly to the right of that point.",
        (1 - a) * t - LEVEL,
        (1 - a, t - START),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Nonnegative(
        r"On the falling side $G\geq c$ exactly to the left of the other.",
        a * (1 - t) - LEVEL,
        (a, END - t),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Primitive(
        r"The tip of the tent above the level, rising side.",
        (1 - a) * t**2 / 2 - LEVEL * t,
        t,
        (1 - a) * t - LEVEL,
        (START, a),
        a * ABOVE,
    ),
    Primitive(
        r"The tip of the tent above the level, falling side.",
        -a * (1 - t) ** 2 / 2 - LEVEL * t,
        t,
        a * (1 - t) - LEVEL,
        (a, END),
        (1 - a) * ABOVE,
    ),
    Identity(
        r"Together $\int G_+=\frac{a(1-a)}{2}\ell^2$; since $\int(G_+-G_-)=\int G-c$, the part below follows.",
        a * ABOVE + (1 - a) * ABOVE - BELOW,
        a * (1 - a) / 2 - LEVEL,
    ),
    Identity(
        r"Inserting the three numbers gives the upper bound.",
        (-m * ABOVE + M * BELOW - LEVEL * sigma).subs(flat),
        UPPER_AT,
    ),
    Identity(
        r"Sharp: the curvature $m$ on that interval and $M$ outside has the mean $\sigma$ ...",
        (m * ell + M * (1 - ell)).subs(flat),
        sigma,
    ),
    Identity(
        r"... and its gap $-m\int_{G>c}G-M\int_{G<c}G$ is the bound.",
        (-m * (ABOVE + LEVEL * ell) - M * (a * (1 - a) / 2 - ABOVE - LEVEL * ell)).subs(flat),
        UPPER_AT,
    ),
    Identity(
        r"Lower side: $-\phi$ has the range $[-M,-m]$ and the slope difference $-\sigma$.",
        -sp.Subs(UPPER_AT, (m, M, sigma), (-M, -m, -sigma)),
        LOWER_AT,
    ),
    Identity(
        r"Equal end slopes, $m=-\rho$ with $\rho>0$, at $a=1/2$: the boxed form.",
        sp.Subs(UPPER_AT, (a, sigma, m), (HALF, 0, -rho)),
        BOXED,
    ),
    Identity(
        r"With $\rho=M=\beta|\Delta|^2$ half of the curvature bound.",
        sp.Subs(UPPER_AT, (a, sigma, m, M), (HALF, 0, -beta * Delta_norm**2, beta * Delta_norm**2)),
        SMOOTH,
    ),
    Nonnegative(
        r"The supremum over $a$: where the bracket $r\geq 0$, $\frac{a(1-a)}{2}r$ is largest at $a=1/2$.",
        r / 8 - a * (1 - a) / 2 * r,
        (r,),
        (Square(HALF, a - HALF, (0,)),),
    ),
    Nonnegative(
        r"Knowing only $M$: take the level $c=a(1-a)$, the top of the tent, so that $G=c-G_-$ and $G_-\kappa\leq MG_-$.",
        M * below - below * kappa,
        (below, M - kappa),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Identity(
        r"Integrated: $M\int G_--c\sigma$ with $\int G_-=c-\int G$, the third bound.",
        M * (a * (1 - a) - a * (1 - a) / 2) - a * (1 - a) * sigma,
        SLOPE_UPPER_AT,
    ),
    Identity(
        r"The fourth is the third for $-\phi$.",
        -sp.Subs(SLOPE_UPPER_AT, (M, sigma), (-m, -sigma)),
        SLOPE_LOWER_AT,
    ),
)

WRONG = (
    Identity(
        r"The square is taken of $\sigma+m$ instead of $\sigma-m$.",
        (-m * ABOVE + M * BELOW - LEVEL * sigma).subs(flat),
        a * (1 - a) / 2 * (-m - (sigma + m) ** 2 / (M - m)),
    ),
    Identity(
        r"SLOPES is dropped: the bound for $\sigma=0$ is used for every $\sigma$.",
        UPPER_AT.subs({a: HALF, m: -rho}),
        BOXED,
    ),
    Nonnegative(
        r"RANGE is dropped: $\kappa\leq M$ is not used.",
        -m * above + M * below + (above - below) * kappa,
        (above, below, kappa - m),
        (),
    ),
)

EIGHTH = sp.Rational(1, 8)
LETTERS = (a, m, M, sigma)
DECIMALS = {
    (sp.Rational(3, 10), -1, 3, HALF): (sp.Rational(-1509375, 10**7), sp.Rational(459375, 10**7)),
    (sp.Rational(7, 10), -2, 1, sp.Rational(-2, 5)): (sp.Rational(-364, 10**4), sp.Rational(1204, 10**4)),
    (HALF, -1, 3, sp.Integer(0)): (sp.Rational(-3, 32), sp.Rational(3, 32)),
}
EXAMPLES = (
    Cases(
        r"Both bounds at three choices of $(a,m,M,\sigma)$.",
        tuple(
            (sp.Subs(bound, LETTERS, letters), truth)
            for letters, truths in DECIMALS.items()
            for bound, truth in zip((LOWER_AT, UPPER_AT), truths, strict=True)
        ),
    ),
    Cases(
        r"The spline with $\phi''=-1$ on $[1/8,7/8]$ and $3$ outside has $\sigma=0$ and meets the bound: $g(1/2)=3/32$.",
        (
            (2 * sp.Integral(3, (t, 0, EIGHTH)) - sp.Integral(1, (t, EIGHTH, 1 - EIGHTH)), sp.Integer(0)),
            (
                -2 * (sp.Integral(3 * t / 2, (t, 0, sp.Rational(1, 8))) - sp.Integral(t / 2, (t, sp.Rational(1, 8), HALF))),
                sp.Rational(3, 32),
            ),
        ),
    ),
    Cases(
        r"Quartic well $ct^2(1-t)^2$: $m=-c$, $M=2c$, $\sigma=0$, bound $c/12$; and $1-\cos(2\pi t)$: bound $\pi^2/4$.",
        (
            (sp.Subs(UPPER_AT, LETTERS, (HALF, -16, 32, 0)), sp.Rational(16, 12)),
            (sp.Subs(UPPER_AT, LETTERS, (HALF, -4 * sp.pi**2, 4 * sp.pi**2, 0)), sp.pi**2 / 4),
        ),
    ),
    Cases(
        r"$\sigma$ is needed: $\phi=-t^2/2$ has $|\phi''|\leq 1$ and $g(1/2)=1/8$; with $\sigma=0$ by hand the bound is $1/16$, "
        r"with the true $\sigma=-1$ it is $1/8$.",
        (
            (gap_at_half(-(t**2) / 2), sp.Rational(1, 8)),
            (sp.Subs(UPPER_AT, LETTERS, (HALF, -1, 1, 0)), sp.Rational(1, 16)),
            (sp.Subs(UPPER_AT, LETTERS, (HALF, -1, 1, -1)), sp.Rational(1, 8)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Walls and ridge: the slope-aware bound",
    kind=Kind.TWO_SIDED,
    origins=(Origin("here", note="bathtub principle"),),
    statement=(
        r"Let $m\leq\phi''\leq M$ on $[0,1]$ with $m<M$, and $\sigma=\phi'(1)-\phi'(0)$. For every $a\in[0,1]$, "
        r"$\frac{a(1-a)}{2}\left[-M+\frac{(M-\sigma)^2}{M-m}\right]\leq g(a)\leq"
        r"\frac{a(1-a)}{2}\left[-m-\frac{(\sigma-m)^2}{M-m}\right]$, both sharp. Equal end slopes ($\sigma=0$, for example two "
        r"stationary ends) with $m<0<M$: $B\leq\frac{1}{8}\frac{|m|M}{|m|+M}$; with $|\phi''|\leq\beta|\Delta|^2$: "
        r"$B\leq\frac{\beta|\Delta|^2}{16}$. Knowing only $M$, or only $m$: $g(a)\leq a(1-a)\left[\frac{M}{2}-\sigma\right]$, "
        r"$g(a)\geq a(1-a)\left[\frac{m}{2}-\sigma\right]$."
    ),
    equality=(
        r"the symmetric spline with $\phi''=m$ on the middle interval of length $\frac{M}{M+|m|}$ and $\phi''=M$ outside: "
        r"$M=3$, $m=-1$ gives $B=3/32$"
    ),
    necessity=(
        r"SLOPES: $\phi=-t^2/2$ has $|\phi''|\leq 1$ and $\sigma=-1$; setting $\sigma=0$ by hand gives $1/16<B=1/8$. "
        r"C11: the fold net has $\int\phi''=4$ but $\sigma=0$; this mismatch detects its kink."
    ),
    letters=(
        Letter(a, "position at which the gap is read"),
        Letter(m, r"lower bound of $\phi''$ on the whole chord"),
        Letter(M, r"upper bound of $\phi''$ on the whole chord"),
        Letter(sigma, r"difference $\phi'(1)-\phi'(0)$ of the end slopes"),
        Letter(beta, "smoothness constant of the loss on the chord"),
        Letter(Delta_norm, r"length $|\Delta|$ of the chord"),
    ),
    assumptions=(
        Assumption(
            "C11",
            r"$\phi'$ is absolutely continuous (no kinks)",
            "activations and loss have Lipschitz derivatives, by type; or the computed list of break points is empty",
        ),
        Assumption(
            "RANGE",
            r"$m\leq\phi''\leq M$ holds on the whole chord, with $m<M$",
            "exact for polynomial profiles, certified by enclosures, or declared; sampled values are estimates",
        ),
        Assumption("SLOPES", r"$\sigma$ is the true difference of the end slopes", "two directional derivatives"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "upper": sp.Max(0, UPPER_AT.subs(a, sp.Rational(1, 2))),
        "upper_at": UPPER_AT,
        "lower_at": LOWER_AT,
        "stationary": BOXED.subs(rho, sp.Abs(m)),
        "smooth": SMOOTH,
        "slope_upper_at": SLOPE_UPPER_AT,
        "slope_lower_at": SLOPE_LOWER_AT,
    },
    kernel=("three_parts", "ridge_bound_at", "stationary_bound"),
    traps=(
        r"SGD endpoints are not stationary: never set $\sigma=0$ by hand.",
        r"A sampled $m$ is too large and a sampled $M$ too small: both errors make the bound too small.",
        r"A constant curvature has $m=M$: any larger $M$ is valid too, and the bound tends to the curvature bound.",
    ),
)
