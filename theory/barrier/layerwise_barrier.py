r"""Single layers from their diagonal blocks: B_l^sym = (s_0-s_1)/4 + (h_0+h_1)/16 + R_l with |R_l| <= K_{3,l}/48."""

from __future__ import annotations

import sympy as sp

from theory.barrier._peano import ZERO, by_parts, total
from theory.barrier._profiles import HALF, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Primitive, Square
from theory.symbols import K_3, B_layers, B_sym, L_a, L_b, c, factor, gap_m, h_0, h_1, kappa, n, phi, s_0, s_1, t
from theory.unevaluated import at

ESTIMATE = (s_0 - s_1) / 4 + (h_0 + h_1) / 16
REMAINDER = K_3 / 48
INDEX = 1 - B_layers / gap_m

psi = sp.Function("psi")  # the cut from the other end: phi(t) = L(theta_a + t Delta_l), psi(t) = L(theta_b - t Delta_l)
KERNEL = (HALF - t) ** 2 / 2
AT_ENDS = {
    s_0: phi(t).diff(t).subs(t, 0),
    h_0: phi(t).diff(t, 2).subs(t, 0),
    s_1: -psi(t).diff(t).subs(t, 0),
    h_1: psi(t).diff(t, 2).subs(t, 0),
}
MEASURED = (phi(HALF) + psi(HALF)) / 2 - (phi(0) + psi(0)) / 2


def _taylor(says: str, cut: sp.Function) -> Primitive:
    """∫ (1/2-t)^2/2 cut'''(t) dt on [0, 1/2], by parts: the value at 1/2 minus its Taylor polynomial from 0."""
    whole = by_parts(KERNEL, 3).replace(phi, cut)
    value = whole.subs(t, HALF) - whole.subs(t, 0)
    return Primitive(says, whole, t, KERNEL * cut(t).diff(t, 3), (ZERO, HALF), value)


START = _taylor(
    r"From $\theta_a$: $\phi(t)=L(\theta_a+t\Delta_l)$; integrate $\frac{1}{2}(\frac{1}{2}-t)^2\phi'''$ by parts.", phi
)
END = _taylor(r"From $\theta_b$: the same for $\psi(t)=L(\theta_b-t\Delta_l)$.", psi)

# two layers: coordinates of Delta in each, gradient and Hessian of one end; an output affine in the layer
d_1, d_2, H_11, H_12, H_22, A_11, A_12, A_22 = sp.symbols("d_1 d_2 H_11 H_12 H_22 A_11 A_12 A_22", real=True)
z, dz, y = sp.symbols("z delta_z y", real=True)


def _form(first: sp.Expr, mixed: sp.Expr, second: sp.Expr) -> sp.Expr:
    return first * d_1**2 + 2 * mixed * d_1 * d_2 + second * d_2**2


STEPS = (
    START,
    END,
    Identity(
        r"Half of both: the boundary terms are $B_l^{sym}$ minus the estimate. $\psi$ runs backwards, so $\psi'(0)=-s_1$.",
        total(START, END) / 2,
        MEASURED - at(ESTIMATE, AT_ENDS),
    ),
    Nonnegative(
        r"With $\kappa\leq K_3$ (RANGE) for $\kappa=\phi'''(t)$ or $\psi'''(t)$, each term is at most that of $K_3$ ...",
        KERNEL * (K_3 - kappa),
        (K_3 - kappa,),
        (Square(HALF, HALF - t, (0,)),),
    ),
    Nonnegative(
        r"... and with $\kappa\geq-K_3$ at least that of $-K_3$.",
        KERNEL * (K_3 + kappa),
        (K_3 + kappa,),
        (Square(HALF, HALF - t, (0,)),),
    ),
    Primitive(
        r"The kernel has the integral $\frac{1}{48}$.", -((HALF - t) ** 3) / 6, t, KERNEL, (ZERO, HALF), sp.Rational(1, 48)
    ),
    Cited(r"So $|R_l|\leq\frac{1}{2}\left(\frac{K_3}{48}+\frac{K_3}{48}\right)$.", "monotonicity of the integral"),
    Identity(
        r"Squared loss in a layer in which the outputs are affine (the last one): the cut is quadratic, so $R_l=0$.",
        sp.Derivative(factor * (z + t * dz - y) ** 2, (t, 3)),
        ZERO,
    ),
    Lemma(r"The full chord has the same estimate, with the whole of $\Delta$.", "barrier/endpoint_expansion"),
    Identity(
        r"Slopes add up over layers, curvatures do not: with two layers of one coordinate each, and $H$, $A$ the Hessians at the "
        r"two ends, the full estimate exceeds the sum by $\frac{1}{16}\sum_{l\neq k}\Delta_l^T(H+A)_{lk}\Delta_k$.",
        (_form(H_11, H_12, H_22) + _form(A_11, A_12, A_22)) / 16 - (H_11 + A_11) * d_1**2 / 16 - (H_22 + A_22) * d_2**2 / 16,
        (d_1 * (H_12 + A_12) * d_2 + d_2 * (H_12 + A_12) * d_1) / 16,
    ),
)

WRONG = (
    Identity(
        r"The slope at $\theta_b$ is added instead of subtracted, as if both cuts ran forwards.",
        total(START, END) / 2,
        MEASURED - sp.Subs(ESTIMATE, s_1, -s_1).doit().subs(AT_ENDS),
    ),
    Primitive(r"The constant 48 is replaced by 96.", -((HALF - t) ** 3) / 6, t, KERNEL, (ZERO, HALF), sp.Rational(1, 96)),
    Nonnegative(r"RANGE is dropped: $\kappa\leq K_3$ is not used.", KERNEL * (K_3 - kappa), (), ()),
    Identity(
        r"The blocks between layers are forgotten.",
        _form(H_11, H_12, H_22) / 16,
        (H_11 * d_1**2 + H_22 * d_2**2) / 16,
    ),
)

# (w_1 w_2 - 1)^2/2 from (1, 1) to (c, 1/c), and (s^2 - 1)^2 in the sum s of n layers from -1/n to 1/n each
w_1, w_2 = sp.symbols("w_1 w_2", real=True)
PRODUCT = (w_1 * w_2 - 1) ** 2 / 2
MIDDLE = {w_1: (1 + c) / 2, w_2: (1 + 1 / c) / 2}


def _product(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    return sp.Subs(PRODUCT, (w_1, w_2), (first, second))


BLOCK = (c - 1) ** 2 * (1 + c**2) / (16 * c**2)
SUM_OF_LAYERS = (1 - (1 - 1 / n) ** 2) ** 2
KINKED = sp.Max(0, t - sp.Rational(1, 4))
EXAMPLES = (
    Identity(
        r"$L=\frac{1}{2}(w_1w_2-1)^2$ from $(1,1)$ to $(c,\frac{1}{c})$, layer 1: measured, $\frac{(c-1)^2(1+c^2)}{16c^2}$ ...",
        (_product(MIDDLE[w_1], 1) + _product(MIDDLE[w_1], 1 / c)) / 2,
        BLOCK,
    ),
    Identity(
        r"... layer 2 the same ...",
        (_product(1, MIDDLE[w_2]) + _product(c, MIDDLE[w_2])) / 2,
        BLOCK,
    ),
    Identity(
        r"... and so is the estimate: both ends are minima, with $\partial_1^2L=w_2^2$.",
        sp.Subs(ESTIMATE, (s_0, s_1, h_0, h_1), (0, 0, (c - 1) ** 2, (c - 1) ** 2 / c**2)),
        BLOCK,
    ),
    Identity(
        r"Its full gap.",
        _product(MIDDLE[w_1], MIDDLE[w_2]),
        (c - 1) ** 4 / (32 * c**2),
    ),
    Cases(
        r"$c=2$: base $a$, layer 1 has $\frac{1}{8}$, 16 times the full $\frac{1}{128}$; $B_l^{sym}=\frac{5}{64}$ for both "
        r"layers, index $-19$.",
        (
            (_product(sp.Rational(3, 2), 1), sp.Rational(1, 8)),
            (sp.Subs(BLOCK, c, 2), sp.Rational(5, 64)),
            (sp.Subs(INDEX, (B_layers, gap_m), (sp.Rational(10, 64), sp.Rational(1, 128))), sp.Integer(-19)),
        ),
    ),
    Cases(
        r"Super-additive: $(s^2-1)^2$ in the sum $s$ of $n$ layers, each from $-\frac{1}{n}$ to $\frac{1}{n}$, has $g(1/2)=1$ "
        r"and the index $-\frac{1}{8},\frac{15}{64},\frac{44}{125},\frac{287}{512}$ for $n=2,4,5,8$.",
        tuple(
            (sp.Subs(INDEX, (B_layers, gap_m), (layers * sp.Subs(SUM_OF_LAYERS, n, layers), 1)), index)
            for layers, index in (
                (2, sp.Rational(-1, 8)),
                (4, sp.Rational(15, 64)),
                (5, sp.Rational(44, 125)),
                (8, sp.Rational(287, 512)),
            )
        ),
    ),
    Cases(
        r"SMOOTH is needed: one layer, $L=\max(0,t-\frac{1}{4})$: the estimate is $-\frac{1}{4}$, measured $-\frac{1}{8}$, "
        r"$K_3=0$.",
        (
            (sp.Subs(ESTIMATE, (s_0, s_1, h_0, h_1), (0, 1, 0, 0)), sp.Rational(-1, 4)),
            (gap_at_half(KINKED), sp.Rational(-1, 8)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Diagonal blocks predict single layers",
    kind=Kind.ESTIMATE,
    origins=(
        Origin("adilova2024", "Definition 2", "the layer-wise barrier"),
        Origin("singh2024", note="that barrier heights extend to layers"),
        Origin("here", note="formula and remainder"),
    ),
    statement=(
        r"Split $\Delta=\sum_l\Delta_l$ into layers and let $B_l^{sym}=\frac{1}{2}\left[L(\theta_a+\frac{1}{2}\Delta_l)+"
        r"L(\theta_b-\frac{1}{2}\Delta_l)\right]-\frac{1}{2}(L_a+L_b)$ be the cost of merging layer $l$ alone. With the slopes "
        r"$s_0=\langle\nabla L(\theta_a),\Delta_l\rangle$, $s_1=\langle\nabla L(\theta_b),\Delta_l\rangle$ and the blocks "
        r"$h_0=\Delta_l^TH(\theta_a)\Delta_l$, $h_1=\Delta_l^TH(\theta_b)\Delta_l$, "
        r"$B_l^{sym}=\frac{1}{4}(s_0-s_1)+\frac{1}{16}(h_0+h_1)+R_l$ with $|R_l|\leq\frac{K_3}{48}$. Under the squared loss "
        r"$R_l=0$ for the last layer. The endpoint estimate of the full chord exceeds the sum over layers by the "
        r"cross-layer part $\frac{1}{16}\sum_{l\neq k}\Delta_l^T(H_a+H_b)_{lk}\Delta_k$; $1-\frac{1}{g(1/2)}\sum_lB_l^{sym}$ is "
        r"the super-additivity index."
    ),
    equality=(
        r"every loss that is quadratic in layer $l$; $|R_l|=K_3/48$ where both cuts have the same constant third derivative, as "
        r"$w_1^3w_2$ with $w_2$ from 1 to $-1$"
    ),
    necessity=r"SMOOTH: one layer, $L=\max(0,t-\frac{1}{4})$ has $K_3=0$ off its kink, and the estimate misses $\frac{1}{8}$.",
    letters=(
        Letter(s_0, r"slope $\langle\nabla L(\theta_a),\Delta_l\rangle$ in the layer"),
        Letter(s_1, r"slope $\langle\nabla L(\theta_b),\Delta_l\rangle$ in the layer"),
        Letter(h_0, r"block $\Delta_l^TH(\theta_a)\Delta_l$"),
        Letter(h_1, r"block $\Delta_l^TH(\theta_b)\Delta_l$"),
        Letter(K_3, r"bound on the third derivative along $\Delta_l$ on both half cuts"),
        Letter(B_sym, r"$B_l^{sym}$, cost of merging the layer alone"),
        Letter(B_layers, r"sum of $B_l^{sym}$ over the layers"),
        Letter(gap_m, r"$g(1/2)$, gap of the full chord"),
        Letter(L_a, r"loss at $\theta_a$"),
        Letter(L_b, r"loss at $\theta_b$"),
    ),
    assumptions=(
        Assumption(
            "SMOOTH",
            r"the second derivative along each $\Delta_l$ is Lipschitz: no kinks",
            "activations and loss are analytic, by type; or the pieces of each cut are known and join that smoothly",
        ),
        Assumption(
            "RANGE",
            r"$K_3$ holds on both half cuts",
            "exact for polynomial cuts and where the cut is quadratic by type; else from an interpolant, an estimate",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"estimate": ESTIMATE, "remainder": REMAINDER, "index": INDEX},
    traps=(
        r"The barrier of a layer is not bounded by the full one: for $c$ near 1 the ratio $\frac{4c^2}{(c-1)^2}$ has no limit.",
        "Base $a$ and base $b$ differ: report both and their mean.",
        r"The index is meaningful only where $g(1/2)$ is clearly positive.",
    ),
)
