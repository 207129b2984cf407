r"""Chords of the permutation counterexample with the first layer swapped: a cone is predicted positive; its area is the error."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.steps import Identity, Nonnegative, Piecewise, Primitive, Square
from theory.symbols import t
from theory.unevaluated import added, times

QUARTER = sp.Rational(1, 4)
ROUND = t**2 + (1 - t) ** 2


def one_swapped(s: sp.Expr) -> sp.Expr:
    """The error where only the first layer is swapped, for s <= 1/2."""
    return (s / (2 * (1 - s)) + s * (1 - s) / (s**2 + (1 - s) ** 2)) / 4


def both_swapped(s: sp.Expr) -> sp.Expr:
    """The error where both layers are, for s <= 1/2."""
    return s / (4 * (1 - s))


x_1, x_2, h_1, h_2, q = sp.symbols("x_1 x_2 h_1 h_2 q", real=True)  # the inputs, the features of layer 1, one of them
P = (1 - t) * x_1 - t * x_2  # pre-activations of the swapped first layer: h_1 = 1 - P, h_2 = relu(R)
R = t * x_1 - (1 - t) * x_2
EARLY, LATE, INSIDE = 1 - 2 * t, 2 * t - 1, (t, 1 - t)
LEFT_LINE, RIGHT_LINE = -P, ROUND * x_2 - 2 * t * (1 - t) * x_1  # both >= 0: predicted positive, one swapped
OTHER_LINE = -R


def _relu(u: sp.Expr) -> sp.Expr:
    return sp.Max(u, 0)


CONE_STEPS = (
    Nonnegative(
        r"First layer swapped: $h_1=1-p$ with $p=(1-t)x_1-tx_2$ is never cut off on the square; $h_2=q=\mathrm{relu}(r)$ with "
        r"$r=tx_1-(1-t)x_2$.",
        1 - P,
        (*INSIDE, 1 - x_1, 1 + x_2),
        (Square(ONE, ONE, (1, 2)), Square(ONE, ONE, (0, 3))),
    ),
    Identity(
        r"Second layer as it is: the first unit is $(1-t)p+tq$ ...",
        (1 - t) - (1 - t) * (1 - P) + t * q,
        (1 - t) * P + t * q,
    ),
    Identity(
        r"... and the second $tp+(1-t)q$; $f\geq 0$ where neither is positive.",
        t - t * (1 - P) + (1 - t) * q,
        t * P + (1 - t) * q,
    ),
    Identity(
        r"The reflection $(x_1,x_2,t)\to(-x_2,-x_1,1-t)$ keeps $p$ ...",
        sp.Subs(P, (x_1, x_2, t), (-x_2, -x_1, 1 - t)),
        P,
    ),
    Identity(
        r"... and $r$, exchanges the two units, and keeps the labels and the law: from here on $t\leq\frac{1}{2}$.",
        sp.Subs(R, (x_1, x_2, t), (-x_2, -x_1, 1 - t)),
        R,
    ),
    Nonnegative(
        r"Where the second unit is not positive, neither is the first.",
        -t * ((1 - t) * P + t * q),
        (1 - t, EARLY, q, -(t * P + (1 - t) * q)),
        (Square(ONE, ONE, (0, 3)), Square(ONE, ONE, (1, 2))),
    ),
    Piecewise(
        r"With $q=\mathrm{relu}(r)$ the second unit is the larger of $tp$ and $tp+(1-t)r$ ...",
        sp.Eq(h_1 + h_2 * _relu(q), sp.Max(h_1, h_1 + h_2 * q), evaluate=False),
        (h_2 >= 0,),
    ),
    Identity(
        r"... where $tp+(1-t)r=2t(1-t)x_1-(t^2+(1-t)^2)x_2$: predicted positive is the cone $(1-t)x_1\leq tx_2$, "
        r"$2t(1-t)x_1\leq(t^2+(1-t)^2)x_2$.",
        t * P + (1 - t) * R,
        -RIGHT_LINE,
    ),
    Nonnegative(
        r"The cone contains every positive: the first condition holds where $x_1\leq 0\leq x_2$ ...",
        LEFT_LINE,
        (*INSIDE, -x_1, x_2),
        (Square(ONE, ONE, (1, 2)), Square(ONE, ONE, (0, 3))),
    ),
    Nonnegative(
        r"... and so does the second: only negatives are wrong.",
        RIGHT_LINE,
        (*INSIDE, -x_1, x_2),
        (Square(sp.Integer(2), ONE, (0, 1, 2)), Square(ONE, t, (3,)), Square(ONE, 1 - t, (3,))),
    ),
    Nonnegative(
        r"Where $x_1\geq 0\geq x_2$ the first condition fails, except at 0.",
        P,
        (*INSIDE, x_1, -x_2),
        (Square(ONE, ONE, (1, 2)), Square(ONE, ONE, (0, 3))),
    ),
    Nonnegative(
        r"Where both inputs are positive the first condition implies the second ...",
        RIGHT_LINE,
        (t, EARLY, x_2, LEFT_LINE),
        (Square(sp.Integer(2), ONE, (0, 3)), Square(ONE, ONE, (1, 2))),
    ),
    Primitive(
        r"... so that a triangle of the area $\frac{t}{2(1-t)}$ is wrong there.",
        t / (1 - t) * x_2**2 / 2,
        x_2,
        t / (1 - t) * x_2,
        (sp.Integer(0), ONE),
        t / (2 * (1 - t)),
    ),
    Nonnegative(
        r"Where both are negative the second implies the first ...",
        ROUND * LEFT_LINE,
        (*INSIDE, EARLY, -x_1, RIGHT_LINE),
        (Square(ONE, ONE, (0, 4)), Square(ONE, ONE, (1, 2, 3))),
    ),
    Primitive(
        r"... and the triangle has the area $\frac{t(1-t)}{t^2+(1-t)^2}$.",
        -2 * t * (1 - t) / ROUND * x_1**2 / 2,
        x_1,
        -2 * t * (1 - t) / ROUND * x_1,
        (-ONE, sp.Integer(0)),
        t * (1 - t) / ROUND,
    ),
    Identity(
        r"The first does not exceed $\frac{1}{2}$: what is missing is $\frac{1-2t}{2(1-t)}\geq 0$ ...",
        HALF - t / (2 * (1 - t)),
        EARLY / (2 * (1 - t)),
    ),
    Identity(
        r"... nor does the second: $\frac{(1-2t)^2}{2(t^2+(1-t)^2)}\geq 0$. So the error is at most $\frac{1}{4}$ ...",
        HALF - t * (1 - t) / ROUND,
        EARLY**2 / (2 * ROUND),
    ),
    Identity(r"... which it is at $t=\frac{1}{2}$.", sp.Subs(one_swapped(t), t, HALF), QUARTER),
    Identity(
        r"Both layers swapped: the second layer of $\theta_b$ is that of $\theta_a$, the units are $1-h_1=p$ and $h_2=q$, and "
        r"predicted positive is $p\leq 0$, $r\leq 0$.",
        added(1, times(-1, 1 - P)),
        P,
    ),
    Nonnegative(
        r"This cone contains every positive, too.",
        OTHER_LINE,
        (*INSIDE, -x_1, x_2),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3))),
    ),
    Nonnegative(
        r"Where both inputs are positive, $p\leq 0$ implies $r\leq 0$ ...",
        (1 - t) * OTHER_LINE,
        (t, EARLY, x_2, LEFT_LINE),
        (Square(ONE, ONE, (0, 3)), Square(ONE, ONE, (1, 2))),
    ),
    Nonnegative(
        r"... and where both are negative, $r\leq 0$ implies $p\leq 0$: two triangles of the area $\frac{t}{2(1-t)}$.",
        (1 - t) * LEFT_LINE,
        (t, EARLY, -x_1, OTHER_LINE),
        (Square(ONE, ONE, (0, 3)), Square(ONE, ONE, (1, 2))),
    ),
    Identity(
        r"Their sum, as a share of the square, is $\frac{t}{4(1-t)}$, below $\frac{1}{4}$ by $\frac{1-2t}{4(1-t)}$.",
        QUARTER - 2 * t / (2 * (1 - t)) / 4,
        EARLY / (4 * (1 - t)),
    ),
    Identity(r"At $t=\frac{1}{2}$ it is $\frac{1}{4}$.", sp.Subs(both_swapped(t), t, HALF), QUARTER),
)
