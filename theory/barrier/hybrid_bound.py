r"""Where the outputs are affine in each layer, φ(t) <= Σ_S t^|S| (1-t)^(L-|S|) L(z_S) over layer-swapped networks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sympy as sp

from theory.barrier._profiles import HALF
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square, Step
from theory.symbols import L_a, L_b, hybrids, t
from theory.unevaluated import added, at, times

UPPER_AT = hybrids - (1 - t) * L_a - t * L_b

F = sp.Function("F")
Choice = tuple[int, ...]


def choices(count: int) -> Iterator[Choice]:
    """All hybrids of that many layers: one 0 (from a) or 1 (from b) per layer."""
    return product((0, 1), repeat=count)


def weight(choice: Choice, position: sp.Expr = t) -> sp.Expr:
    """t^|S| (1-t)^(L-|S|)."""
    return position ** sum(choice) * (1 - position) ** (len(choice) - sum(choice))


def mixture(count: int, value: sp.Function, position: sp.Expr = t) -> sp.Expr:
    """The mean of the values of all hybrids under these weights."""
    return sp.Add(*(weight(choice, position) * value(*choice) for choice in choices(count)))


# one entry of each of three layers at both ends, with biases in the two upper ones
u_a, u_b, v_a, v_b, w_a, w_b, b_a, b_b, c_a, c_b, x = sp.symbols("u_a u_b v_a v_b w_a w_b b_a b_b c_a c_b x", real=True)
FIRST, SECOND, THIRD = (u_a, u_b), (v_a, v_b), (w_a, w_b)
INNER, OUTER = (b_a, b_b), (c_a, c_b)


def _between(ends: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    return (1 - t) * ends[0] + t * ends[1]


def _network(i: int, j: int, k: int) -> sp.Expr:
    return THIRD[k] * (SECOND[j] * FIRST[i] * x + INNER[j]) + OUTER[k]


# a layer of any shape: the output is alpha W + beta with the layers below and above inside alpha and beta
alpha, shift = sp.symbols("alpha beta", real=True)
gate_a, gate_b = sp.symbols("z_0 z_1", real=True)

STEPS: tuple[Step, ...] = (
    Identity(
        r"AFFINE in one layer, the others fixed: with the weight $(1-t)w_a+tw_b$ the output is the combination of its values.",
        alpha * _between(THIRD) + shift,
        (1 - t) * (alpha * w_a + shift) + t * (alpha * w_b + shift),
    ),
    Identity(
        r"The next layer splits every hybrid in two: $\sum_St^{|S|}(1-t)^{L-|S|}z_S$ for two layers from that for one, with any "
        r"values $z_S$.",
        (1 - t) * sp.Add(*(weight(s) * F(*s, 0) for s in choices(1))) + t * sp.Add(*(weight(s) * F(*s, 1) for s in choices(1))),
        mixture(2, F),
    ),
    Cited(
        r"So by induction over the layers $z(\theta_t)=\sum_St^{|S|}(1-t)^{L-|S|}z_S$.",
        "induction over the layers",
    ),
    Identity(
        r"Written out: three layers with biases in the upper two.",
        _between(THIRD) * (_between(SECOND) * _between(FIRST) * x + _between(INNER)) + _between(OUTER),
        mixture(3, _network),
    ),
    *(
        Identity(
            rf"The weights of {count} layers sum to $(t+1-t)^{{{count}}}=1$, and none is negative.",
            sp.Add(*(weight(choice) for choice in choices(count))),
            sp.Integer(1),
        )
        for count in (2, 3, 4)
    ),
    Cited(
        r"CONVEX: $l(\sum_S\omega_Sz_S)\leq\sum_S\omega_Sl(z_S)$ for each example, and so for the mean; minus the line this is "
        r"the bound.",
        "Jensen's inequality",
    ),
    Nonnegative(
        r"Gates (AFFINE): where a pre-activation has the same sign in every hybrid, it has that sign on the whole chord, being a "
        r"combination of them; here of two.",
        (1 - t) * gate_a + t * gate_b,
        (1 - t, t, gate_a, gate_b),
        (Square(sp.Integer(1), sp.Integer(1), (0, 2)), Square(sp.Integer(1), sp.Integer(1), (1, 3))),
    ),
    Cited(
        r"So, layer by layer from the inputs, a gate that no hybrid changes is a fixed factor 0 or 1, and the network is linear "
        r"between fixed gates.",
        "induction over the layers",
    ),
)

WRONG = (
    Identity(
        r"Only the two ends are mixed, as if a product were affine in all layers at once.",
        _between(THIRD) * _between(FIRST),
        (1 - t) * w_a * u_a + t * w_b * u_b,
    ),
    Identity(
        r"The hybrids count alike, by $2^{-L}$, at every position.",
        _between(THIRD) * _between(FIRST),
        (w_a * u_a + w_a * u_b + w_b * u_a + w_b * u_b) / 4,
    ),
    Identity(
        r"AFFINE is dropped: a ReLU of a combination is taken for the combination of the ReLUs.",
        sp.Subs(sp.Max(0, _between((gate_a, gate_b))), (t, gate_a, gate_b), (HALF, 1, -1)),
        sp.Subs(_between((sp.Max(0, gate_a), sp.Max(0, gate_b))), (t, gate_a, gate_b), (HALF, 1, -1)),
    ),
    Nonnegative(
        r"A sign that one hybrid changes is said to stay.",
        (1 - t) * gate_a + t * gate_b,
        (1 - t, t, gate_a),
        (),
    ),
)

ENDS = ((sp.Integer(1), sp.Integer(2)), (sp.Integer(1), HALF))


def _product(i: int, j: int) -> sp.Expr:
    return ENDS[0][i] * ENDS[1][j]


def _loss(of: sp.Expr) -> sp.Expr:
    return (of - 1) ** 2 / 2


MIDDLE = times(sp.Rational(3, 2), sp.Rational(3, 4))
EXAMPLES = (
    Cases(
        r"$(w_1,w_2)$ from $(1,1)$ to $(2,\frac{1}{2})$, hybrids $1,\frac{1}{2},2,1$: with the loss $|z|$, affine on them, the "
        r"bound at $\frac{1}{2}$ is $\frac{9}{8}$, the loss itself.",
        (
            (at(mixture(2, lambda i, j: sp.Abs(_product(i, j))), {t: HALF}), sp.Rational(9, 8)),
            (sp.Abs(MIDDLE, evaluate=False), sp.Rational(9, 8)),
        ),
    ),
    Cases(
        r"With the loss $\frac{1}{2}(z-1)^2$: the bound is $\frac{5}{32}$, $B=\frac{1}{128}$.",
        (
            (at(mixture(2, lambda i, j: _loss(_product(i, j))), {t: HALF}), sp.Rational(5, 32)),
            (_loss(MIDDLE), sp.Rational(1, 128)),
        ),
    ),
    Cases(
        r"AFFINE is needed: the fold net has four hybrids of loss 0, since its read-out does not move, and $B=\frac{1}{2}$.",
        ((at(sp.Max(0, t - HALF) + sp.Max(0, HALF - t), {t: HALF}), sp.Integer(0)), (times((0 - 1) ** 2, HALF), HALF)),
    ),
    Cases(
        r"CONVEX is needed: one layer with $z$ from 0 to 4 and $l=1-e^{-z^2}$ has the hybrids 0 and $1-e^{-16}$, the bound 0 for "
        r"the gap at $\frac{1}{2}$, which is $\frac{1}{2}-e^{-4}+\frac{1}{2}e^{-16}=0.4817$.",
        ((added(1, -sp.exp(-4), times(-HALF, 1 - sp.exp(-16))), HALF - sp.exp(-4) + sp.exp(-16) / 2),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Layer-swapped networks certify the barrier",
    kind=Kind.UPPER,
    origins=(Origin("here"),),
    statement=(
        r"Let the outputs be affine in each layer $(W_l,b_l)$ with the others fixed, and let $z_S$ be the outputs of the network "
        r"with the layers $S$ from $\theta_b$ and the others from $\theta_a$. Then "
        r"$z(\theta_t)=\sum_St^{|S|}(1-t)^{L-|S|}z_S$, and for a loss that is convex in the outputs "
        r"$g(t)\leq\sum_St^{|S|}(1-t)^{L-|S|}L(z_S)-(1-t)L_a-tL_b$: $2^L$ losses bound the gap at every position. Linear "
        r"networks are of this kind; so are ReLU networks whose gates no hybrid changes on the data, with these gates kept in "
        r"the hybrids."
    ),
    equality=(
        r"a loss that is affine on the outputs of the hybrids: $(1,1)$ to $(2,\frac{1}{2})$ with $l=|z|$ has the bound "
        r"$\frac{9}{8}=|z_{1/2}|$"
    ),
    necessity=(
        r"AFFINE: the fold net has four hybrids of loss 0 and $B=\frac{1}{2}$. CONVEX: $l=1-e^{-z^2}$ with $z$ from 0 to 4 has "
        r"$g(\frac{1}{2})=0.4817$ and the bound 0. FEW: without the losses of all hybrids there is no bound to evaluate."
    ),
    letters=(
        Letter(t, "position on the chord"),
        Letter(hybrids, r"$\sum_St^{|S|}(1-t)^{L-|S|}L(z_S)$, weighted losses of the hybrids"),
        Letter(L_a, r"loss at $\theta_a$"),
        Letter(L_b, r"loss at $\theta_b$"),
    ),
    assumptions=(
        Assumption(
            "AFFINE",
            r"the outputs are affine in each layer: linear activations, or gates that no hybrid changes on any example",
            "the activation; for piecewise linear ones the signs of the pre-activations of all hybrids",
        ),
        Assumption("CONVEX", "the per-example loss is convex in the outputs", "the type of the loss"),
        Assumption("FEW", r"all $2^L$ hybrids are evaluated", "the number of layers"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"upper_at": UPPER_AT},
    traps=(
        "Ordinary hybrids of a ReLU network, each with its own gates, are no certificate.",
        "The bound may be far above the barrier: a hybrid of two good networks is usually a bad one.",
    ),
)
