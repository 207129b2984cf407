r"""A cut through a layer in which the outputs are affine has no barrier of its own: its profile is convex."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import c, factor, high, low, moved, t, u, value

F, b, y = sp.symbols("F b y", real=True)  # what the layer reads, the rest of the output, the target: one example, one output
w_0, w_1, z_0, z_1 = sp.symbols("w_0 w_1 z_0 z_1", real=True)
start, end = sp.symbols("start end", real=True)  # positions of a part of the cut
SQUARED_GAP = -factor * t * (1 - t) * moved


def _between(first: sp.Expr, last: sp.Expr) -> sp.Expr:
    return (1 - t) * first + t * last


def _squared(outputs: sp.Expr) -> sp.Expr:
    return factor * (outputs - y) ** 2


STEPS = (
    Identity(
        r"AFFINE: with the other layers fixed an output is $Fw+b$ in the weights $w$ of this layer, so along the cut it "
        r"stays on its "
        r"own line.",
        F * _between(w_0, w_1) + b,
        _between(F * w_0 + b, F * w_1 + b),
    ),
    Cited(
        r"CONVEX: the loss of one example at $z_t=(1-t)z_0+tz_1$ is at most $(1-t)\,l(z_0)+t\,l(z_1)$.",
        "the definition of a convex function",
    ),
    Nonnegative(
        r"So is the mean: with the slacks $h$ and $l$ of two (groups of) examples and the share $c$ of the first.",
        c * high + (1 - c) * low,
        (c, 1 - c, high, low),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3))),
    ),
    Identity(
        r"A part of the cut, from one position to another, is a cut again; so the profile is below each of its chords: convex.",
        (1 - u) * ((1 - start) * w_0 + start * w_1) + u * ((1 - end) * w_0 + end * w_1),
        (1 - ((1 - u) * start + u * end)) * w_0 + ((1 - u) * start + u * end) * w_1,
    ),
    Identity(
        r"Squared loss: the gap of one example and output is $-c\,t(1-t)(z_1-z_0)^2$ exactly; the mean over examples follows.",
        _squared(_between(z_0, z_1)) - _between(_squared(z_0), _squared(z_1)),
        sp.Subs(SQUARED_GAP, moved, (z_1 - z_0) ** 2),
    ),
)

WRONG = (
    Identity(
        r"AFFINE is dropped: the output is a product with a second layer that moves along, too.",
        _between(F, value) * _between(w_0, w_1) + b,
        _between(F * w_0 + b, value * w_1 + b),
    ),
    Nonnegative(
        r"CONVEX is dropped for one example: its slack may be negative.",
        c * high + (1 - c) * low,
        (c, 1 - c, high),
        (),
    ),
    Identity(
        r"The sign of the squared gap is flipped.",
        _squared(_between(z_0, z_1)) - _between(_squared(z_0), _squared(z_1)),
        sp.Subs(-SQUARED_GAP, moved, (z_1 - z_0) ** 2),
    ),
)

CUT = t**2 / 2  # L = (w_1 w_2 - 1)^2/2 from (1, 1) to (2, 1)
EXAMPLES = (
    Cases(
        r"$L=\frac{1}{2}(w_1w_2-1)^2$, first layer from 1 to 2 with $w_2=1$: the losses are $0$, $\frac{1}{8}$, "
        r"$\frac{1}{2}$, the gap "
        r"against its own ends is $-\frac{1}{8}$; against two full models of loss 0 it is $+\frac{1}{8}$.",
        (
            *((sp.Subs((((1 + t) - 1) ** 2) / 2, t, where), loss) for where, loss in ((0, 0), (HALF, HALF / 4), (1, HALF))),
            (gap_at_half(CUT), -sp.Rational(1, 8)),
        ),
    ),
    Cases(
        r"The squared formula there: $c=\frac{1}{2}$ and $|z_1-z_0|^2=1$.",
        ((sp.Subs(SQUARED_GAP, (factor, t, moved), (HALF, HALF, 1)), -sp.Rational(1, 8)),),
    ),
    Cases(
        r"AFFINE is needed: the hidden layer of the fold net has the profile $\frac{1}{2}(1-|1-2t|)^2$ and the gap "
        r"$\frac{1}{2}$.",
        ((gap_at_half((1 - sp.Abs(1 - 2 * t)) ** 2 / 2), HALF),),
    ),
    Cases(
        r"CONVEX is needed: $l(z)=1-e^{-z^2}$ from $z=0$ to $4$ passes $1-e^{-4}$ in the middle, above the mean "
        r"$\frac{1}{2}(1-e^{-16})$.",
        ((gap_at_half(1 - sp.exp(-((4 * t) ** 2))), HALF - sp.exp(-4) + sp.exp(-16) / 2),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Linear cuts have no barrier of their own",
    kind=Kind.UPPER,
    origins=(
        Origin("adilova2024", "Theorem 4.1", "deep linear networks"),
        Origin("here", note="the last layer of any network"),
    ),
    statement=(
        r"If the outputs are affine in layer $l$ with the others fixed, and the loss is convex in the outputs, then "
        r"$t\mapsto L(\theta+t\Delta_l)$ is convex: its gap against its own two ends is at most 0. So it is for every "
        r"layer of a deep linear "
        r"network and for the last layer of every network. For the squared loss $c\,|z-y|^2$ that gap is "
        r"$-c\,t(1-t)\,E|z'-z|^2$ with the "
        r"outputs $z$, $z'$ of both ends of the cut."
    ),
    equality=r"$\Delta_lF=0$: the outputs do not move, and the gap is 0",
    necessity=(
        r"AFFINE: the cut through the hidden layer of the fold net has $B=\frac{1}{2}$. CONVEX: $l=1-e^{-z^2}$ from "
        r"$z=0$ to $4$ has the gap "
        r"$0.48$."
    ),
    letters=(
        Letter(t, "position on the cut"),
        Letter(factor, r"$c$ of the loss $c\,|z-y|^2$"),
        Letter(moved, r"mean over examples of $|z'-z|^2$ between the ends of the cut"),
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
    formulas={"upper": sp.Integer(0), "squared_gap": SQUARED_GAP},
    traps=(
        "A convex cut may still have a layer-wise barrier in the convention that compares with two full models.",
        r"Two layers of a linear network together are not a linear cut.",
    ),
)
