r"""Expected distance after re-shuffling part of every hidden layer: a side of a tensor is averaged with weight (m-1)/(n-1).

    E |theta_a - P theta_b|^2 = |theta_a|^2 + |theta_b|^2 - 2 sum_l <W^a_l, E_l W^b_l E_{l-1}> - 2 sum_l <b^a_l, E_l b^b_l>,
    E_l = (1 - f_l) I + f_l J/n_l,  f_l = (m_l - 1)/(n_l - 1).

Exact for every pair; m = 1 changes nothing, m = n forgets the matching altogether.
"""

from __future__ import annotations

import itertools

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity
from theory.symbols import (
    aligned,
    chosen,
    coupled,
    matched,
    n,
    norm_a,
    norm_b,
    over_both,
    over_columns,
    over_rows,
    shuffled_in,
    shuffled_out,
    sizes_2,
    straight,
)
from theory.unevaluated import inner, times

Q = sp.Rational
A, B = sp.Matrix(3, 3, sp.symbols("a_1:10", real=True)), sp.Matrix(3, 3, sp.symbols("b_1:10", real=True))
ONES = sp.ones(3, 3)


def _shuffles(size: int) -> list[sp.Matrix]:
    """The matrices of all re-shufflings of `size` of three units: each set of units, each permutation of the set."""
    found = []
    for units in itertools.combinations(range(3), size):
        for order in itertools.permutations(units):
            place = dict(zip(units, order, strict=True))
            found.append(sp.Matrix(3, 3, lambda i, j, place=place: int(place.get(i, i) == j)))
    return found


def _mean(pairs: list[tuple[sp.Matrix, sp.Matrix]]) -> sp.Expr:
    return sp.Add(*(inner(A, p * B * q.T) for p, q in pairs)) / len(pairs)


def _four(out: sp.Expr, inside: sp.Expr) -> sp.Expr:
    products = (inner(A, B), inner(A, ONES * B / 3), inner(A, B * ONES / 3), inner(A, ONES * B * ONES / 9))
    weights = ((1 - out) * (1 - inside), out * (1 - inside), (1 - out) * inside, out * inside)
    return sp.Add(*(weight * product for weight, product in zip(weights, products, strict=True)))


TWO, THREE = _shuffles(2), _shuffles(3)
_SWAP = sp.Matrix([[0, 1], [1, 0]])
_A, _B = sp.Matrix([[1, 0], [0, 2]]), sp.Matrix([[3, 1], [0, 1]])

CLAIM = Claim(
    page=__name__,
    title="Distance after re-shuffling a part of the units",
    kind=Kind.EXPECTATION,
    origins=(Origin("here"), Origin("csiszarik2023", note="the experiment with perturbed matchings")),
    statement=(
        r"In every hidden layer a uniformly random set of $m_l$ of the $n_l$ units of the matched network is permuted by a "
        r"uniformly random permutation of the set, layers independently. With $f_l = \frac{m_l-1}{n_l-1}$, $E_l = (1-f_l)I + "
        r"\frac{f_l}{n_l}J$ for hidden layers ($J$ all ones) and $E_0 = E_L = I$, "
        r"$E\,|\theta_a - P\theta_b|^2 = |\theta_a|^2 + |\theta_b|^2 - 2\sum_l \langle W^a_l, E_l W^b_l E_{l-1} \rangle - "
        r"2\sum_l \langle b^a_l, E_l b^b_l \rangle$. Tensors with one hidden side move on a line from the matched to the "
        r"random value; an inner layer has the four terms of its two sides. A set permuted without a fixed point has "
        r"$f = \frac{m}{n-1}$. With one hidden layer, $\sum_k E_x|\phi^a_k - \phi^b_{\mathrm{perm}(k)}|^2$, and with it the "
        r"loss of mixed neurons above the averaged outputs, is linear in $f$ too."
    ),
    equality="An identity, for every pair. $m = 1$ leaves everything in place; $m = n$ does not depend on the matching.",
    necessity=(
        r"UNIFORM: a set permuted without a fixed point has $f = \frac{m}{n-1}$ and lies farther away. INDEPENDENT: one "
        r"permutation on both sides of a tensor, as in a residual stream, keeps $\langle W^a, PW^bP^T\rangle$ together, and the "
        "product of the two averages is another number."
    ),
    letters=(
        Letter(n, "units of a hidden layer"),
        Letter(chosen, "$m$, units chosen in it"),
        Letter(shuffled_out, "$f$ of the units that the rows of a tensor belong to, 0 for outputs"),
        Letter(shuffled_in, "$f$ of the units that its columns belong to, 0 for inputs and biases"),
        Letter(straight, r"$\langle W^a, W^b \rangle$ of the tensor"),
        Letter(over_rows, r"$\langle W^a, \frac{1}{n}JW^b \rangle$, every row of $W^b$ replaced by the mean row"),
        Letter(over_columns, r"$\langle W^a, \frac{1}{n'}W^bJ \rangle$, every column replaced by the mean column"),
        Letter(over_both, r"$\langle W^a, \frac{1}{nn'}JW^bJ \rangle$, every entry replaced by the mean entry"),
        Letter(norm_a, r"$|\theta_a|$"),
        Letter(norm_b, r"$|\theta_b|$"),
        Letter(aligned, r"$E\langle \theta_a, P\theta_b \rangle$, summed over the tensors"),
        Letter(sizes_2, r"$\sum_k E_x|\phi^a_k|^2 + E_x|\phi^b_k|^2$ of a single hidden layer"),
        Letter(matched, r"$\sum_k E_x\langle \phi^a_k, \phi^b_k \rangle$ of the matched network"),
        Letter(coupled, r"$\sum_{ij} E_x\langle \phi^a_i, \phi^b_j \rangle$"),
    ),
    assumptions=(
        Assumption("DENSE", "the network is a chain of dense layers with a hidden one", "asked of the landscape"),
        Assumption("UNIFORM", "the set and the permutation of the set are uniformly random", "by construction of the draw"),
        Assumption("INDEPENDENT", "the layers are re-shuffled independently", "by construction of the draw"),
    ),
    formulas={
        "shuffled": (chosen - 1) / (n - 1),
        "deranged": chosen / (n - 1),
        "tensor": (1 - shuffled_out) * (1 - shuffled_in) * straight
        + shuffled_out * (1 - shuffled_in) * over_rows
        + (1 - shuffled_out) * shuffled_in * over_columns
        + shuffled_out * shuffled_in * over_both,
        "distance_2": norm_a**2 + norm_b**2 - 2 * aligned,
        "units": sizes_2 - 2 * ((1 - shuffled_out) * matched + shuffled_out * coupled / n),
    },
    steps=(
        Identity(
            r"A unit stays if it is not chosen, or is chosen and mapped to itself: $1 - \frac{m}{n} + \frac{m}{n}\frac{1}{m}$ is "
            r"the diagonal entry of $(1-f)I + \frac{f}{n}J$.",
            1 - chosen / n + chosen / n * (1 / chosen),
            1 - (chosen - 1) / (n - 1) + (chosen - 1) / (n - 1) / n,
        ),
        Identity(
            r"It moves to another given place if both are chosen and the permutation says so: "
            r"$\frac{m}{n}\frac{m-1}{n-1}\frac{1}{m}$ is the entry beside the diagonal, $\frac{f}{n}$.",
            times(chosen / n, (chosen - 1) / (n - 1), 1 / chosen),
            (chosen - 1) / (n - 1) / n,
        ),
        Cited(
            r"So $E P_l = E_l$. $\langle W^a, P W^b P'^T\rangle$ is linear in each of two independent matrices, so its mean is "
            r"$\langle W^a, E_l W^b E_{l-1}\rangle$.",
            "linearity of expectation, independence (assumption INDEPENDENT)",
        ),
        Identity(
            "Three units on either side, two of them chosen ($f = 1/2$): the mean over all 36 pairs of re-shufflings.",
            _mean([(p, q) for p in TWO for q in TWO]),
            _four(Q(1, 2), Q(1, 2)),
        ),
        Identity(
            "All three chosen above, two below ($f = 1$ and $1/2$): only the terms with averaged rows are left.",
            _mean([(p, q) for p in THREE for q in TWO]),
            _four(Q(1), Q(1, 2)),
        ),
        Identity(
            "The four products are what $(1-f)I + fJ/n$ on both sides gives, for all parts $f$, $f'$.",
            inner(
                A,
                ((1 - shuffled_out) * sp.eye(3) + shuffled_out * ONES / 3)
                * B
                * ((1 - shuffled_in) * sp.eye(3) + shuffled_in * ONES / 3),
            ),
            _four(shuffled_out, shuffled_in),
        ),
        Cited(
            r"$|\theta_a - P\theta_b|^2 = |\theta_a|^2 + |\theta_b|^2 - 2\langle\theta_a, P\theta_b\rangle$: put in the mean.",
            "a permutation of coordinates preserves the Euclidean norm, in any number of dimensions",
        ),
        Identity(
            r"Without fixed points a unit stays only if it is not chosen: $1 - \frac{m}{n}$ is the diagonal entry for "
            r"$f = \frac{m}{n-1}$.",
            1 - chosen / n,
            1 - chosen / (n - 1) + chosen / (n - 1) / n,
        ),
    ),
    wrong=(
        Identity(
            r"The part is written as $\frac{m}{n}$: a chosen unit may well be mapped to itself.",
            1 - chosen / n + chosen / n * (1 / chosen),
            1 - chosen / n + chosen / n / n,
        ),
        Identity(
            "One permutation on both sides is averaged as if it were two.",
            _mean([(p, p) for p in TWO]),
            _four(Q(1, 2), Q(1, 2)),
        ),
    ),
    examples=(
        Cases(
            r"Two units on either side, $W^a = (1\ 0; 0\ 2)$, $W^b = (3\ 1; 0\ 1)$: the pairs of permutations give 5, 1, 2, 7. "
            "With random rows the mean is 7/2, with random columns 3, with both 15/4.",
            (
                ((inner(_A, _B) + inner(_A, _SWAP * _B)) / 2, Q(7, 2)),
                (inner(_A, sp.ones(2, 2) * _B) / 2, Q(7, 2)),
                ((inner(_A, _B) + inner(_A, _B * _SWAP)) / 2, sp.Integer(3)),
                (inner(_A, _B * sp.ones(2, 2)) / 2, sp.Integer(3)),
                (sp.Add(*(inner(_A, p * _B * q) for p in (sp.eye(2), _SWAP) for q in (sp.eye(2), _SWAP))) / 4, Q(15, 4)),
            ),
        ),
        Cases(
            "The part $f$ for m = 1, 2, 3, 4 of 4 units.",
            tuple((sp.Subs((chosen - 1) / (n - 1), (chosen, n), (m, 4)), Q(m - 1, 3)) for m in (1, 2, 3, 4)),
        ),
    ),
    traps=(
        r"A uniformly random permutation of the chosen set leaves one of them in place on average: $f$ is not $\frac{m}{n}$.",
        "Distance is not loss: the barrier at the midpoint is convex in the part re-shuffled.",
        "In wide shallow networks even $m = n$ nearly works: no robustness is shown without that control.",
    ),
)
