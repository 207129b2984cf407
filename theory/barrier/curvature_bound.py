r"""No negative curvature, no barrier: m <= φ'' on the chord gives B <= max(0, -m)/8, with equality for a constant φ'' = m < 0."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import GAP, HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import (
    Delta_norm,
    J,
    M,
    a,
    beta,
    concave,
    convex,
    cosine,
    kappa,
    m,
    most_concave,
    norm_a,
    norm_b,
    phi,
    r,
    rho,
    t,
)

UPPER_AT = -a * (1 - a) * m / 2
LOWER_AT = -a * (1 - a) * M / 2
BOUND = r / 8  # for every r >= max(0, -m)
rise, slope_p = sp.symbols("s p_1", real=True)  # max(0, m); the slope of p between two kinks
WHOLE = (Square(ONE, ONE, (0, 1, 2)),)  # the certificate of a product of three nonnegative factors

STEPS = (
    Identity(
        r"Taking the parabola $\frac{m}{2}t^2$ off the profile adds $\frac{a(1-a)}{2}m$ to the gap.",
        (phi(a) - m * a**2 / 2) - (1 - a) * phi(0) - a * (phi(1) - m / 2),
        GAP - UPPER_AT,
    ),
    Identity(r"What is left has the curvature $\phi''-m$.", sp.Derivative(phi(t) - m * t**2 / 2, (t, 2)), phi(t).diff(t, 2) - m),
    Lemma(r"Its gap is $-\int_0^1 G(a,t)\,(\phi''(t)-m)\,dt$ (C11: no kinks).", "barrier/green_identity"),
    Nonnegative(
        r"With $\kappa=\phi''(t)\geq m$ (RANGE), $G\cdot(\kappa-m)\geq 0$ on $t\leq a$.",
        (1 - a) * t * (kappa - m),
        (t, 1 - a, kappa - m),
        WHOLE,
    ),
    Nonnegative(r"The same on $t\geq a$.", a * (1 - t) * (kappa - m), (a, 1 - t, kappa - m), WHOLE),
    Cited(r"So the integral is not negative, and $g(a)\leq-\frac{a(1-a)}{2}m$.", "monotonicity of the integral"),
    Identity(
        r"Lower side: taking the profile off the parabola $\frac{M}{2}t^2$ gives the gap $-g(a)-\frac{a(1-a)}{2}M$ ...",
        (M * a**2 / 2 - phi(a)) + (1 - a) * phi(0) - a * (M / 2 - phi(1)),
        LOWER_AT - GAP,
    ),
    Identity(
        r"... and the curvature $M-\phi''\geq 0$, so that gap is $\leq 0$ in the same way.",
        sp.Derivative(M * t**2 / 2 - phi(t), (t, 2)),
        M - phi(t).diff(t, 2),
    ),
    Nonnegative(r"Convex kinks only lower the gap: $G\cdot J\geq 0$ for $J\geq 0$.", (1 - a) * t * J, (t, 1 - a, J), WHOLE),
    Nonnegative(
        r"A kink that is known counts as a point mass: $-GJ\leq G\,r$ for every $r\geq\max(0,-J)$, here for $t\leq a$ ...",
        (1 - a) * t * (r + J),
        (t, 1 - a, r + J),
        WHOLE,
    ),
    Nonnegative(
        r"... and for $t\geq a$; so known kinks add at most $p(a)=\sum_kG(a,t_k)\max(0,-J_k)$ to the upper side, and in the same "
        r"way take at most $q(a)=\sum_kG(a,t_k)\max(0,J_k)$ from the lower one.",
        a * (1 - t) * (r + J),
        (a, 1 - t, r + J),
        WHOLE,
    ),
    Nonnegative(
        r"For the supremum, write $m=s-r$ with $s,r\geq 0$ and let $P\geq p(a)-\frac{a(1-a)}{2}s$ for all $a$: "
        r"$B\leq P+\frac{r}{8}$.",
        BOUND + most_concave - UPPER_AT.subs(m, rise - r) - concave,
        (r, most_concave - concave + a * (1 - a) * rise / 2),
        (Square(HALF, a - HALF, (0,)), Square(ONE, ONE, (1,))),
    ),
    Identity(
        r"Between two kinks $p$ is linear, so $p(a)-\frac{a(1-a)}{2}s$ has the curvature $s\geq 0$: it is largest at a kink.",
        sp.Derivative(slope_p * a - a * (1 - a) * rise / 2, (a, 2)),
        rise,
    ),
    Nonnegative(
        r"The supremum over $a$: for every $r\geq\max(0,-m)$, $\frac{r}{8}+\frac{a(1-a)}{2}m\geq 0$, as "
        r"$\frac{1}{8}-\frac{a(1-a)}{2}=\frac{1}{2}(a-\frac{1}{2})^2$.",
        BOUND - UPPER_AT,
        (a, 1 - a, r, r + m),
        (Square(HALF, ONE, (0, 1, 3)), Square(HALF, a - HALF, (2,))),
    ),
    Nonnegative(
        r"Integrated form: $-G\kappa\leq G\,r$ for every $r\geq\max(0,-\kappa)$, here on $t\leq a$.",
        (1 - a) * t * (r + kappa),
        (t, 1 - a, r + kappa),
        WHOLE,
    ),
    Identity(
        r"Weak convexity: along the chord, $\frac{\rho}{2}|\theta_t|^2$ has the curvature $\rho|\Delta|^2$, so convexity of "
        r"$\phi+\frac{\rho}{2}|\theta_t|^2$ is $m=-\rho|\Delta|^2$.",
        sp.Derivative(
            rho / 2 * ((1 - t) ** 2 * norm_a**2 + 2 * t * (1 - t) * norm_a * norm_b * cosine + t**2 * norm_b**2), (t, 2)
        ),
        rho * (norm_a**2 - 2 * norm_a * norm_b * cosine + norm_b**2),
    ),
    Cited(
        r"Smoothness: $\phi''=\Delta^TH\Delta\geq-\beta|\Delta|^2$.",
        "the Rayleigh quotient of a symmetric matrix lies between its extreme eigenvalues",
        sp.Ge(m, -beta * Delta_norm**2, evaluate=False),
    ),
    Nonnegative(
        r"Hence $r=\beta|\Delta|^2$ may be taken: the bound $\frac{\beta|\Delta|^2}{8}$.",
        BOUND.subs(r, beta * Delta_norm**2) - UPPER_AT,
        (a, 1 - a, beta, beta * Delta_norm**2 + m),
        (Square(HALF, ONE, (0, 1, 3)), Square(HALF, (a - HALF) * Delta_norm, (2,))),
    ),
)

WRONG = (
    Nonnegative(
        r"The constant 8 is replaced by 10.",
        r / 10 - UPPER_AT,
        (a, 1 - a, r, r + m),
        (Square(HALF, ONE, (0, 1, 3)), Square(HALF, a - HALF, (2,))),
    ),
    Nonnegative(r"A concave kink is left out: $J<0$ is said not to raise the gap.", (1 - a) * t * J, (t, 1 - a), ()),
    Nonnegative(r"RANGE is dropped: $\kappa$ may lie below $m$.", (1 - a) * t * (kappa - m), (t, 1 - a), ()),
    Identity(
        r"The sign of the parabola is flipped.",
        (phi(a) - m * a**2 / 2) - (1 - a) * phi(0) - a * (phi(1) - m / 2),
        GAP + UPPER_AT,
    ),
)

WELL = 16 * t**2 * (1 - t) ** 2
WAVE = 1 - sp.cos(2 * sp.pi * t)
RELU = (sp.Max(0, t - HALF) - 1) ** 2 / 2
EXAMPLES = (
    Cases(
        r"$L=-|\theta|^2$ ($\rho=2$) between points at distance 3: the gap at $1/2$ is the bound $9/4$.",
        (
            (gap_at_half(-9 * t**2), sp.Rational(9, 4)),
            (sp.Subs(BOUND.subs(r, rho * Delta_norm**2), (rho, Delta_norm), (2, 3)), sp.Rational(9, 4)),
        ),
    ),
    Cases(
        r"$\phi=1-\cos(2\pi t)$: $m=-4\pi^2$, bound $\pi^2/2$, and $B=2$.",
        (
            (sp.Subs(-sp.Derivative(WAVE, (t, 2)) / 8, t, HALF), sp.pi**2 / 2),
            (gap_at_half(WAVE), sp.Integer(2)),
        ),
    ),
    Cases(
        r"Quartic well $16t^2(1-t)^2$: $m=-16$, bound 2, $B=1$.",
        ((sp.Subs(-sp.Derivative(WELL, (t, 2)) / 8, t, HALF), sp.Integer(2)), (gap_at_half(WELL), ONE)),
    ),
    Cases(
        r"Fold net, $m=4$, one kink with $J=-4$ at $1/2$: at $a=1/2$ the upper side is $-\frac{1}{2}+1=\frac{1}{2}=B$.",
        ((sp.Subs(UPPER_AT + concave, (a, m, concave), (HALF, 4, 1)), HALF),),
    ),
    Cases(
        r"C11 is needed: one ReLU unit, target 1, has $\phi''\geq 0$ where it exists, but $g(1/2)=3/16$.",
        ((gap_at_half(RELU), sp.Rational(3, 16)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="No negative curvature, no barrier",
    kind=Kind.TWO_SIDED,
    origins=(Origin("classical", note="Jensen gap of a weakly convex function"),),
    statement=(
        r"If $m\leq\phi''\leq M$ on $[0,1]$, then $-\frac{a(1-a)}{2}M\leq g(a)\leq-\frac{a(1-a)}{2}m$ for every $a\in[0,1]$, "
        r"so $B\leq\frac{\max(0,-m)}{8}$. If the loss is $\rho$-weakly convex on the chord, $B\leq\frac{\rho|\Delta|^2}{8}$; "
        r"if it is $\beta$-smooth, $B\leq\frac{\beta|\Delta|^2}{8}$. Integrated: "
        r"$B\leq\max_a\int_0^1 G(a,t)\max(0,-\phi''(t))\,dt$. Kinks that are known count as point masses: then the upper side "
        r"gains $p(a)=\sum_kG(a,t_k)\max(0,-J_k)$, the lower one loses $\sum_kG(a,t_k)\max(0,J_k)$, and "
        r"$B\leq\frac{\max(0,-m)}{8}+\max_a\left(p(a)-\frac{a(1-a)}{2}\max(0,m)\right)$."
    ),
    equality=r"constant curvature: $L=-\frac{\rho}{2}|\theta|^2$ between any two points; $\rho=2$, $|\Delta|=3$ gives $B=9/4$",
    necessity=(
        r"C11: the fold net has $\phi''=4$ wherever it exists, bound $0$, and $B=1/2$; with its kink, $J=-4$ at "
        r"$1/2$, the bound is $1/2$. One ReLU unit with cross-entropy has $\phi''\geq 0$, too, and an unlisted kink. "
        r"RANGE: the double well sampled at its ends only shows $m>0$, bound $0$, and $B>0$."
    ),
    letters=(
        Letter(a, "position at which the gap is read"),
        Letter(m, r"lower bound of $\phi''$ on the whole chord"),
        Letter(M, r"upper bound of $\phi''$ on the whole chord"),
        Letter(rho, "weak convexity constant of the loss on the chord"),
        Letter(beta, "smoothness constant of the loss on the chord"),
        Letter(Delta_norm, r"length $|\Delta|$ of the chord"),
        Letter(concave, r"$\sum_kG(a,t_k)\max(0,-J_k)$ of the known kinks"),
        Letter(convex, r"$\sum_kG(a,t_k)\max(0,J_k)$ of the known kinks"),
        Letter(most_concave, r"the largest $\sum_kG(a,t_k)\max(0,-J_k)-\frac{a(1-a)}{2}\max(0,m)$ of all $a$"),
    ),
    assumptions=(
        Assumption(
            "C11",
            r"$\phi'$ is absolutely continuous (no kinks), or all kinks are known and counted",
            "activations and loss have Lipschitz derivatives, by type; or the list of kinks is computed; never by sampling",
        ),
        Assumption(
            "RANGE",
            r"$m\leq\phi''\leq M$ holds on the whole chord",
            "exact for polynomial profiles, certified by enclosures, or declared; sampled values are estimates",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "upper": BOUND.subs(r, sp.Max(0, -m)),
        "upper_at": UPPER_AT,
        "lower_at": LOWER_AT,
        "kinked_upper": BOUND.subs(r, sp.Max(0, -m)) + most_concave,
        "kinked_upper_at": UPPER_AT + concave,
        "kinked_lower_at": LOWER_AT - convex,
        "weakly_convex": BOUND.subs(r, rho * Delta_norm**2),
        "smooth": BOUND.subs(r, beta * Delta_norm**2),
    },
    kernel=("curvature_bound_at", "curvature_bound"),
    traps=(
        r"A $\beta$ from power iteration at the two ends is not a bound on the chord.",
        r"The upper bound survives convex kinks ($J_k\geq 0$), the lower bound concave ones; neither survives the other kind "
        r"unless it is counted.",
        "Automatic differentiation sees no kink: with its pointwise curvature alone the bound is false for ReLU networks.",
    ),
)
