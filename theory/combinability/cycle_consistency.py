r"""Matching several networks: pairwise optimal permutations need not compose, factored ones P_A^T P_B always do.

    max over factored <= sum of the pairwise maxima;  sum_{p<q} |x_p - x_q|^2 = K sum_p |x_p - mean|^2.

So matching all pairs at once is matching to the mean, and matching each network to the sum of the others never loses.
"""

from __future__ import annotations

import itertools

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import about_mean_2, factored, models, pairwise_best
from theory.unevaluated import at, inner, trace

X = sp.symbols("x_1:4", real=True)
M, F = sp.symbols("m_1:4", real=True), sp.symbols("f_1:4", real=True)  # pairwise maxima, factored values
S_1, S_2 = sp.symbols("S_1 S_2", real=True)  # sum of x_p, sum of x_p^2
A_1, A_2, B_1, B_2 = sp.symbols("a_1 a_2 b_1 b_2", real=True)
before, after, others = sp.symbols("before after others", real=True)
x, y = sp.symbols("x y", real=True)
Z, Z_2 = sp.symbols("z_1:9", real=True), sp.Matrix(2, 2, sp.symbols("c_1:5", real=True))  # formal: one letter per case
Z_3 = sp.Matrix(3, 3, sp.symbols("d_1:10", real=True))
ONE = sp.Integer(1)
ONES = {x: 1, y: 1}
EYE, SWAP = sp.eye(2), sp.Matrix([[0, 1], [1, 0]])
NETS = (sp.Matrix([[x, 0], [0, 0]]), sp.Matrix([[-x, y], [0, 0]]), sp.Matrix([[-x, -2 * y], [0, 0]]))
NAMED = r"$A = (x\ 0; 0\ 0)$, $B = (-x\ y; 0\ 0)$, $C = (-x\ {-2y}; 0\ 0)$"
PAIRS = ((0, 1), (0, 2), (1, 2))
MEAN = sp.Add(*X) / 3


def _moved(theta: sp.Matrix, swapped: int) -> sp.Matrix:
    return SWAP * theta if swapped else theta


def _factored(swaps: tuple[int, ...]) -> sp.Expr:
    return sp.Add(*(inner(_moved(NETS[p], swaps[p]), _moved(NETS[q], swaps[q])) for p, q in PAIRS))


def _unswapped(swaps: tuple[int, ...]) -> sp.Expr:
    """The sum of the pairs that keep their order: -x^2, -x^2 and x^2 - 2 y^2; a swapped pair counts 0."""
    values = (-(x**2), -(x**2), x**2 - 2 * y**2)
    return sp.Add(*(value for value, (p, q) in zip(values, PAIRS, strict=True) if swaps[p] == swaps[q]))


def _orders() -> list[sp.Matrix]:
    """All six permutation matrices of three units."""
    return [sp.Matrix(3, 3, lambda i, j, o=order: int(o[i] == j)) for order in itertools.permutations(range(3))]


CHOICES = tuple(itertools.product((0, 1), repeat=3))

CLAIM = Claim(
    page=__name__,
    title="Several networks in one frame",
    kind=Kind.COUNTEREXAMPLE,
    origins=(
        Origin("crisostomi2024", note="factored permutations, Frank-Wolfe"),
        Origin("ainsworth2022", note="merging of many"),
        Origin("here", note="the counterexample"),
    ),
    statement=(
        r"Let $P_{AB}$ map the hidden units of $B$ to those of $A$. (1) Pairwise optimal permutations need not satisfy "
        r"$P_{AB}P_{BC}P_{CA} = I$. (2) Factored ones, $P_{AB} = P_A^TP_B$ with one permutation of each network to a common "
        r"frame, always do. (3) The largest sum over pairs that factored permutations reach is at most the sum of the pairwise "
        r"maxima, with equality if and only if some choice of pairwise optima is consistent. (4) With $x_p = P_p\theta_p$, "
        r"$\sum_{p<q}|x_p-x_q|^2 = K\sum_p|x_p-\bar{x}|^2$: matching all pairs is matching to the mean, and matching one network "
        r"after the other to the sum of the rest, from where it stands, never lowers $\sum_{p<q}\langle x_p,x_q\rangle$."
    ),
    equality=(
        "Permuted copies of one network: all pairwise optima are consistent and both sides of (3) are equal. (4) is an identity."
    ),
    necessity=(
        "EXACT: against pairwise searches that stop in a local optimum the factored sum can be larger. START: where each "
        "matching begins from the order as given, not from the present one, the sum can fall. For (1) units need two weights: "
        "with a single one, sorting is optimal for every pair at once."
    ),
    letters=(
        Letter(models, "$K$, number of networks"),
        Letter(about_mean_2, r"$\sum_p|x_p-\bar{x}|^2$"),
        Letter(pairwise_best, r"$\sum_{p<q}\max_P\langle\theta_p,P\theta_q\rangle$"),
        Letter(factored, r"$\sum_{p<q}\langle x_p,x_q\rangle$ of the factored permutations found"),
    ),
    assumptions=(
        Assumption("DENSE", "the network is a chain of dense layers with a hidden one", "asked of the landscape"),
        Assumption(
            "EXACT", "the pairwise objectives are the largest there are", "one hidden layer; all permutations; else declared"
        ),
        Assumption("START", "each matching in the merging starts from the present permutation", "by construction"),
    ),
    formulas={
        "at_most": pairwise_best,
        "apart_2": models * about_mean_2,
    },
    steps=(
        *(
            Identity(
                f"(1) {NAMED}: {'ABC'[p]} and {'ABC'[q]} gain by the swap{', for $2y^2 > x^2$' if p else ''}.",
                inner(NETS[p], SWAP * NETS[q]) - inner(NETS[p], NETS[q]),
                2 * y**2 - x**2 if p else x**2,
            )
            for p, q in PAIRS
        ),
        Identity("Three swaps compose to a swap: read off any entry.", trace(Z_2, SWAP, SWAP, SWAP), trace(Z_2, SWAP)),
        Identity(
            "Each of the eight factored choices leaves at least one pair unswapped; one formal letter for each.",
            sp.Add(*(z * _factored(swaps) for z, swaps in zip(Z, CHOICES, strict=True))),
            sp.Add(*(z * _unswapped(swaps) for z, swaps in zip(Z, CHOICES, strict=True))),
        ),
        Identity(
            "(2) $PP^T = I$ for every permutation: the six of three units, each under a formal letter.",
            sp.Add(*(z * trace(Z_3, p, p.T) for z, p in zip(Z, _orders(), strict=False))),
            sp.Add(*(z * Z_3.trace() for z, _ in zip(Z, _orders(), strict=False))),
        ),
        Cited(
            r"So $P_A^TP_B\,P_B^TP_C\,P_C^TP_A = I$, for any number of networks around the cycle.",
            "the product of matrices is associative, and permutation matrices are orthogonal",
        ),
        Nonnegative(
            "(3) Factored permutations are permutations: each pair reaches at most its own maximum.",
            sp.Add(*M) - sp.Add(*F),
            tuple(m - f for m, f in zip(M, F, strict=True)),
            tuple(Square(ONE, ONE, (i,)) for i in range(3)),
        ),
        Identity(
            "(4) for three networks, one coordinate after the other.",
            sp.Add(*((X[p] - X[q]) ** 2 for p, q in PAIRS)),
            3 * sp.Add(*((x - MEAN) ** 2 for x in X)),
        ),
        Identity(
            r"The same for any number $K$, from $S_1 = \sum x_p$ and $S_2 = \sum x_p^2$: $\sum_{p<q}(x_p-x_q)^2 = KS_2-S_1^2$.",
            models * S_2 - S_1**2,
            models * (S_2 - 2 * S_1 / models * S_1 + models * (S_1 / models) ** 2),
        ),
        Identity(
            "One network enters the sum over pairs by its product with the sum of the others.",
            sp.Add(*(X[p] * X[q] for p, q in PAIRS)),
            X[0] * (X[1] + X[2]) + X[1] * X[2],
        ),
        Nonnegative(
            "A matching that starts from the present permutation does not lower that product, and the rest stays.",
            (others + after) - (others + before),
            (after - before,),
            (Square(ONE, ONE, (0,)),),
        ),
        Identity(
            "With one weight per unit the same order is the better one: sorting suits all pairs at once, so (1) needs two.",
            (A_1 * B_1 + A_2 * B_2) - (A_1 * B_2 + A_2 * B_1),
            (A_1 - A_2) * (B_1 - B_2),
        ),
    ),
    wrong=(
        Identity(
            "The number of networks is taken one too small.",
            sp.Add(*((X[p] - X[q]) ** 2 for p, q in PAIRS)),
            2 * sp.Add(*((x - MEAN) ** 2 for x in X)),
        ),
        Identity("Three swaps are taken for the identity.", trace(Z_2, SWAP, SWAP, SWAP), Z_2.trace()),
    ),
    examples=(
        Cases(
            "With $x = y = 1$ the pairwise maxima are 0, 0, 0, and the best factored choice reaches $-1$.",
            (
                (at(sp.Max(*(inner(NETS[0], p * NETS[1]) for p in (EYE, SWAP)), evaluate=False), ONES), sp.Integer(0)),
                (at(sp.Max(*(inner(NETS[1], p * NETS[2]) for p in (EYE, SWAP)), evaluate=False), ONES), sp.Integer(0)),
                (at(sp.Max(*(_factored(swaps) for swaps in CHOICES), evaluate=False), ONES), -ONE),
            ),
        ),
    ),
    traps=(
        "Two networks hide the problem: any permutation between them is factored.",
        "The cosine between two of five networks in a common frame lies below their pairwise optimum: that is expected.",
    ),
)
