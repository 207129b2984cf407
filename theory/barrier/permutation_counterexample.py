r"""Two classifiers without error between which every order of the hidden units leaves the error barrier 1/4."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.barrier._swapped_cones import CONE_STEPS, EARLY, INSIDE, LATE, P, R, both_swapped, h_1, h_2, one_swapped, q, x_1, x_2
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Identity, Nonnegative, Piecewise, Primitive, Square
from theory.symbols import t

QUARTER = sp.Rational(1, 4)
TAU = sp.Min(t, 1 - t)
s = sp.Symbol("s", real=True)  # x_2 - x_1


def _relu(u: sp.Expr) -> sp.Expr:
    return sp.Max(u, 0)


def _in_square() -> tuple[sp.Basic, ...]:
    return (x_1 >= -1, x_1 <= 1, x_2 >= -1, x_2 <= 1)


SAME = -_relu(x_1) - _relu(-x_2)
STEPS = (
    Piecewise(
        r"$\theta_a$ on the square: $f=-\mathrm{relu}(x_1)-\mathrm{relu}(-x_2)$.",
        sp.Eq(-_relu(1 - _relu(1 - x_1)) - _relu(_relu(-x_2)), SAME, evaluate=False),
        _in_square(),
    ),
    Piecewise(
        r"$\theta_b$ is the same function.",
        sp.Eq(-_relu(_relu(x_1)) - _relu(1 - _relu(1 + x_2)), SAME, evaluate=False),
        _in_square(),
    ),
    Piecewise(
        r"It is never positive, and zero exactly where $x_1\leq 0$ and $x_2\geq 0$: both errors are 0.",
        sp.And(sp.Implies(SAME >= 0, sp.And(x_1 <= 0, x_2 >= 0)), sp.Implies(sp.And(x_1 <= 0, x_2 >= 0), sp.Ge(SAME, 0))),
    ),
    Nonnegative(
        r"First layer as it is, second too: for $t\leq\frac{1}{2}$ the second unit is at least $t$, whatever $h_2\geq 0$ ...",
        (1 - 2 * t) * h_2 + t - t,
        (h_2, EARLY),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Nonnegative(
        r"... and for $t\geq\frac{1}{2}$ the first is at least $1-t$. So $f<0$ on the open chord: every positive is missed.",
        (2 * t - 1) * h_1 + (1 - t) - (1 - t),
        (h_1, LATE),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Nonnegative(
        r"Second layer swapped, $t\leq\frac{1}{2}$: $h_1\geq(2t-1)x_1+1-t\geq t$ on the square ...",
        (2 * t - 1) * x_1 + (1 - t) - t,
        (EARLY, 1 - x_1),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Nonnegative(
        r"... so the second unit $th_1+(1-t)h_2$ is at least $t^2$ ...",
        t * h_1 + (1 - t) * h_2 - t**2,
        (*INSIDE, h_1 - t, h_2),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3))),
    ),
    Nonnegative(
        r"... and for $t\geq\frac{1}{2}$, $h_2\geq(2t-1)x_2+t\geq 1-t$ ...",
        (2 * t - 1) * x_2 + t - (1 - t),
        (LATE, 1 + x_2),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Nonnegative(
        r"... makes it at least $(1-t)^2$: again $f<0$ on the open chord.",
        t * h_1 + (1 - t) * h_2 - (1 - t) ** 2,
        (*INSIDE, h_1, h_2 - (1 - t)),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3))),
    ),
    *CONE_STEPS,
    Identity(
        r"Any read-out of the middle: with the first layer not swapped its features do not depend on the input.",
        sp.Subs((2 * t - 1) * x_1 + (1 - t), t, HALF),
        HALF,
    ),
    Identity(
        r"With the first layer swapped, $p=r=-\frac{s}{2}$ with $s=x_2-x_1$ ...",
        sp.Subs(P, t, HALF),
        -(x_2 - x_1) / 2,
    ),
    Identity(r"... so the features know $s$ alone.", sp.Subs(R, t, HALF), -(x_2 - x_1) / 2),
    Primitive(
        r"Of the points with $0\leq s\leq 1$ a length $s$ is positive and $2-2s$ negative, beyond that all have one label. The "
        r"positives are fewer up to $s=\frac{2}{3}$ ...",
        s**2 / 2,
        s,
        s,
        (sp.Integer(0), sp.Rational(2, 3)),
        sp.Rational(2, 9),
    ),
    Primitive(
        r"... and the negatives from there on: at least $(\frac{2}{9}+\frac{1}{9})/4=\frac{1}{12}$ of the square is wrong.",
        2 * s - s**2,
        s,
        2 - 2 * s,
        (sp.Rational(2, 3), ONE),
        sp.Rational(1, 9),
    ),
)

WRONG = (
    Nonnegative(
        r"The error of the swapped chord is said to stay below $\frac{1}{5}$.",
        sp.Rational(1, 5) * (1 - t) - t / 4,
        (t, EARLY),
        (),
    ),
    Identity(
        r"In the product of the swapped second layer, $q$ is forgotten.",
        t - t * (1 - P) + (1 - t) * q,
        t * P,
    ),
)

EXAMPLES = (
    Cases(
        r"At $t=\frac{1}{4}$: $\frac{7}{60}=0.1167$ with the first layer swapped, $\frac{1}{12}=0.0833$ with both.",
        (
            (sp.Subs(one_swapped(t), t, QUARTER), sp.Rational(7, 60)),
            (sp.Subs(both_swapped(t), t, QUARTER), sp.Rational(1, 12)),
        ),
    ),
    Cases(r"Accuracy at $t=\frac{1}{2}$ for all four orders.", ((1 - sp.Subs(one_swapped(t), t, HALF), sp.Rational(3, 4)),)),
)

CLAIM = Claim(
    page=__name__,
    title="No permutation removes this barrier",
    kind=Kind.COUNTEREXAMPLE,
    origins=(
        Origin("ainsworth2022", "counterexample", "our statement, with the weights of the authors"),
        Origin("here", "", "the exact areas and the bound for any read-out"),
    ),
    statement=(
        r"ReLU network 2-2-2-1, inputs uniform on $[-1,1]^2$, positive iff $x_1\leq 0$ and $x_2\geq 0$, predicted positive iff "
        r"$f\geq 0$. $\theta_a$: $W_1=-1_2$, $b_1=(1,0)$, $W_2=\mathrm{diag}(-1,1)$, $b_2=(1,0)$; $\theta_b$: $W_1=1_2$, "
        r"$b_1=(0,1)$, $W_2=\mathrm{diag}(1,-1)$, $b_2=(0,1)$; both $w_3=(-1,-1)$, $b_3=0$. Both errors are 0, and for each of "
        r"the four orders of the hidden units of $\theta_b$ the error barrier is exactly $\frac{1}{4}$. With "
        r"$\tau=\min(t,1-t)$ the error inside the chord is $\frac{1}{4}$ where the first layer is not swapped, "
        r"$\frac{1}{4}\left(\frac{\tau}{2(1-\tau)}+\frac{\tau(1-\tau)}{\tau^2+(1-\tau)^2}\right)$ where it alone is, and "
        r"$\frac{\tau}{4(1-\tau)}$ where both are. Any read-out of the features at $t=\frac{1}{2}$ errs on at least "
        r"$\frac{1}{4}$ (first layer not swapped: they are constant), respectively $\frac{1}{12}$."
    ),
    equality="always: the error at the middle of each of the four chords is one quarter",
    necessity=(
        r"UNIFORM: only the constants depend on it. On $[-1,1]\times[0,1]$ half of the points are positive, and the barrier of "
        r"the unswapped chord is $\frac{1}{2}$."
    ),
    letters=(Letter(t, "position on the chord"),),
    assumptions=(
        Assumption(
            "CONSTRUCTION",
            "the ends are those of the statement, each with its hidden units in any order",
            "the weights, compared with all four orders",
        ),
        Assumption("UNIFORM", "the inputs are uniform on the square", "the law that the landscape declares"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "barrier": QUARTER,
        "unswapped": QUARTER,
        "one_swapped": one_swapped(TAU),
        "both_swapped": both_swapped(TAU),
        "read_out": sp.Rational(1, 12),
    },
    owes_not={"trained check": "a counterexample lives on one pair of networks; no trained pair is that pair"},
    traps=(
        r"$f$ is exactly 0 on the positives: the error jumps at $t=0$, and with the threshold $f>0$ both ends are wrong.",
        "A sample of inputs reads accuracies around 3/4, not 3/4.",
    ),
)
