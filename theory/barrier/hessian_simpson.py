r"""Three curvatures: g(1/2) = -[(h_0 + h_1)/96 + 5 h_m/48] + φ⁽⁶⁾(ξ)/30720, exact for polynomials of degree 5."""

from __future__ import annotations

import sympy as sp

from theory.barrier._peano import GENERIC, KINKED, MEASURED, WAVE, WELL, ZERO, gap_of, halves, inserted, octic, total
from theory.barrier._profiles import HALF, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Positive, Primitive
from theory.symbols import K_6, h_0, h_1, h_m, t
from theory.unevaluated import at

ESTIMATE = -((h_0 + h_1) / 96 + 5 * h_m / 48)
REMAINDER = K_6 / 30720

KERNEL = t**3 * (5 - 12 * t**2) / 2880
sixth = halves(
    (
        r"Integrate $\frac{1}{2880}t^3(5-12t^2)\,\phi^{(6)}$ by parts on the first half of the chord ...",
        r"... and with the mirrored kernel on the second half.",
    ),
    KERNEL,
    6,
)

STEPS = (
    *sixth,
    Identity(
        r"The boundary terms add up to $R=g(1/2)+\frac{h_0+h_1}{96}+\frac{5h_m}{48}$; so polynomials of degree 5 have $R=0$.",
        total(*sixth),
        gap_of(HALF) - at(ESTIMATE, MEASURED),
    ),
    Positive(r"The kernel has one sign on $[0,\frac{1}{2}]$, since $5-12t^2\geq 2$ there.", 5 - 12 * t**2, t, ZERO, HALF),
    Primitive(
        r"Each half of it has the integral $\frac{1}{61440}$.",
        (sp.Rational(5, 4) * t**4 - 2 * t**6) / 2880,
        t,
        KERNEL,
        (ZERO, HALF),
        sp.Rational(1, 61440),
    ),
    Cited(
        r"So $R=\frac{1}{30720}\phi^{(6)}(\xi)$ for some $\xi$, and $|R|\leq K_6/30720$ also where $\phi^{(6)}$ jumps.",
        "mean value theorem for integrals",
    ),
)

WRONG = (
    Cases(
        r"Simpson's own weights $\frac{1}{6},\frac{4}{6},\frac{1}{6}$ are put on $-\frac{1}{8}\phi''$, as if the tent were flat: "
        r"for $t^4$, a polynomial of degree 4, the estimate should be the gap.",
        ((inserted(-(h_0 + 4 * h_m + h_1) / 48, t**4), -sp.Rational(7, 16)),),
    ),
    Positive(r"The kernel is said to have one sign on all of $[0,1]$.", 5 - 12 * t**2, t, ZERO, sp.Integer(1)),
    Primitive(
        r"The constant 30720 is replaced by 15360.",
        (sp.Rational(5, 4) * t**4 - 2 * t**6) / 2880,
        t,
        KERNEL,
        (ZERO, HALF),
        sp.Rational(1, 30720),
    ),
)

BUMP = (t - HALF) ** 6
EXAMPLES = (
    Identity(
        r"A polynomial of degree 8 with free coefficients: what the estimate misses is the integral of the kernel against "
        r"$\phi^{(6)}$.",
        octic(HALF) - inserted(ESTIMATE, GENERIC),
        sp.Integral(KERNEL * GENERIC.diff(t, 6), (t, 0, HALF))
        + sp.Integral(KERNEL.subs(t, 1 - t) * GENERIC.diff(t, 6), (t, HALF, 1)),
    ),
    Cases(
        r"$\phi=(t-\frac{1}{2})^6$: the estimate is $-5/128$, the gap $-1/64$, the remainder $3/128=720/30720$.",
        (
            (inserted(ESTIMATE, BUMP), -sp.Rational(5, 128)),
            (gap_at_half(BUMP), -sp.Rational(1, 64)),
            (gap_at_half(BUMP) - inserted(ESTIMATE, BUMP), sp.Rational(720, 30720)),
        ),
    ),
    Cases(
        r"Quartic well $t^2(1-t)^2$: the estimate is the gap, $1/16$. $1-\cos(2\pi t)$: $\pi^2/3$ against $2$.",
        (
            (inserted(ESTIMATE, WELL), sp.Rational(1, 16)),
            (gap_at_half(WELL), sp.Rational(1, 16)),
            (inserted(ESTIMATE, WAVE), sp.pi**2 / 3),
            (gap_at_half(WAVE), sp.Integer(2)),
        ),
    ),
    Cases(
        r"SMOOTH is needed: $\phi=\max(0,t-\frac{1}{4})$ has no curvature, the estimate $0$ and the gap $-1/8$.",
        ((gap_at_half(KINKED), -sp.Rational(1, 8)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Three curvatures under the tent",
    kind=Kind.ESTIMATE,
    origins=(Origin("here", note="Simpson's rule with the tent as its weight"),),
    statement=(
        r"With the curvatures $h_0,h_m,h_1$ of the profile at $0,\frac{1}{2},1$: "
        r"$g(1/2)=-\left[\frac{h_0+h_1}{96}+\frac{5h_m}{48}\right]+R$ with $|R|\leq\frac{K_6}{30720}$, and "
        r"$R=\frac{1}{30720}\phi^{(6)}(\xi)$ for some $\xi$ where $\phi$ has six continuous derivatives. It needs no slopes."
    ),
    equality=(
        r"polynomials of degree 5 have $R=0$; $R=K_6/30720$ for degree 6 with $\phi^{(6)}=K_6$, "
        r"for example $(t-\frac{1}{2})^6$"
    ),
    necessity=r"SMOOTH: $\phi=\max(0,t-\frac{1}{4})$ has $K_6=0$ off its kink, the estimate $0$, and the gap $-1/8$.",
    letters=(
        Letter(h_0, r"curvature $\phi''(0)=\Delta^TH_a\Delta$"),
        Letter(h_m, r"curvature $\phi''(1/2)$ at the average"),
        Letter(h_1, r"curvature $\phi''(1)=\Delta^TH_b\Delta$"),
        Letter(K_6, r"bound on $|\phi^{(6)}|$ on the whole chord"),
    ),
    assumptions=(
        Assumption(
            "SMOOTH",
            r"$\phi^{(5)}$ is Lipschitz: no kinks of any sign, and no lower derivative jumps",
            "activations and loss are analytic, by type; or the pieces of the profile are known and join that smoothly",
        ),
        Assumption(
            "RANGE",
            r"$K_6$ holds on the whole chord",
            "exact for polynomial profiles, or declared; values from an interpolant are estimates",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"estimate": ESTIMATE, "remainder": REMAINDER},
    traps=(
        "Higher order is not better for far pairs: the sixth derivative grows faster than the second.",
        "Its median ratio to the gap is near 1 there, but the spread is wide; it ranks pairs worse than the endpoint form.",
    ),
)
