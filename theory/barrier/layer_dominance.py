r"""Merging all layers but one affine layer, and averaging over its two owners, costs at least the full barrier."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import B, c, factor, high, low, moved, t, value
from theory.unevaluated import added, power, times

F, b, y = sp.symbols("F b y", real=True)  # features of the merged layers, rest of the output, target: one example, one output
w_a, w_b, z_a, z_b = sp.symbols("w_a w_b z_a z_b", real=True)  # the affine layer at both ends; the outputs with one and the other
v_a, v_b = sp.symbols("v_a v_b", real=True)
EXCESS = factor * t * (1 - t) * moved


def _between(first: sp.Expr, last: sp.Expr) -> sp.Expr:
    return (1 - t) * first + t * last


def _squared(outputs: sp.Expr) -> sp.Expr:
    return factor * (outputs - y) ** 2


STEPS = (
    Identity(
        r"AFFINE: all other layers are merged, at position $t$, and give the features $F$. With this layer from "
        r"$\theta_a$ or $\theta_b$ the "
        r"outputs are $z^{(a)}$ and $z^{(b)}$, and $z_t=(1-t)z^{(a)}+tz^{(b)}$.",
        F * _between(w_a, w_b) + b,
        _between(F * w_a + b, F * w_b + b),
    ),
    Cited(
        r"CONVEX: on every example $(1-t)\,l(z^{(a)})+t\,l(z^{(b)})\geq l(z_t)$.",
        "the definition of a convex function",
    ),
    Nonnegative(
        r"The mean over examples keeps this: slacks $h$, $l$ of two (groups of) examples, $c$ the share of the first.",
        c * high + (1 - c) * low,
        (c, 1 - c, high, low),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3))),
    ),
    Identity(
        r"Taking the same line between $L_a$ and $L_b$ off both sides leaves the gaps: on the right $g(t)$.",
        added(value - B, -(high - B)),
        value - high,
    ),
    Identity(
        r"Squared loss: the excess is $c\,t(1-t)(z^{(b)}-z^{(a)})^2$ exactly.",
        _between(_squared(z_a), _squared(z_b)) - _squared(_between(z_a, z_b)),
        sp.Subs(EXCESS, moved, (z_b - z_a) ** 2),
    ),
    Identity(
        r"Two linear layers at $t=\frac{1}{2}$: merging the first, the outputs differ by $\Delta V\frac{W_a+W_b}{2}x$, "
        r"so the excess is "
        r"$\frac{c}{16}E|\Delta V(W_a+W_b)x|^2$ ...",
        sp.Subs(EXCESS, (t, moved), (HALF, ((v_b - v_a) * (w_a + w_b) / 2) ** 2)),
        factor / 16 * ((v_b - v_a) * (w_a + w_b)) ** 2,
    ),
    Identity(
        r"... merging the second, they differ by $\frac{V_a+V_b}{2}\Delta Wx$; the sum of both is $V_bW_bx-V_aW_ax$, "
        r"and where the ends give "
        r"the same outputs, the two excesses are equal.",
        (v_b - v_a) * (w_a + w_b) / 2 + (v_a + v_b) / 2 * (w_b - w_a),
        v_b * w_b - v_a * w_a,
    ),
)

WRONG = (
    Identity(
        r"AFFINE is dropped: the features are taken from each end instead of merged.",
        F * _between(w_a, w_b) + b,
        _between(F * w_a + b, value * w_b + b),
    ),
    Nonnegative(
        r"CONVEX is dropped for one example: its slack may be negative.",
        c * high + (1 - c) * low,
        (c, 1 - c, high),
        (),
    ),
    Nonnegative(
        r"One base alone is said to dominate: $z^{(b)}$ of a squared loss without $z^{(a)}$.",
        (z_b - y) ** 2 - (_between(z_a, z_b) - y) ** 2,
        (t, 1 - t),
        (),
    ),
)


def _loss(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """(w_1 w_2 - 1)^2/2, left for the checker to evaluate."""
    return times(HALF, power(added(times(first, second), -1)))


def _bases(number: int) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """(1, 1) to (number, 1/number): the first layer merged with the second from b, from a, and both merged."""
    middle, other = (ONE + number) / 2, (ONE + ONE / number) / 2
    return _loss(middle, ONE / number), _loss(middle, ONE), _loss(middle, other)


EXAMPLES = (
    Cases(
        r"$L=\frac{1}{2}(w_1w_2-1)^2$ from $(1,1)$ to $(2,\frac{1}{2})$: merging layer 1 costs $\frac{5}{64}$, the full "
        r"barrier is "
        r"$\frac{1}{128}$, the difference $\frac{9}{128}$ is $\frac{1}{32}(\Delta w_2(1+2))^2$.",
        (
            ((_bases(2)[0] + _bases(2)[1]) / 2, sp.Rational(5, 64)),
            (_bases(2)[2], sp.Rational(1, 128)),
            (sp.Subs(EXCESS, (factor, t, moved), (HALF, HALF, (HALF * sp.Rational(3, 2)) ** 2)), sp.Rational(9, 128)),
        ),
    ),
    Cases(
        r"Both bases are needed: to $(4,\frac{1}{4})$, base $b$ alone gives $\frac{9}{128}$, less than the full "
        r"$\frac{81}{512}$.",
        ((_bases(4)[0], sp.Rational(9, 128)), (_bases(4)[2], sp.Rational(81, 512))),
    ),
    Cases(
        r"Equality: $(1,1)$ to $(-1,-1)$; merged, the first layer is 0, and every output is 0: all three are $\frac{1}{2}$.",
        ((_loss(sp.Integer(0), ONE), HALF), (_loss(sp.Integer(0), -ONE), HALF), (_loss(sp.Integer(0), sp.Integer(0)), HALF)),
    ),
    Cases(
        r"CONVEX is needed: $l=1-e^{-z^2}$ with $z^{(a)}=0$, $z^{(b)}=4$: the mean is $\frac{1}{2}-\frac{1}{2}e^{-16}$, but "
        r"$l(2)=1-e^{-4}$ is larger.",
        ((sp.Subs(1 - sp.exp(-(t**2)), t, 2), 1 - sp.exp(-4)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Merging all layers but the last costs at least the full barrier",
    kind=Kind.LOWER,
    origins=(Origin("here"),),
    statement=(
        r"Let the outputs be affine in layer $l$ when the others are fixed, the loss convex in the outputs, and "
        r"$\theta_t^{(l\leftarrow a)}$ the point $\theta_t$ with layer $l$ taken from $\theta_a$. Then "
        r"$(1-t)L(\theta_t^{(l\leftarrow a)})+tL(\theta_t^{(l\leftarrow b)})\geq L(\theta_t)$. At $t=\frac{1}{2}$: the "
        r"symmetrised barrier "
        r"of merging the other layers is at least $g(\frac{1}{2})$; with one hidden layer, "
        r"$B_1^{sym}\geq g(\frac{1}{2})$. For the squared "
        r"loss $c\,|z-y|^2$ the excess is $c\,t(1-t)\,E|z^{(b)}-z^{(a)}|^2$."
    ),
    equality=r"$z^{(a)}=z^{(b)}$: $(1,1)$ to $(-1,-1)$ with $L=\frac{1}{2}(w_1w_2-1)^2$, all three $\frac{1}{2}$",
    necessity=(
        r"AFFINE: the fold net with $l$ its hidden layer has 0 on the left and $L(\theta_{1/2})=\frac{1}{2}$. CONVEX: "
        r"$l=1-e^{-z^2}$ with "
        r"$z^{(a)}=0$ and $z^{(b)}=4$: $0.5<0.98$."
    ),
    letters=(
        Letter(t, "position on the chord"),
        Letter(factor, r"$c$ of the loss $c\,|z-y|^2$"),
        Letter(moved, r"mean over examples of $|z^{(b)}-z^{(a)}|^2$"),
    ),
    assumptions=(
        Assumption(
            "AFFINE", "the outputs are affine in the layer with the others fixed", "by architecture: last layer, or linear"
        ),
        Assumption("CONVEX", "the loss of an example is convex in the outputs", "by type of the loss"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"squared_excess": EXCESS},
    traps=("Symmetrise over both bases: one base alone can lie below the full barrier.",),
)
