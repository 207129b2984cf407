r"""What matchers maximise, and why: |theta_a - P theta_b|^2 = |theta_a|^2 + |theta_b|^2 - 2 <theta_a, P theta_b>.

The objective is linear in the permutation of each layer, so one layer is one assignment problem, and a descent over the layers
never lowers it. One hidden layer is solved exactly; several may end in a local optimum.
"""

from __future__ import annotations

import itertools
import math

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import aligned, best_aligned, matched, norm_a, norm_b, sizes_2, unaligned
from theory.unevaluated import inner, trace

X, Y = sp.symbols("x_1:4", real=True), sp.symbols("y_1:4", real=True)
Z = sp.symbols("z_1:7", real=True)  # one formal letter per permutation of three units: an identity holds for all six at once
P, Q = sp.Matrix(2, 2, sp.symbols("p_1:5", real=True)), sp.Matrix(2, 2, sp.symbols("q_1:5", real=True))
ORDERS = tuple(itertools.permutations(range(3)))
before, after, others = sp.symbols("before after others", real=True)


def _net(letter: str) -> tuple[sp.Matrix, ...]:
    """W_1 (2, 1), b_1 (2, 1), W_2 (2, 2), b_2 (2, 1), W_3 (1, 2), b_3 (1, 1) of a network 1-2-2-1 with free entries."""
    shapes = ((2, 1), (2, 1), (2, 2), (2, 1), (1, 2), (1, 1))
    found = []
    for number, shape in enumerate(shapes, start=1):
        found.append(sp.Matrix(*shape, sp.symbols(f"{letter}{number}_1:{math.prod(shape) + 1}", real=True)))
    return tuple(found)


A, B = _net("a"), _net("b")


def _aligned(p: sp.Matrix, q: sp.Matrix) -> sp.Expr:
    """<theta_a, P theta_b> with p and q in the place of the two permutation matrices."""
    moved = (p * B[0], p * B[1], q * B[2] * p.T, q * B[3], B[4] * q.T, B[5])
    return sp.Add(*(inner(ours, theirs) for ours, theirs in zip(A, moved, strict=True)))


_GAINS_1 = A[0] * B[0].T + A[1] * B[1].T + A[2].T * Q * B[2]
_GAINS_2 = A[2] * P * B[2].T + A[3] * B[3].T + A[4].T * B[4]
_REST_1 = inner(A[3], Q * B[3]) + inner(A[4], B[4] * Q.T) + inner(A[5], B[5])
_REST_2 = inner(A[0], P * B[0]) + inner(A[1], P * B[1]) + inner(A[5], B[5])


def _distance(order: tuple[int, ...]) -> sp.Expr:
    return sp.Add(*((x - Y[k]) ** 2 for x, k in zip(X, order, strict=True)))


def _product(order: tuple[int, ...]) -> sp.Expr:
    return sp.Add(*(x * Y[k] for x, k in zip(X, order, strict=True)))


_SQUARES = sp.Add(*(x**2 for x in (*X, *Y)))
F, G = sp.Matrix(2, 3, sp.symbols("F_1:7", real=True)), sp.Matrix(2, 3, sp.symbols("G_1:7", real=True))
_R = F.T * G  # features of two examples and three units
_FEATURES = sp.Add(*(entry**2 for entry in (*F, *G)))

_TIED_A, _TIED_B, _SWAP = sp.Matrix([[0, 1], [2, 0]]), sp.Matrix([[1, -1], [0, 2]]), sp.Matrix([[0, 1], [1, 0]])
_STUCK = (
    (sp.Matrix([0, -2]), sp.Matrix([[0, -1], [-1, 2]]), sp.Matrix([[1, 1]])),
    (sp.Matrix([-2, -1]), sp.Matrix([[1, -1], [-2, -1]]), sp.Matrix([[2, -2]])),
)


def _stuck(p: sp.Matrix, q: sp.Matrix) -> sp.Expr:
    (w_1, w_2, w_3), (v_1, v_2, v_3) = _STUCK
    return inner(w_1, p * v_1) + inner(w_2, q * v_2 * p.T) + inner(w_3, v_3 * q.T)


CLAIM = Claim(
    page=__name__,
    title="What matching maximises",
    kind=Kind.IDENTITY,
    origins=(
        Origin("ainsworth2022", note="weight and activation matching, the counterexample"),
        Origin("here", note="the derivation and the instances in integers"),
    ),
    statement=(
        r"$|\theta_a - P\theta_b|^2 = |\theta_a|^2 + |\theta_b|^2 - 2\langle \theta_a, P\theta_b \rangle$ for every "
        r"permutation $P$ of hidden units, so the nearest permuted copy maximises $\langle \theta_a, P\theta_b \rangle = "
        r"\sum_l \langle W^a_l, P_l W^b_l P_{l-1}^T \rangle + \langle b^a_l, P_l b^b_l \rangle$. With the other layers fixed "
        r"this is linear in $P_l$, with the gains $C_l = W^a_l P_{l-1} (W^b_l)^T + b^a_l (b^b_l)^T + "
        r"(W^a_{l+1})^T P_{l+1} W^b_{l+1}$: one assignment problem, which never lowers the objective; a descent over the "
        r"layers stops, and for one hidden layer it stops at the optimum. Matching features instead: "
        r"$\sum_i |F^a_{\cdot i} - F^b_{\cdot\, \mathrm{perm}(i)}|^2 = |F^a|^2 + |F^b|^2 - 2\sum_i R_{i\, \mathrm{perm}(i)}$ "
        r"with $R = (F^a)^T F^b$, one assignment per layer, independent of all others."
    ),
    equality=(
        "All identities hold on every pair. A permuted copy of a network is brought back to distance 0; one hidden layer "
        "reaches the largest of all permutations; the toy 3-4-4-2 reaches 4.818552989061, the largest of 576."
    ),
    necessity=(
        "SYMMETRY: with rows permuted and the columns above left alone the outputs and the distance are others. ONE_SIDE: "
        r"where one permutation acts on both sides of a tensor, $\langle W^a, P W^b P^T \rangle$ is quadratic, and the "
        "assignment step lowers it from -1 to -2. Optimality of the end needs one hidden layer: in the integers below the "
        "identity stands at 3, no single layer can raise it, and 9 is possible. That any permutation helps is not claimed: a "
        "ReLU pair 2-2-2-1 has an accuracy barrier of 1/4 under all four."
    ),
    letters=(
        Letter(norm_a, r"$|\theta_a|$"),
        Letter(norm_b, r"$|\theta_b|$"),
        Letter(aligned, r"$\langle \theta_a, P\theta_b \rangle$ of the permutation found"),
        Letter(unaligned, r"$\langle \theta_a, \theta_b \rangle$"),
        Letter(best_aligned, "the largest over all permutations, where all were tried"),
        Letter(sizes_2, r"$\sum_l (|F^a_l|^2 + |F^b_l|^2)/N$"),
        Letter(matched, r"$\sum_l \sum_i R_{l,i\,\mathrm{perm}(i)}/N$"),
    ),
    assumptions=(
        Assumption("DENSE", "the network is a chain of dense layers with a hidden one", "asked of the landscape"),
        Assumption("SYMMETRY", "the permutation leaves the function as it is", "outputs before and after, on the data"),
        Assumption("ONE_SIDE", "no tensor has one permutation on both its sides", "declared; true of chains of dense layers"),
    ),
    formulas={
        "distance_2": norm_a**2 + norm_b**2 - 2 * aligned,
        "cosine": aligned / (norm_a * norm_b),
        "at_least": unaligned,
        "at_most": best_aligned,
        "features_2": sizes_2 - 2 * matched,
    },
    steps=(
        Identity(
            "Expand the square: all six permutations of three coordinates at once, each under a formal letter of its own.",
            sp.Add(*(z * _distance(order) for z, order in zip(Z, ORDERS, strict=True))),
            sp.Add(*(z * (_SQUARES - 2 * _product(order)) for z, order in zip(Z, ORDERS, strict=True))),
        ),
        Cited(
            "Permuting units permutes the coordinates of theta, so the expansion holds for the whole network.",
            "a permutation of coordinates preserves the Euclidean norm, in any number of dimensions",
        ),
        Identity(
            "The objective is linear in the first layer's permutation matrix p, with any q above it: the gains C_1 and a rest.",
            _aligned(P, Q),
            inner(P, _GAINS_1) + _REST_1,
        ),
        Identity(
            "It is linear in the second layer's matrix q too, with any p below it: the gains C_2 and a rest.",
            _aligned(P, Q),
            inner(Q, _GAINS_2) + _REST_2,
        ),
        Nonnegative(
            "An exact assignment gains at least what the present order does, and the rest stays: the objective is not lowered.",
            (others + after) - (others + before),
            (after - before,),
            (Square(sp.Rational(1), sp.Integer(1), (0,)),),
        ),
        Cited(
            "So a descent stops; with one hidden layer there is one assignment, and its end is the optimum.",
            "the Hungarian method solves an assignment problem exactly, and a rising sequence of finitely many values ends",
        ),
        Identity(
            "Features: two examples, three units, all six permutations at once.",
            sp.Add(
                *(
                    z * sp.Add(*((F[n, i] - G[n, k]) ** 2 for n in range(2) for i, k in enumerate(order)))
                    for z, order in zip(Z, ORDERS, strict=True)
                )
            ),
            sp.Add(
                *(
                    z * (_FEATURES - 2 * sp.Add(*(_R[i, k] for i, k in enumerate(order))))
                    for z, order in zip(Z, ORDERS, strict=True)
                )
            ),
        ),
    ),
    wrong=(
        Identity(
            "The inner product is counted once instead of twice.",
            sp.Add(*(z * _distance(order) for z, order in zip(Z, ORDERS, strict=True))),
            sp.Add(*(z * (_SQUARES - _product(order)) for z, order in zip(Z, ORDERS, strict=True))),
        ),
        Identity(
            "One permutation on both sides of a tensor is treated as if it stood on one side.",
            inner(A[2], P * B[2] * P.T),
            inner(P, A[2] * B[2].T),
        ),
    ),
    examples=(
        Cases(
            "Integers 1-2-2-1 in which no single layer can rise above 3, while both together reach 9.",
            tuple(
                (_stuck(p, q), sp.Integer(value))
                for (p, q), value in zip(itertools.product((sp.eye(2), _SWAP), repeat=2), (3, 0, 0, 9), strict=True)
            ),
        ),
        Cases(
            "One permutation on both sides: the linear gains are larger for the swap, the objective falls from -1 to -2.",
            (
                (inner(_TIED_A, _TIED_B), sp.Integer(-1)),
                (inner(_TIED_A, _SWAP * _TIED_B * _SWAP), sp.Integer(-2)),
                (trace(_TIED_A, _TIED_B.T) + trace(_TIED_A.T, _TIED_B), sp.Integer(-2)),
                (trace(_TIED_A, _TIED_B.T, _SWAP) + trace(_TIED_A.T, _TIED_B, _SWAP), sp.Integer(9)),
            ),
        ),
    ),
    traps=(
        "Implementations of activation matching are not interchangeable: before or after the activation, product, covariance or "
        "correlation; the result says which.",
        "Units that never vary have no correlation; they count as 0 and their places are arbitrary.",
        "A larger objective is a smaller distance, and nothing more: the loss between the endpoints is not what restarts see.",
    ),
)
