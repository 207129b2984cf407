r"""No permutation brings two weight matrices closer than their spectra: |W_a - P W_b Q^T| >= |sv(W_a) - sv(W_b)|."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import norm_a, norm_b, nuclear, ordered, p, spectra
from theory.unevaluated import at, inner, trace

SIZES = norm_a**2 + norm_b**2
TWO_SIDED, ONE_SIDED, SORTED = (SIZES - 2 * product for product in (spectra, nuclear, ordered))
FLOOR = SIZES - 2 * (spectra + nuclear + ordered)

A, B = (sp.Matrix(2, 2, sp.symbols(f"{letter}_1:5", real=True)) for letter in "AB")
TURN = sp.Matrix([[1 - p**2, -2 * p], [2 * p, 1 - p**2]]) / (1 + p**2)  # every rotation but one: p is tan of half the angle
U_a, V_a, U_b, V_b = (sp.Matrix(sp.symbols(f"{letter}_1:3", real=True)) for letter in "uvyz")
sigma_1, sigma_2, tau_1, tau_2 = sp.symbols("sigma_1 sigma_2 tau_1 tau_2", real=True)
M_11, M_12, M_21, M_22 = sp.symbols("M_11 M_12 M_21 M_22", real=True)
TABLE_ENTRIES = (M_11, M_12, M_21, M_22)
TABLE = sigma_1 * tau_1 * M_11 + sigma_1 * tau_2 * M_12 + sigma_2 * tau_1 * M_21 + sigma_2 * tau_2 * M_22
x_1, x_2, y_1, y_2 = sp.symbols("x_1 x_2 y_1 y_2", real=True)
d_1, d_2, f_1, f_2 = sp.symbols("d_1 d_2 f_1 f_2", real=True)


def _inner(left: sp.Matrix, right: sp.Matrix) -> sp.Expr:
    return sum(left.multiply_elementwise(right), sp.Integer(0))


def _square(matrix: sp.Matrix) -> sp.Expr:
    return _inner(matrix, matrix)


STEPS = (
    Identity(
        r"Expand: $|A-C|^2=|A|^2+|C|^2-2\langle A,C\rangle$, here for $2\times 2$.",
        _square(A - B),
        _square(A) + _square(B) - 2 * _inner(A, B),
    ),
    Identity(r"Turning from the left keeps the norm, $|PB|=|B|$ ...", _square(TURN * B), _square(B)),
    Identity(r"... and so does turning from the right.", _square(B * TURN.T), _square(B)),
    Cited(
        r"The same for all orthogonal $P,Q$ in any dimension: so $|A-PBQ^T|^2=|A|^2+|B|^2-2\langle A,PBQ^T\rangle$.",
        "orthogonal matrices preserve the Frobenius norm",
    ),
    Identity(
        r"Singular vectors: $\langle uv^T,P\,yz^TQ^T\rangle=\langle u,Py\rangle\langle v,Qz\rangle$; with "
        r"$A=\sum\sigma_iu_iv_i^T$, $B=\sum\tau_jy_jz_j^T$ the inner product is $\sum_{ij}\sigma_i\tau_jM_{ij}$, "
        r"$M_{ij}=\langle u_i,Py_j\rangle\langle v_i,Qz_j\rangle$.",
        _inner(U_a * V_a.T, (TURN * U_b) * (TURN.T * V_b).T),
        (U_a.T * TURN * U_b)[0] * (V_a.T * TURN.T * V_b)[0],
    ),
    Nonnegative(
        r"The entries of a row of $M$ are products of the coordinates of two unit vectors, and so are those of a column: any of "
        r"them add up to 1 at most.",
        1 - x_1 * y_1 - x_2 * y_2,
        (1 - x_1**2 - x_2**2, 1 - y_1**2 - y_2**2),
        (
            Square(HALF, ONE, (0,)),
            Square(HALF, ONE, (1,)),
            Square(HALF, x_1 - y_1),
            Square(HALF, x_2 - y_2),
        ),
    ),
    Nonnegative(
        r"With falling $\sigma$, $\tau$ the table is largest on the diagonal: $\sum\sigma_i\tau_jM_{ij}\leq\sum\sigma_i\tau_i$.",
        sigma_1 * tau_1 + sigma_2 * tau_2 - TABLE,
        (
            sigma_1 - sigma_2,
            sigma_2,
            tau_1 - tau_2,
            tau_2,
            1 - M_11,
            1 - M_11 - M_12,
            1 - M_11 - M_21,
            2 - sum(TABLE_ENTRIES),
        ),
        (Square(ONE, ONE, (0, 2, 4)), Square(ONE, ONE, (0, 3, 5)), Square(ONE, ONE, (1, 2, 6)), Square(ONE, ONE, (1, 3, 7))),
    ),
    Cited(
        r"So for any number of singular values, $\langle A,PBQ^T\rangle\leq\sum_i\sigma_i\tau_i$.",
        "von Neumann's trace inequality",
    ),
    Identity(
        r"The floor is the distance of the sorted singular values.",
        sigma_1**2 + sigma_2**2 + tau_1**2 + tau_2**2 - 2 * (sigma_1 * tau_1 + sigma_2 * tau_2),
        (sigma_1 - tau_1) ** 2 + (sigma_2 - tau_2) ** 2,
    ),
    Identity(
        r"One side free: $\langle A,PB\rangle=\mathrm{tr}(P\,BA^T)$ ...",
        _inner(A, TURN * B),
        trace(TURN, B, A.T),
    ),
    Cited(
        r"... whose maximum over orthogonal $P$ is the sum of the singular values of $BA^T$, the nuclear norm: the floor of the "
        r"first layer, and with $Q$ that of the last.",
        "von Neumann's trace inequality, and the polar decomposition for equality",
    ),
    Nonnegative(
        r"Biases: two entries in the same order have the larger inner product ...",
        x_1 * y_1 + x_2 * y_2 - x_1 * y_2 - x_2 * y_1,
        (x_1 - x_2, y_1 - y_2),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Cited(r"... so $\langle b_a,Pb_b\rangle$ is at most that of the sorted entries.", "rearrangement inequality"),
    Nonnegative(
        r"The squared distance of the networks is the sum over their arrays, and each array is at its own floor or above.",
        d_1 + d_2 - f_1 - f_2,
        (d_1 - f_1, d_2 - f_2),
        (Square(ONE, ONE, (0,)), Square(ONE, ONE, (1,))),
    ),
    Identity(
        r"With the three kinds of largest inner products: the floor of the whole network.",
        sp.Subs(TWO_SIDED, spectra, spectra + nuclear + ordered),
        FLOOR,
    ),
)

WRONG = (
    Nonnegative(
        r"The singular values are paired the other way round, the largest with the smallest.",
        sigma_1 * tau_2 + sigma_2 * tau_1 - TABLE,
        (sigma_1 - sigma_2, sigma_2, tau_1 - tau_2, tau_2, 1 - M_11, 1 - M_11 - M_12, 1 - M_11 - M_21, 2 - sum(TABLE_ENTRIES)),
        (),
    ),
    Identity(
        r"A matrix that is not orthogonal, a shear, is said to keep the norm.",
        _square(sp.Matrix([[1, p], [0, 1]]) * B),
        _square(B),
    ),
)

FIRST, EVEN, ONES = sp.diag(3, 1), sp.diag(2, 2), sp.ones(2, 2)
SWAP = sp.Matrix([[0, 1], [1, 0]])


def _floor_of(left: sp.Matrix, right: sp.Matrix) -> sp.Expr:
    """The two-sided floor of 2 x 2 matrices, from their sorted singular values."""
    values = [sorted(matrix.singular_values(), key=lambda value: -value) for matrix in (left, right)]
    matched = sp.Add(*(s * r for s, r in zip(*values, strict=True)))
    return sp.sqrt(at(TWO_SIDED, {norm_a: left.norm(), norm_b: right.norm(), spectra: matched}))


def _distance(left: sp.Matrix, right: sp.Matrix) -> sp.Expr:
    """|diag(3, 1) - P 1 Q^T| for the matrix of ones."""
    residual = FIRST - left * ONES * right
    return sp.sqrt(inner(residual, residual))


EXAMPLES = (
    Cases(
        r"$\mathrm{diag}(3,1)$ and $\mathrm{diag}(2,2)$: floor $\sqrt 2$, reached as they are.",
        ((_floor_of(FIRST, EVEN), sp.sqrt(2)), (sp.sqrt(inner(FIRST - EVEN, FIRST - EVEN)), sp.sqrt(2))),
    ),
    Cases(
        r"$\mathrm{diag}(3,1)$ and the matrix of ones: floor $\sqrt 2$ again, but every permutation is at $\sqrt 6$.",
        (
            (_floor_of(FIRST, ONES), sp.sqrt(2)),
            *((_distance(left, right), sp.sqrt(6)) for left in (sp.eye(2), SWAP) for right in (sp.eye(2), SWAP)),
        ),
    ),
    Cases(
        r"With one side free its floor is $\sqrt{14-2\sqrt{20}}=2.248495$.",
        (
            (
                sp.sqrt(
                    at(ONE_SIDED, {norm_a: FIRST.norm(), norm_b: ONES.norm(), nuclear: sum((ONES * FIRST.T).singular_values())})
                ),
                sp.sqrt(14 - 2 * sp.sqrt(20)),
            ),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Permutations cannot change spectra",
    kind=Kind.LOWER,
    origins=(
        Origin("mirsky1960"),
        Origin("ito2024", "", "singular values in weight matching; our statement"),
    ),
    statement=(
        r"With sorted singular values, $|W_a-PW_bQ^T|\geq|sv(W_a)-sv(W_b)|$ for all orthogonal $P,Q$, so for all permutations "
        r"of two hidden layers. Where one side is free, $\min_P|W_a-PW_b|^2=|W_a|^2+|W_b|^2-2|W_aW_b^T|_*$ over orthogonal $P$; "
        r"for biases, $|b_a-Pb_b|\geq|sort(b_a)-sort(b_b)|$. Summed over the arrays of a network: "
        r"$|\theta_a-P\theta_b|^2\geq|\theta_a|^2+|\theta_b|^2-2(s+n+o)$ for every permutation of its hidden units."
    ),
    equality=(r"$W_a=\mathrm{diag}(3,1)$, $W_b=\mathrm{diag}(2,2)$: $\sqrt 2$, reached by $P=Q=1$; in general by rotations only"),
    necessity="there is no hypothesis besides that the shapes agree, and those of a pair do",
    letters=(
        Letter(norm_a, r"$|\theta_a|$, or the norm of one array of it"),
        Letter(norm_b, r"$|\theta_b|$, or the norm of the same array"),
        Letter(spectra, r"$s=\sum sv_i(W_a)sv_i(W_b)$, summed over the layers between two hidden ones"),
        Letter(nuclear, r"$n$: sum of the singular values of $W_aW_b^T$ for the first, of $W_a^TW_b$ for the last layer"),
        Letter(ordered, r"$o$: inner product of the sorted hidden biases, and of the output biases as they are"),
    ),
    assumptions=(
        Assumption("LAYERED", "two dense networks of the same widths with a hidden layer", "the architecture of the pair"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "two_sided": TWO_SIDED,
        "one_sided": ONE_SIDED,
        "sorted": SORTED,
        "floor_2": FLOOR,
    },
    owes_not={
        "necessity": (
            "no hypothesis can be dropped: the inequality holds for any two networks of one shape; the test rescales units, "
            "which no permutation can do, and goes below the floor"
        )
    },
    traps=(
        "A low floor says nothing about barriers.",
        "Rescaling the units of a ReLU network changes its spectra and not its function: it may go below the floor.",
    ),
)
