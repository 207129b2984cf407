r"""φ'' = E[z'ᵀ ∇²l z'] + E<∇l, z''>: for a convex loss only the second, functional part can raise a barrier."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Piecewise, Square
from theory.symbols import K, a, functional, gauss_newton, kappa, t, u
from theory.unevaluated import times

RAISING = sp.Max(0, -functional)
OUTPUT_ERROR = a * (1 - a) / 2 * K

# two outputs along the chord: z_i(t+s) = z_i + s z_i' + s^2 z_i''/2, and l by its gradient and Hessian at z
s = sp.Symbol("s", real=True)
g_1, g_2, H_11, H_12, H_22 = sp.symbols("g_1 g_2 H_11 H_12 H_22", real=True)
v_1, v_2, w_1, w_2 = sp.symbols("v_1 v_2 w_1 w_2", real=True)
STEP = (s * v_1 + s**2 * w_1 / 2, s * v_2 + s**2 * w_2 / 2)
SECOND_ORDER = g_1 * STEP[0] + g_2 * STEP[1] + (H_11 * STEP[0] ** 2 + 2 * H_12 * STEP[0] * STEP[1] + H_22 * STEP[1] ** 2) / 2
PART_GN = H_11 * v_1**2 + 2 * H_12 * v_1 * v_2 + H_22 * v_2**2
PART_FH = g_1 * w_1 + g_2 * w_2
f_1, f_2 = sp.symbols("f_1 f_2", real=True)
TENT_HALF = sp.Min(HALF, t) * (1 - sp.Max(HALF, t))

STEPS = (
    Cited(
        r"At one position the second derivative of $l(z(t))$ sees $l$ and $z$ through their Taylor polynomials of degree 2.",
        "Taylor's theorem",
    ),
    Identity(
        r"Chain rule for two outputs: with $v=z'$, $w=z''$, gradient $g$ and Hessian $H$ of $l$, "
        r"$\phi''=v^\top Hv+\langle g,w\rangle$.",
        sp.Subs(sp.Derivative(SECOND_ORDER, (s, 2)), s, 0),
        PART_GN + PART_FH,
    ),
    Cited(
        r"The Gauss-Newton part $\mathbb E[v^\top Hv]$ is not negative (CONVEX).",
        "a convex function has a positive semidefinite Hessian",
    ),
    Piecewise(
        r"So $-\phi''\leq\max(0,-\mathrm{FH})$ at every position, with $\phi''=\mathrm{GN}+\mathrm{FH}$.",
        -(gauss_newton + functional) <= sp.Max(0, -functional),
        (gauss_newton >= 0,),
    ),
    Lemma(r"$g(a)=-\int_0^1G(a,t)\,\phi''(t)\,dt$ (C11).", "barrier/green_identity"),
    Nonnegative(
        r"The tent is not negative, so each weighted value grows when $-\phi''$ is replaced by a larger number $K$.",
        u * K - u * kappa,
        (u, K - kappa),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Cited(r"Integrated: $B\leq\max_a\int G(a,t)\max(0,-\mathrm{FH}(t))\,dt$.", "monotonicity of the integral"),
    Piecewise(
        r"Example by example: the positive part of a mean is at most the mean of the positive parts; for two examples ...",
        sp.Max(0, -(f_1 + f_2) / 2) <= (sp.Max(0, -f_1) + sp.Max(0, -f_2)) / 2,
    ),
    Cited(r"... and for any number of them.", "Jensen's inequality"),
    Lemma(r"Each output $z_k(t)$ is a profile; its gap is the output error: $E_k(a)=-\int G\,z_k''$.", "barrier/green_identity"),
    Nonnegative(
        r"With $|z_k''|\leq K$ and $\int G=\frac{a(1-a)}{2}$: $|E_k(a)|\leq\frac{a(1-a)}{2}K$.",
        u * K + u * kappa,
        (u, K + kappa),
        (Square(ONE, ONE, (0, 1)),),
    ),
)

WRONG = (
    Identity(
        r"The functional part is counted with a factor 1/2.",
        sp.Subs(sp.Derivative(SECOND_ORDER, (s, 2)), s, 0),
        PART_GN + PART_FH / 2,
    ),
    Piecewise(
        r"CONVEX is dropped: the Gauss-Newton part may be negative.",
        -(gauss_newton + functional) <= sp.Max(0, -functional),
    ),
    Piecewise(
        r"The positive part of the mean is said to be the larger one.",
        sp.Max(0, -(f_1 + f_2) / 2) >= (sp.Max(0, -f_1) + sp.Max(0, -f_2)) / 2,
    ),
)


def _bound(raising: sp.Expr) -> sp.Expr:
    """∫ G(1/2,t) max(0,-FH) dt of a symmetric integrand, left for the checker."""
    return 2 * sp.Integral(t / 2 * raising, (t, 0, HALF))


PRODUCT = (1 - 2 * t) ** 2
BRANCH = (1 + t) * (1 - t / 2)
EXAMPLES = (
    Cases(
        r"$z=w_1w_2$, $l=(z-1)^2/2$ from $(1,1)$ to $(-1,-1)$: $\mathrm{FH}=-32t(1-t)$ gives the bound $5/6$, and $B=1/2$.",
        ((_bound(32 * t * (1 - t)), sp.Rational(5, 6)), (sp.Subs((PRODUCT - 1) ** 2 / 2, t, HALF), HALF)),
    ),
    Identity(
        r"There $\mathrm{GN}=16(1-2t)^2$ and $\mathrm{FH}=-32t(1-t)$ add up to $\phi''$.",
        sp.Derivative((PRODUCT - 1) ** 2 / 2, (t, 2)),
        16 * (1 - 2 * t) ** 2 - 32 * t * (1 - t),
    ),
    Cases(
        r"From $(1,1)$ to $(2,1/2)$: $\mathrm{FH}=-t(1-t)/2$, bound $5/384$, and $B=1/128$: again $5/3$ of $B$.",
        (
            (_bound(t * (1 - t) / 2), sp.Rational(5, 384)),
            (sp.Subs((BRANCH - 1) ** 2 / 2, t, HALF), sp.Rational(1, 128)),
            (times(sp.Rational(5, 6), 1 / HALF), times(sp.Rational(5, 384), 128)),
        ),
    ),
    Cases(
        r"Equality: $l(z)=z$, $z=t(1-t)$ has $\mathrm{GN}=0$, $\mathrm{FH}=-2$, bound $1/4=B$.",
        ((_bound(sp.Integer(2)), sp.Rational(1, 4)), (sp.Subs(t * (1 - t), t, HALF), sp.Rational(1, 4))),
    ),
    Cases(
        r"C11 is needed: the fold net has $z''=0$ off its kink; the atom contributes $\frac{1}{4}\cdot 4=1\geq B=\frac{1}{2}$.",
        ((sp.Subs(TENT_HALF, t, HALF) * 4, ONE),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Only one part of the Hessian raises barriers",
    kind=Kind.UPPER,
    origins=(Origin("classical", note="Gauss-Newton decomposition"), Origin("here", note="the barrier bound")),
    statement=(
        r"Along the chord $\phi''=\mathrm{GN}+\mathrm{FH}$ with $\mathrm{GN}=\mathbb E[z'^\top\nabla^2l\,z']$ and "
        r"$\mathrm{FH}=\mathbb E\langle\nabla_zl,z''\rangle$. If $l$ is convex in $z$, then $\mathrm{GN}\geq 0$ and "
        r"$B\leq\max_a\int_0^1G(a,t)\max(0,-\mathrm{FH}(t))\,dt"
        r"\leq\max_a\int_0^1G(a,t)\,\mathbb E\max(0,-\langle\nabla_zl,z''\rangle)\,dt$. Also "
        r"$|E_k(a)|\leq\frac{a(1-a)}{2}\sup_t|z_k''|$. Networks that are linear in $\theta$ have $\mathrm{FH}=0$."
    ),
    equality=(
        r"the first bound where $\mathrm{GN}=0$ and $\mathrm{FH}\leq 0$: $l(z)=z$, $z=t(1-t)$; the bound on $E_k$ where "
        r"$z_k''$ is constant; two linear layers with interpolating ends: bound $\frac{5}{3}B$"
    ),
    necessity=(
        r"CONVEX: $l=1-e^{-z^2}$ with $z=4t$ has $\mathrm{FH}=0$, yet $g(1/2)=0.4817$. C11: the fold net has $z''=0$ off its "
        r"kink, yet $B=1/2$."
    ),
    letters=(
        Letter(a, "position at which the output error is read"),
        Letter(K, r"$\sup_t|z_k''|$, the largest over outputs and examples"),
        Letter(functional, r"$\mathrm{FH}$ at one position, or of one example"),
    ),
    assumptions=(
        Assumption("CONVEX", r"$l$ is convex and twice differentiable in the outputs", "by type of the loss"),
        Assumption("C11", r"$\phi'$ and $z'$ are absolutely continuous (no kinks)", "activations and loss, by type"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"raising": RAISING, "output_error": OUTPUT_ERROR},
    traps=(
        r"FH vanishes at ends that interpolate, not along the chord between them.",
        r"For piecewise-linear networks $z''$ sits in the kinks: FH from automatic differentiation misses it.",
    ),
)
