r"""The best order of the hidden units for mixing whole neurons is one linear assignment.

perm = argmax sum_i S[i, perm[i]],  S = (F_a^T F_b/N) .* (W_2a^T W_2b): activations and outgoing weights, entry by entry.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma
from theory.symbols import L_p, coupled, factor, matched, n, sizes_2, units_2, v
from theory.unevaluated import added, at, power

FA, FB = sp.symbols("F^a_1:3", real=True), sp.symbols("F^b_1:3", real=True)  # features of two examples
WA, WB = sp.symbols("W^a_1:3", real=True), sp.symbols("W^b_1:3", real=True)  # weights to two outputs
PHI_A, PHI_B = sp.symbols("phi^a_1:4", real=True), sp.symbols("phi^b_1:4", real=True)
CURVE = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"Q_{min(i, j) + 1}{max(i, j) + 1}", real=True))
ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
Q = sp.Rational

UNITS = sizes_2 - 2 * matched
AVERAGE = sizes_2 - 2 * coupled / n


def _between(order: tuple[int, ...]) -> sp.Expr:
    """sum_k (phi^a_k - phi^b_order[k])^2 of three units."""
    return sp.Add(*((PHI_A[k] - PHI_B[j]) ** 2 for k, j in enumerate(order)))


def _score(order: tuple[int, ...]) -> sp.Expr:
    return sp.Add(*(PHI_A[k] * PHI_B[j] for k, j in enumerate(order)))


def _form(left: sp.Matrix, right: sp.Matrix) -> sp.Expr:
    return (left.T * CURVE * right)[0]


_SIZES = sp.Add(*(x**2 for x in (*PHI_A, *PHI_B)))
_LEFT, _RIGHT = sp.Matrix(PHI_A[:2]), sp.Matrix(PHI_B[:2])

CLAIM = Claim(
    page=__name__,
    title="The best order of neurons is one assignment",
    kind=Kind.IDENTITY,
    origins=(Origin("here"),),
    statement=(
        r"Mix whole neurons of two networks with one hidden layer, as in combinability/neuron_vertices, after the "
        r"hidden units of the second were put into the order perm. For the loss $c\,E_x|f-y|^2$ and every $p$, the mean "
        r"loss of the vertices is least for $\mathrm{perm} = \mathrm{argmax} \sum_i S[i, \mathrm{perm}[i]]$ with $S = "
        r"(F_a^T F_b / N) \odot (W_{2a}^T W_{2b})$, features not centred, and is then $L(f_p) + "
        r"c\,p(1-p)(\sum_k(E_x|\phi^a_k|^2 + E_x|\phi^b_k|^2) - 2\max)$. Averaged over all orders the bracket is "
        r"$\sum_k(E_x|\phi^a_k|^2 + E_x|\phi^b_k|^2) - \frac{2}{n}\sum_{ij}S[i,j]$. For a loss with the Hessian $Q(x)$ "
        r"in the outputs, at second order about $f_p$, the same holds with $S[i,j] = E_x\,\phi^a_i(x)^T Q(x)\,\phi^b_j(x)$."
    ),
    equality=r"an identity; if the second network is the first in another order, $\sum_k E_x|\phi^a_k - \phi^b_{perm[k]}|^2 = 0$",
    necessity=(
        r"INDEPENDENT: one $\lambda$ for all neurons gives the end losses only, whatever the order. SQUARED: the mean "
        r"cross-entropy of the vertices is another number, and another order can have a smaller one. ONE_LAYER: with "
        r"two hidden layers the contribution of a unit depends on the order of the layer below."
    ),
    letters=(
        Letter(n, "number of hidden units"),
        Letter(v, r"$p(1-p)$, variance of $\lambda$"),
        Letter(factor, r"$c$, factor of the squared loss"),
        Letter(L_p, r"$L(f_p)$, loss of the averaged outputs"),
        Letter(sizes_2, r"$\sum_k(E_x|\phi^a_k|^2 + E_x|\phi^b_k|^2)$"),
        Letter(matched, r"$\sum_k S[k, \mathrm{perm}[k]]$ of the matching"),
        Letter(coupled, r"$\sum_{ij} S[i,j]$"),
    ),
    assumptions=(
        Assumption("ONE_LAYER", "one hidden layer, linear output", "by the architecture"),
        Assumption("INDEPENDENT", r"each neuron is drawn independently, $\lambda_k \in \{0,1\}$", "by construction of the draw"),
        Assumption("SQUARED", r"the loss is $c\,E_x|f-y|^2$, for the mean loss", "declared by the loss"),
    ),
    formulas={
        "units": UNITS,
        "mean": L_p + factor * v * UNITS,
        "average": AVERAGE,
    },
    steps=(
        Lemma(
            r"The mean loss of the vertices is $L(f_p)+c\,p(1-p)\sum_kE_x|\phi^a_k-\phi^b_{perm[k]}|^2$.",
            "combinability/neuron_vertices",
        ),
        Cited(
            r"The order of hidden units does not change $f_b$, so $L(f_p)$ is the same for every order.",
            "a sum does not depend on the order of its terms",
        ),
        Identity(
            "Each distance is two sizes less twice a product; summed over units, the sizes do not depend on the order "
            "(one output of one example, three units in a cycle).",
            _between((1, 2, 0)),
            _SIZES - 2 * _score((1, 2, 0)),
        ),
        Identity(
            r"$\langle\phi^a_i,\phi^b_j\rangle$ summed over examples and outputs is a product of two sums: "
            r"$(F_a^TF_b)[i,j]$ times $(W_{2a}^TW_{2b})[i,j]$ (two examples, two outputs).",
            sp.Add(*(fa * wa * fb * wb for fa, fb in zip(FA, FB, strict=True) for wa, wb in zip(WA, WB, strict=True))),
            sp.Add(*(fa * fb for fa, fb in zip(FA, FB, strict=True))) * sp.Add(*(wa * wb for wa, wb in zip(WA, WB, strict=True))),
        ),
        Cited(
            r"What is left is to maximise $\sum_iS[i,perm[i]]$ over permutations, which the Hungarian algorithm does exactly.",
            "linear assignment problem",
        ),
        Identity(
            r"Averaged over all orders every product $\phi^a_i\phi^b_j$ appears with the weight $1/n$ (three units, six orders).",
            sp.Add(*(_between(order) for order in ORDERS)) / 6,
            _SIZES - Q(2, 3) * sp.Add(*PHI_A) * sp.Add(*PHI_B),
        ),
        Identity(
            r"With a Hessian $Q$ in the outputs the second-order term splits in the same way, as $Q$ is symmetric.",
            _form(_LEFT - _RIGHT, _LEFT - _RIGHT),
            _form(_LEFT, _LEFT) + _form(_RIGHT, _RIGHT) - 2 * _form(_LEFT, _RIGHT),
        ),
    ),
    wrong=(
        Identity("The product is taken once instead of twice.", _between((1, 2, 0)), _SIZES - _score((1, 2, 0))),
        Identity("The order is forgotten: unit k is compared with unit k.", _between((1, 2, 0)), _SIZES - 2 * _score((0, 1, 2))),
    ),
    examples=(
        Cases(
            r"Two units, one example and output: $\phi^a=(1,2)$, $\phi^b=(3,-1)$. As given the distance is $4+9=13$, in "
            r"the other order $4+1=5=15-2\cdot5$; the average is $9=15-\frac{2}{2}\cdot3\cdot2$.",
            (
                (added(power(1 - 3), power(2 + 1)), sp.Integer(13)),
                (added(power(1 + 1), power(2 - 3)), at(UNITS, {sizes_2: 15, matched: 1 * -1 + 2 * 3})),
                ((sp.Integer(13) + 5) / 2, at(AVERAGE, {sizes_2: 15, coupled: 6, n: 2})),
                (sp.Subs(L_p + factor * v * units_2, (L_p, factor, v, units_2), (Q(9, 4), 1, Q(1, 4), 5)), Q(7, 2)),
            ),
        ),
    ),
    traps=(
        "Features are not centred: the constant part of a contribution counts.",
        "Dead units give zero rows in S: ties are harmless, but perm is then not unique.",
        "For element-wise lambda or for the midpoint network the best order can be another one.",
    ),
)
