r"""Two networks matched to a common third: |A' - B'| <= eps_a + eps_b, B <= beta (eps_a + eps_b)^2/8, and what chance explains.

cos(A', B') lies within sqrt((1 - rho_a^2)(1 - rho_b^2)) of rho_a rho_b, and is rho_a rho_b in the mean where the residuals
of A' and B' beside the reference C are independent of each other. The index T measures what goes beyond.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import Delta_norm, beta, cosine, eps_a, eps_b, rho_a, rho_b, rho_direct
from theory.unevaluated import added, at

Q = sp.Rational
ONE = sp.Integer(1)
inner, p, q = sp.symbols("inner p q", real=True)  # <A'-C, C-B'>; residuals of A' and B' along one direction
V = sp.Matrix(3, 3, sp.symbols("v_1:10", real=True))
A, B = sp.symbols("a_2:4", real=True), sp.symbols("b_2:4", real=True)
x = sp.Symbol("x", real=True)

NULL = rho_a * rho_b
WIDTH_2 = (1 - rho_a**2) * (1 - rho_b**2)
GRAM = sp.Matrix([[1, rho_a, rho_b], [rho_a, 1, cosine], [rho_b, cosine, 1]])
INDEX = (cosine - NULL) / (rho_direct - NULL)
SMOOTH = beta * Delta_norm**2 / 8
VIA = beta * (eps_a + eps_b) ** 2 / 8


def _in_coordinates(mirrored: int) -> sp.Expr:
    """<A', B'> for A' = (rho_a, a_2, a_3) and B' = (rho_b, b_2, b_3), C the first unit vector; mirrored at C for -1."""
    return rho_a * rho_b + mirrored * sp.Add(*(a * b for a, b in zip(A, B, strict=True)))


def _index(joint: str, null: str, direct: str) -> sp.Expr:
    return at(INDEX, {cosine: Q(joint), rho_a: Q(null), rho_b: 1, rho_direct: Q(direct)})


CLAIM = Claim(
    page=__name__,
    title="Two networks matched to a common third",
    kind=Kind.UPPER,
    origins=(Origin("csiszarik2023", note="the phenomenon"), Origin("here", note="bounds, null model and index")),
    statement=(
        r"Let $A'$ and $B'$ be two networks matched to a third, $C$, with $\epsilon_a = |A'-C|$, $\epsilon_b = |B'-C|$ and the "
        r"cosines $\rho_a = \cos(A',C)$, $\rho_b = \cos(B',C)$. Then $|A'-B'| \leq \epsilon_a+\epsilon_b$. If $\phi'' \geq "
        r"-\beta|A'-B'|^2$ on the segment, $B \leq \frac{\beta}{8}|A'-B'|^2 \leq \frac{\beta}{8}(\epsilon_a+\epsilon_b)^2$. "
        r"$|\cos(A',B') - \rho_a\rho_b| \leq \sqrt{(1-\rho_a^2)(1-\rho_b^2)}$. Where the parts of $A'$ and $B'$ orthogonal to "
        r"$C$ have nothing to do with each other, $E\cos(A',B') = \rho_a\rho_b$, and for unit norms $\cos(A'-C, B'-C) = "
        r"\frac{1}{2}\sqrt{(1-\rho_a)(1-\rho_b)}$, which is positive. The transitivity index "
        r"$T = \frac{\cos(A',B')-\rho_a\rho_b}{\rho_{direct}-\rho_a\rho_b}$, with $\rho_{direct}$ the cosine of the two matched "
        r"to each other, is 0 under that null model and 1 for a common frame."
    ),
    equality=(
        r"$L = -\frac{\beta}{2}|\theta-C|^2$ with $A' = C-\epsilon_a u$, $B' = C+\epsilon_b u$: equality in both bounds. The "
        r"ends of the interval of cosines are met where the residuals are parallel; the mean over $B'$ and its mirror image at "
        r"$C$ is $\rho_a\rho_b$ always."
    ),
    necessity=(
        r"SMOOTH: $L(x) = -|x|$ between $-1$ and $1$ has second derivative 0 wherever it exists, and a barrier of 1. NULL: the "
        r"mean over one network and itself, not its mirror image, is $\cos(A',B')$, whatever that is."
    ),
    letters=(
        Letter(eps_a, r"$|A'-C|$"),
        Letter(eps_b, r"$|B'-C|$"),
        Letter(Delta_norm, r"$|A'-B'|$"),
        Letter(beta, r"largest $-\phi''/|A'-B'|^2$ on the segment, at least 0"),
        Letter(rho_a, r"$\cos(A',C)$"),
        Letter(rho_b, r"$\cos(B',C)$"),
        Letter(cosine, r"$\cos(A',B')$"),
        Letter(rho_direct, r"$\cos(A,B)$ with $B$ matched to $A$ directly"),
    ),
    assumptions=(
        Assumption("SMOOTH", r"$\phi'$ is absolutely continuous on the segment (no kinks)", "declared by the parts of the loss"),
        Assumption(
            "CURVATURE", r"$\phi'' \geq -\beta|A'-B'|^2$ on the whole segment", "exact for polynomials, else sampled: an estimate"
        ),
        Assumption("NULL", r"$B'$ and its mirror image at $C$ are equally likely", "by construction of the mirror image"),
    ),
    formulas={
        "distance": eps_a + eps_b,
        "barrier": SMOOTH,
        "barrier_via": VIA,
        "cosine_low": NULL - sp.sqrt(WIDTH_2),
        "cosine_high": NULL + sp.sqrt(WIDTH_2),
        "null": NULL,
        "null_steps": sp.sqrt((1 - rho_a) * (1 - rho_b)) / 2,
        "index": INDEX,
    },
    steps=(
        Cited(
            r"$\langle A'-C, C-B' \rangle \leq \epsilon_a\epsilon_b$.",
            "Cauchy-Schwarz inequality",
        ),
        Nonnegative(
            r"So $|A'-B'|^2 = \epsilon_a^2+\epsilon_b^2+2\langle A'-C, C-B'\rangle \leq (\epsilon_a+\epsilon_b)^2$.",
            (eps_a + eps_b) ** 2 - (eps_a**2 + eps_b**2 + 2 * inner),
            (eps_a * eps_b - inner,),
            (Square(Q(2), ONE, (0,)),),
        ),
        Lemma(r"$B \leq \frac{\beta}{8}|A'-B'|^2$ where $\phi'' \geq -\beta|A'-B'|^2$ without kinks.", "barrier/curvature_bound"),
        Nonnegative(
            r"Put the distance in: $\frac{\beta}{8}(\epsilon_a+\epsilon_b)^2$ is not smaller.",
            VIA - SMOOTH,
            (beta, eps_a + eps_b - Delta_norm, Delta_norm),
            (Square(Q(1, 8), eps_a + eps_b - Delta_norm, (0,)), Square(Q(1, 4), ONE, (0, 1, 2))),
        ),
        Identity(
            "The Gram determinant of three vectors is the square of their determinant, so it is not negative.",
            (V * V.T).det(),
            V.det() ** 2,
        ),
        Cited(
            "Three vectors in a space of any dimension lie in one of three dimensions.",
            "dimension of a span",
        ),
        Identity(
            r"For unit vectors along $C$, $A'$, $B'$ it is $(1-\rho_a^2)(1-\rho_b^2) - (\cos(A',B')-\rho_a\rho_b)^2$.",
            GRAM.det(),
            WIDTH_2 - (cosine - NULL) ** 2,
        ),
        Identity(
            r"$B'$ mirrored at $C$ keeps $\rho_b$, and the two cosines with $A'$ sum to $2\rho_a\rho_b$: their mean under any "
            r"law that does not prefer one of them is $\rho_a\rho_b$.",
            added(_in_coordinates(1), _in_coordinates(-1)),
            2 * NULL,
        ),
        Identity(
            r"With $\cos(A',B') = \rho_a\rho_b$ and unit norms, $\langle A'-C, B'-C\rangle = (1-\rho_a)(1-\rho_b)$,",
            NULL - rho_a - rho_b + 1,
            (1 - rho_a) * (1 - rho_b),
        ),
        Identity(
            r"and $|A'-C|^2 = 2(1-\rho_a)$: the squared cosine of the two steps is $\frac{1}{4}(1-\rho_a)(1-\rho_b)$.",
            ((1 - rho_a) * (1 - rho_b)) ** 2 / ((1 + 1 - 2 * rho_a) * (1 + 1 - 2 * rho_b)),
            (1 - rho_a) * (1 - rho_b) / 4,
        ),
        Identity(r"$T = 0$ where the cosine is that of the null model,", at(INDEX, {cosine: NULL}), sp.Integer(0)),
        Identity(r"and $T = 1$ where it is the direct one.", at(INDEX, {cosine: rho_direct}), ONE),
    ),
    wrong=(
        Nonnegative(
            "The constant 8 is replaced by 10.",
            beta * (eps_a + eps_b) ** 2 / 10 - SMOOTH,
            (beta, eps_a + eps_b - Delta_norm, Delta_norm),
            (Square(Q(1, 8), eps_a + eps_b - Delta_norm, (0,)), Square(Q(1, 4), ONE, (0, 1, 2))),
        ),
        Identity("The network itself is taken for its mirror image.", _in_coordinates(1) + _in_coordinates(1), 2 * NULL),
    ),
    examples=(
        Cases(
            r"$C = e_1$, $A' = 0.6e_1+0.8e_2$: $B' = 0.6e_1+0.8e_3$ has the cosine 0.36 of the null model; $A'$ and the mirror "
            "image of $A'$ the ends 1 and $-0.28$ of the interval.",
            (
                (sp.Subs(NULL, (rho_a, rho_b), (Q(3, 5), Q(3, 5))), Q(36, 100)),
                (sp.Subs(NULL + WIDTH_2 / Q(16, 25), (rho_a, rho_b), (Q(3, 5), Q(3, 5))), ONE),
                (sp.Subs(NULL - WIDTH_2 / Q(16, 25), (rho_a, rho_b), (Q(3, 5), Q(3, 5))), Q(-28, 100)),
            ),
        ),
        Cases(
            r"Double well $(x^2-1)^2$ between $-1$ and $1$: second derivative at least $-4$, so $\beta = 4$, bound 2, barrier 1.",
            (
                (sp.Subs(sp.Derivative((x**2 - 1) ** 2, (x, 2)), x, 0), -sp.Integer(4)),
                (sp.Subs(VIA, (beta, eps_a, eps_b), (4, 1, 1)), sp.Integer(2)),
                (sp.Subs((x**2 - 1) ** 2, x, 0), ONE),
            ),
        ),
        Cases(
            "T from rounded cosines (joint, null, direct) of digits networks: weight matching 0.05, activation matching 0.53.",
            ((_index("0.142", "0.130", "0.361"), Q(4, 77)), (_index("0.143", "0.050", "0.224"), Q(31, 58))),
        ),
    ),
    traps=(
        "Matching itself makes the residuals alike. By way of a network with its entries in random order, trained on nothing, T "
        "was 0.18 on digits 64-100-100-10, against 0.46 by way of a third run, and 0.52 against 0.39 on 64-64-10: compare with "
        "that control, not with 0. One triple each, trained for 15 epochs.",
        r"$A'-C$ and $B'-C$ have a positive cosine under the null model already: that is no evidence of a common frame.",
        "A small T can go with a small barrier by way of C: report both.",
        "The composed permutation and the direct one agree on few units: transitivity is a matter of the function.",
    ),
)
