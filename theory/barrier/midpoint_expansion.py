r"""The average sits on a ridge: g(1/2) = -h_m/8 + R with |R| <= K_3/48 and R = -φ''''(ξ)/384."""

from __future__ import annotations

import sympy as sp

from theory.barrier._peano import GENERIC, KINKED, MEASURED, WAVE, WELL, ZERO, gap_of, halves, inserted, octic, total
from theory.barrier._profiles import HALF, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Primitive, Square
from theory.symbols import K_3, K_4, h_m, kappa, t
from theory.unevaluated import at

ESTIMATE = -h_m / 8
REMAINDER = K_3 / 48
REMAINDER_4 = K_4 / 384

KERNEL_3 = t**2 / 4
KERNEL_4 = -(t**3) / 12
third = halves(
    (
        r"Integrate $\frac{1}{4}t^2\phi'''$ by parts on the first half of the chord: the boundary terms hold $\phi''(1/2)$ ...",
        r"... and on the second half the mirrored kernel, which changes its sign.",
    ),
    KERNEL_3,
    3,
)
fourth = halves(
    (
        r"One order further: the kernel $-\frac{1}{12}t^3$ against $\phi''''$ on the first half ...",
        r"... and its mirror image on the second.",
    ),
    KERNEL_4,
    4,
)

STEPS = (
    *third,
    Identity(
        r"The boundary terms of both halves add up to $R=g(1/2)+\frac{h_m}{8}$.",
        total(*third),
        gap_of(HALF) - at(ESTIMATE, MEASURED),
    ),
    Nonnegative(
        r"With $\kappa=\phi'''(t)\leq K_3$ (RANGE) a term of the first half is at most that of $K_3$ ...",
        KERNEL_3 * (K_3 - kappa),
        (K_3 - kappa,),
        (Square(sp.Rational(1, 4), t, (0,)),),
    ),
    Nonnegative(
        r"... and with $\kappa\geq-K_3$ so is a term of the second.",
        KERNEL_3.subs(t, 1 - t) * (K_3 + kappa),
        (K_3 + kappa,),
        (Square(sp.Rational(1, 4), 1 - t, (0,)),),
    ),
    Primitive(
        r"Each half of the kernel has the integral $\frac{1}{96}$.", t**3 / 12, t, KERNEL_3, (ZERO, HALF), sp.Rational(1, 96)
    ),
    Cited(
        r"Integrated, $R\leq 2\cdot\frac{1}{96}K_3=\frac{K_3}{48}$; for $-\phi$ the same bounds $-R$.",
        "monotonicity of the integral",
    ),
    *fourth,
    Identity(r"They add up to the same remainder.", total(*fourth), gap_of(HALF) - at(ESTIMATE, MEASURED)),
    Nonnegative(r"This kernel has one sign.", -KERNEL_4, (t,), (Square(sp.Rational(1, 12), t, (0,)),)),
    Primitive(
        r"Each half of it has the integral $-\frac{1}{768}$.", -(t**4) / 48, t, KERNEL_4, (ZERO, HALF), -sp.Rational(1, 768)
    ),
    Cited(
        r"So $R=-\frac{1}{384}\phi''''(\xi)$ for some $\xi$, and $|R|\leq K_4/384$ also where $\phi''''$ jumps.",
        "mean value theorem for integrals",
    ),
)

WRONG = (
    Identity(
        r"The estimate is said to be $-\frac{h_m}{4}$, as if the parabola at the middle were read from end to end.",
        total(*third),
        gap_of(HALF) + h_m.subs(MEASURED) / 4,
    ),
    Identity(
        r"The kernel of third order is mirrored without its change of sign.",
        total(third[0]) - total(third[1]),
        gap_of(HALF) - at(ESTIMATE, MEASURED),
    ),
    Primitive(r"The constant 384 is replaced by 256.", -(t**4) / 48, t, KERNEL_4, (ZERO, HALF), -sp.Rational(1, 512)),
    Nonnegative(r"RANGE is dropped: $\kappa\leq K_3$ is not used.", KERNEL_3 * (K_3 - kappa), (), ()),
)

BUMP = (t - HALF) ** 4
EXAMPLES = (
    Identity(
        r"A polynomial of degree 8 with free coefficients: what the estimate misses is the integral of the kernel against "
        r"$\phi''''$.",
        octic(HALF) - inserted(ESTIMATE, GENERIC),
        sp.Integral(KERNEL_4 * GENERIC.diff(t, 4), (t, 0, HALF))
        + sp.Integral(KERNEL_4.subs(t, 1 - t) * GENERIC.diff(t, 4), (t, HALF, 1)),
    ),
    Cases(
        r"$\phi=(t-\frac{1}{2})^4$: the estimate is $0$, the gap $-1/16=-24/384$.",
        ((inserted(ESTIMATE, BUMP), ZERO), (gap_at_half(BUMP), -sp.Rational(1, 16)), (gap_at_half(BUMP), -sp.Rational(24, 384))),
    ),
    Cases(
        r"Quartic well $t^2(1-t)^2$: the estimate is $1/8$, twice the gap. $1-\cos(2\pi t)$: $\pi^2/2$ against $2$.",
        (
            (inserted(ESTIMATE, WELL), sp.Rational(1, 8)),
            (gap_at_half(WELL), sp.Rational(1, 16)),
            (inserted(ESTIMATE, WAVE), sp.pi**2 / 2),
            (gap_at_half(WAVE), sp.Integer(2)),
        ),
    ),
    Cases(
        r"Sharp: $\phi'''=1$ on the left half and $-1$ on the right half has the remainder $1/48$.",
        ((sp.Integral(KERNEL_3, (t, 0, HALF)) + sp.Integral((1 - t) ** 2 / 4, (t, HALF, 1)), sp.Rational(1, 48)),),
    ),
    Cases(
        r"SMOOTH is needed: $\phi=\max(0,t-\frac{1}{4})$ has no curvature, the estimate $0$ and the gap $-1/8$.",
        ((gap_at_half(KINKED), -sp.Rational(1, 8)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The average sits on a ridge",
    kind=Kind.ESTIMATE,
    origins=(Origin("here", note="an estimate of second order from the middle of the chord"),),
    statement=(
        r"With the curvature $h_m=\phi''(1/2)$ at the average of the two solutions, $g(1/2)=-\frac{h_m}{8}+R$ with "
        r"$|R|\leq\frac{K_3}{48}$, and $R=-\frac{1}{384}\phi''''(\xi)$ for some $\xi$ where $\phi$ has four continuous "
        r"derivatives: a barrier at the midpoint is negative curvature at the midpoint, up to the remainder."
    ),
    equality=(
        r"cubics have $R=0$; $|R|=K_3/48$ for $\phi'''=K_3$ on the left half and $-K_3$ on the right half; $R=-K_4/384$ for "
        r"every quartic with $\phi''''=K_4$, for example $(t-\frac{1}{2})^4$"
    ),
    necessity=r"SMOOTH: $\phi=\max(0,t-\frac{1}{4})$ has $K_3=0$ off its kink, the estimate $0$, and the gap $-1/8$.",
    letters=(
        Letter(h_m, r"curvature $\phi''(1/2)=\Delta^TH\Delta$ at the average"),
        Letter(K_3, r"bound on $|\phi'''|$ on the whole chord"),
        Letter(K_4, r"bound on $|\phi''''|$ on the whole chord"),
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
    formulas={"estimate": ESTIMATE, "remainder": REMAINDER, "remainder_4": REMAINDER_4},
    traps=(
        "It uses the middle of the chord that it predicts: as a predictor it is weaker evidence than the endpoint form.",
        "On independent pairs it can rank worse than the endpoint form.",
    ),
)
