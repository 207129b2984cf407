r"""Are two networks different functions? Their disagreement against their errors, gain of an ensemble, similar features.

    Dis = e_a + e_b - q - w;  |e_a - e_b| <= Dis <= min(1, e_a + e_b);  mean L(f_i) - L(fbar) = mean E|f_i - fbar|^2,

with q and w the chances that both are wrong, and both with the same label.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import (
    ambiguity,
    both_wrong,
    classes,
    disagreement,
    ensemble_loss,
    error_a,
    error_b,
    factor,
    mean_loss,
    models,
    same_wrong,
)
from theory.unevaluated import added, times

Q = sp.Rational
ONE = sp.Integer(1)
# chances of the cells: only a wrong, only b wrong, both with one label, both with different labels
only_a, only_b, same, other = sp.symbols("p_a p_b p_s p_d", real=True)
E_A, E_B = only_a + same + other, only_b + same + other
DIFFERENT = only_a + only_b + other
F, y = sp.symbols("f_1:4", real=True), sp.Symbol("y", real=True)
S_1, S_2 = sp.symbols("S_1 S_2", real=True)  # sums of f_i and f_i^2
MEAN = sp.Add(*F) / 3
NULL = error_a * (1 - error_b) + error_b * (1 - error_a) + error_a * error_b * (1 - 1 / (classes - 1))
A, B = sp.Matrix(3, 2, sp.symbols("a_1:7", real=True)), sp.Matrix(3, 2, sp.symbols("b_1:7", real=True))
cosine, sine, size = sp.symbols("c s k", real=True)


def _square(matrix: sp.Matrix) -> sp.Expr:
    return sp.Add(*(entry**2 for entry in matrix))


_TURN = sp.Matrix([[cosine, -sine], [sine, cosine]])
TWICE, ONCE = (Square(Q(2), ONE, (0,)), Square(ONE, ONE, (1,))), (Square(ONE, ONE, (0,)), Square(ONE, ONE, (1,)))

CLAIM = Claim(
    page=__name__,
    title="How different two functions are",
    kind=Kind.TWO_SIDED,
    origins=(
        Origin("here"),
        Origin("krogh1995", note="gain of an ensemble"),
        Origin("kornblith2019", note="similarity of features"),
    ),
    statement=(
        r"Two classifiers are wrong on the parts $e_a$, $e_b$ of the same points, both on the part $q$, both with the same label "
        r"on the part $w$. They disagree on $Dis = e_a+e_b-q-w$, and $|e_a-e_b| \leq Dis \leq \min(1, e_a+e_b)$; reported is "
        r"$\frac{Dis}{e_a+e_b} \in [0,1]$. Independent errors with wrong labels uniform over the others of $K$ classes give "
        r"$Dis_0 = e_a(1-e_b)+e_b(1-e_a)+e_ae_b(1-\frac{1}{K-1})$. For the squared loss $c|f-y|^2$ and $M$ models with mean "
        r"output $\bar f$: $\frac{1}{M}\sum_iL(f_i)-L(\bar f) = \frac{c}{M}\sum_iE|f_i-\bar f|^2$. Linear CKA of centred "
        r"features, $\frac{|F_1^TF_2|^2}{|F_1^TF_1||F_2^TF_2|}$, lies in $[0,1]$ and does not change when units are permuted "
        "or scaled alike, or turned by any orthogonal map."
    ),
    equality=(
        "Disjoint errors meet the upper bound, nested errors with equal labels the lower one. The rest are identities; CKA is 1 "
        "of features and themselves in another order."
    ),
    necessity=(
        r"ONE_LABEL: with errors counted against two different sets of labels, two networks that agree everywhere can both have "
        r"the error 1/2 with $q = 0$: $Dis = 0$ is not $e_a+e_b-q-w$. SQUARED: the gain of an ensemble in cross-entropy is "
        "another number."
    ),
    letters=(
        Letter(error_a, "$e_a$, error of the first"),
        Letter(error_b, "$e_b$, error of the second"),
        Letter(both_wrong, "$q$, part of the points on which both are wrong"),
        Letter(same_wrong, "$w$, part on which both are wrong with the same label"),
        Letter(disagreement, "$Dis$, part on which they give different labels"),
        Letter(classes, "$K$, number of classes"),
        Letter(models, "$M$, number of networks in the ensemble"),
        Letter(mean_loss, "mean loss of the networks"),
        Letter(ensemble_loss, "loss of the mean output"),
        Letter(ambiguity, r"$\frac{1}{M}\sum_iE|f_i-\bar f|^2$"),
        Letter(factor, "$c$, factor of the squared loss"),
    ),
    assumptions=(
        Assumption("OUTPUTS", "the landscape has outputs and targets", "asked of the landscape"),
        Assumption("ONE_LABEL", "both errors are counted against one label per point", "by construction"),
        Assumption("SQUARED", r"the loss is $c|f-y|^2$, for the gain of the ensemble", "declared by the loss"),
    ),
    formulas={
        "disagreement": error_a + error_b - both_wrong - same_wrong,
        "low": sp.Abs(error_a - error_b),
        "high": sp.Min(1, error_a + error_b),
        "normalised": disagreement / (error_a + error_b),
        "null": NULL,
        "gain": factor * ambiguity,
    },
    steps=(
        Identity(
            "Count by cells: different labels are given where one alone is wrong, or both with different labels.",
            added(E_A, E_B, times(-1, same + other), -same),
            DIFFERENT,
        ),
        Nonnegative("Below: $Dis - (e_a - e_b) = 2p_b + p_d$,", DIFFERENT - (E_A - E_B), (only_b, other), TWICE),
        Nonnegative("and the same with the two exchanged.", DIFFERENT - (E_B - E_A), (only_a, other), TWICE),
        Nonnegative("Above: $e_a + e_b - Dis = 2p_s + p_d$,", E_A + E_B - DIFFERENT, (same, other), TWICE),
        Nonnegative("and it is a part of all points.", 1 - DIFFERENT, (1 - only_a - only_b - same - other, same), ONCE),
        Identity(
            r"Independent errors: $q = e_ae_b$, and two wrong labels are equal with the chance $\frac{1}{K-1}$.",
            error_a + error_b - error_a * error_b - error_a * error_b / (classes - 1),
            NULL,
        ),
        Identity(
            "Three models, one output of one example: expand about the mean.",
            sp.Add(*((f - y) ** 2 for f in F)) / 3 - (MEAN - y) ** 2,
            sp.Add(*((f - MEAN) ** 2 for f in F)) / 3,
        ),
        Identity(
            r"Any number $M$ of them, by the sums of $f_i$ and of $f_i^2$.",
            (S_2 - 2 * y * S_1 + models * y**2) / models - (S_1 / models - y) ** 2,
            (S_2 - 2 * S_1 / models * S_1 + models * (S_1 / models) ** 2) / models,
        ),
        Identity(
            r"$|F_1^TF_2|^2$ is the inner product of the Gram matrices $F_1F_1^T$, $F_2F_2^T$ of three examples.",
            _square(A.T * B),
            sp.Add(*(A * A.T).multiply_elementwise(B * B.T)),
        ),
        Cited("So CKA is the cosine of two positive semidefinite matrices, which is in $[0,1]$.", "Cauchy-Schwarz inequality"),
        Identity(
            "Turned and scaled features have the numerator times the square of the scale, and the denominator too: CKA does "
            "not change (two units, a rotation for $c^2+s^2 = 1$).",
            _square((A * size * _TURN).T * B),
            size**2 * (cosine**2 + sine**2) * _square(A.T * B),
        ),
    ),
    wrong=(
        Identity("Points on which both are wrong are taken off once.", E_A + E_B - (same + other), DIFFERENT),
        Identity(
            "The gain is counted against a fixed model in place of the mean.",
            sp.Add(*((f - y) ** 2 for f in F)) / 3 - (MEAN - y) ** 2,
            sp.Add(*((f - F[0]) ** 2 for f in F)) / 3,
        ),
    ),
    examples=(
        Cases(
            r"$e_a = e_b = 0.1$ with ten classes: the null model gives $0.18 + 0.01\cdot\frac{8}{9} = \frac{17}{90}$.",
            ((sp.Subs(NULL, (error_a, error_b, classes), (Q(1, 10), Q(1, 10), 10)), Q(17, 90)),),
        ),
    ),
    traps=(
        "The raw disagreement of poor models is mostly error, not diversity: compare the normalised one with its null.",
        "CKA does not see whether units are matched: it is the same for every order of them.",
    ),
)
