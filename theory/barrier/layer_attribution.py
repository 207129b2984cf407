r"""The gap at the midpoint as a sum over sets of layers: Moebius inversion from both ends; Shapley shares add up to it too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, combinations

import sympy as sp

from theory.barrier._profiles import HALF
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Step
from theory.symbols import L_a, L_b, from_a, from_b, h_0, mixed, pairs, rest, s_0, singles
from theory.unevaluated import added, power, times

GAP = (from_a + from_b) / 2
BY_SIZE = singles + pairs + rest
SINGLE = s_0 / 2 + h_0 / 8
PAIR = mixed / 4

# F(S) for sets S of layers, as undefined values: F_a(S) = L(theta_a + Delta_S/2), F_b(S) = L(theta_b - Delta_S/2)
Layers = tuple[int, ...]
F_a, F_b = sp.Function("F_a"), sp.Function("F_b")
MIDDLE = sp.Symbol("L_m", real=True)


def _subsets(layers: Layers) -> Iterator[Layers]:
    return chain.from_iterable(combinations(layers, size) for size in range(len(layers) + 1))


def _value(of: sp.Function, layers: Layers, count: int) -> sp.Expr:
    """F(S) as F(1, 0, 1): one 0 or 1 per layer."""
    return of(*(int(layer in layers) for layer in range(count)))


def moebius(value: Callable[[Layers], sp.Expr], layers: Layers) -> sp.Expr:
    """m(S), the sum of (-1)^(|S|-|T|) F(T) over the subsets T of S, left for the checker to add up."""
    return added(*((-1) ** (len(layers) - len(part)) * value(part) for part in _subsets(layers)))


def _terms(of: sp.Function, count: int) -> dict[Layers, sp.Expr]:
    """m(S) of every nonempty set of `count` layers."""
    return {s: moebius(lambda part: _value(of, part, count), s) for s in _subsets(tuple(range(count))) if s}


def _inversion(of: sp.Function, count: int) -> tuple[sp.Expr, sp.Expr]:
    every = tuple(range(count))
    return added(*_terms(of, count).values()), _value(of, every, count) - _value(of, (), count)


def _shapley(of: sp.Function, count: int, layer: int) -> sp.Expr:
    return added(*(times(sp.Rational(1, len(s)), term) for s, term in _terms(of, count).items() if layer in s))


# one Moebius step, for any number of layers: f is F without the last layer, g with it, summed with the signs of the others
f, g = sp.symbols("f g", real=True)
# two layers with two coordinates each: a generic quadratic, its gradient and Hessian at the end
D = sp.symbols("d_1 d_2 d_3 d_4", real=True)
SLOPES = sp.symbols("g_1 g_2 g_3 g_4", real=True)
H = sp.Matrix(4, 4, lambda i, j: sp.Symbol(f"H_{min(i, j) + 1}{max(i, j) + 1}", real=True))
BLOCKS = ((0, 1), (2, 3))


def _quadratic(layers: Layers) -> sp.Expr:
    """F(S) of a generic quadratic: half a step in these layers."""
    step = sp.Matrix([D[i] / 2 if any(i in BLOCKS[layer] for layer in layers) else 0 for i in range(4)])
    return L_a + sp.Add(*(SLOPES[i] * step[i] for i in range(4))) + (step.T * H * step)[0, 0] / 2


def _form(left: tuple[int, ...], right: tuple[int, ...]) -> sp.Expr:
    return sp.Add(*(D[i] * H[i, j] * D[j] for i in left for j in right))


STEPS: tuple[Step, ...] = (
    Identity(
        r"One layer: $m(\varnothing)=F(\varnothing)$ and $m(\{1\})=F(\{1\})-F(\varnothing)$ add up to $F(\{1\})$.",
        added(*(moebius(lambda part: g if part else f, s) for s in _subsets((0,)))),
        g,
    ),
    Identity(
        r"A further layer $l$: for every $S$ without it, $m(S)+m(S\cup\{l\})$ is the $m(S)$ of $F(\cdot\cup\{l\})$, since the "
        r"subsets without $l$ enter twice with opposite signs; here $S=\{1,2\}$, $l=3$.",
        added(*(moebius(lambda part: _value(F_a, part, 3), s) for s in ((0, 1), (0, 1, 2)))),
        moebius(lambda part: _value(F_a, (*part, 2), 3), (0, 1)),
    ),
    Cited(
        r"So by induction on the number of layers $\sum_Sm(S)=F$ of all layers, and without $m(\varnothing)=F(\varnothing)$ the "
        r"difference of both.",
        "Moebius inversion on a finite set",
    ),
    *(
        Identity(
            rf"Written out for {count} layers and any values $F$: the nonempty terms add up to $F$ of all layers minus "
            r"$F(\varnothing)$.",
            *_inversion(F_a, count),
        )
        for count in (2, 3, 4)
    ),
    Identity(
        r"Both ends meet at the midpoint: $F_a$ and $F_b$ of all layers are $L(\theta_{1/2})$, so the mean of the two sums is "
        r"the gap.",
        sp.Subs(GAP, (from_a, from_b), (MIDDLE - L_a, MIDDLE - L_b)),
        MIDDLE - HALF * L_a - HALF * L_b,
    ),
    Identity(
        r"Shares: each $m(S)$ is divided among its layers, so the shares of three layers add up to the same sum.",
        added(*(_shapley(F_a, 3, layer) for layer in range(3))),
        F_a(1, 1, 1) - F_a(0, 0, 0),
    ),
    Identity(
        r"Second order, on a generic quadratic with two layers of two coordinates: the single term of layer 1 is "
        r"$\frac{1}{2}\langle\nabla_1L,\Delta_1\rangle+\frac{1}{8}\Delta_1^TH_{11}\Delta_1$ ...",
        moebius(_quadratic, (0,)),
        sp.Subs(SINGLE, (s_0, h_0), (SLOPES[0] * D[0] + SLOPES[1] * D[1], _form((0, 1), (0, 1)))),
    ),
    Identity(
        r"... and the pair term is $\frac{1}{4}\Delta_1^TH_{12}\Delta_2$.",
        moebius(_quadratic, (0, 1)),
        sp.Subs(PAIR, mixed, _form((0, 1), (2, 3))),
    ),
)

WRONG = (
    Identity(
        r"The signs are forgotten: all subsets count alike.",
        sp.Add(F_a(1, 0) - F_a(0, 0), F_a(0, 1) - F_a(0, 0), F_a(1, 1) - F_a(0, 0)),
        F_a(1, 1) - F_a(0, 0),
    ),
    Identity(
        r"COMPLETE is dropped: singles alone are said to make the whole.",
        sp.Add(*(term for s, term in _terms(F_a, 3).items() if len(s) == 1)),
        F_a(1, 1, 1) - F_a(0, 0, 0),
    ),
    Identity(
        r"Singles and pairs are said to make the whole of three layers.",
        sp.Add(*(term for s, term in _terms(F_a, 3).items() if len(s) <= 2)),
        F_a(1, 1, 1) - F_a(0, 0, 0),
    ),
    Identity(
        r"The pair term is said to be $\frac{1}{8}\Delta_1^TH_{12}\Delta_2$.",
        moebius(_quadratic, (0, 1)),
        _form((0, 1), (2, 3)) / 8,
    ),
)


def _product(start: Layers, end: Layers, target: int = 1) -> Callable[[Layers], sp.Expr]:
    """F of (w_1 w_2 .. - target)^2/2: half of the way from start to end in the layers of the set."""

    def value(layers: Layers) -> sp.Expr:
        weights = [
            (sp.sympify(w) + v) / 2 if layer in layers else sp.sympify(w)
            for layer, (w, v) in enumerate(zip(start, end, strict=True))
        ]
        return times(HALF, power(sp.prod(weights) - target))

    return value


ONE = (sp.Integer(1), sp.Integer(1))
TWO = (sp.Integer(2), HALF)
SINGLES = ((0,), (1,))
BOTH = (0, 1)
EXAMPLES = (
    Cases(
        r"$\frac{1}{2}(w_1w_2-1)^2$ from $(1,1)$ to $(2,\frac{1}{2})$, base $a$: $\frac{1}{8}$, $\frac{1}{32}$ and "
        r"$-\frac{19}{128}$, together $\frac{1}{128}$ ...",
        tuple(
            (moebius(_product(ONE, TWO), s), truth)
            for s, truth in zip((*SINGLES, BOTH), (sp.Rational(1, 8), sp.Rational(1, 32), sp.Rational(-19, 128)), strict=True)
        ),
    ),
    Cases(
        r"... and base $b$: $\frac{1}{32}$, $\frac{1}{8}$, $-\frac{19}{128}$.",
        tuple(
            (moebius(_product(TWO, ONE), s), truth)
            for s, truth in zip((*SINGLES, BOTH), (sp.Rational(1, 32), sp.Rational(1, 8), sp.Rational(-19, 128)), strict=True)
        ),
    ),
    Cases(
        r"Their sum is the gap.", ((added(sp.Rational(1, 8), sp.Rational(1, 32), -sp.Rational(19, 128)), sp.Rational(1, 128)),)
    ),
    Cases(
        r"From $(1,1)$ to $(-1,-1)$: $\frac{1}{2}$, $\frac{1}{2}$ and $-\frac{1}{2}$.",
        tuple(
            (moebius(_product(ONE, (sp.Integer(-1), sp.Integer(-1))), s), truth)
            for s, truth in zip((*SINGLES, BOTH), (HALF, HALF, -HALF), strict=True)
        ),
    ),
    Cases(
        r"COMPLETE is needed: the product of three weights from 1 to 3 each, with the target 0, has singles $\frac{3}{2}$, pairs "
        r"$\frac{9}{2}$ and the triple $\frac{27}{2}$: singles and pairs make 18 of $\frac{63}{2}$.",
        (
            (moebius(_product((1, 1, 1), (3, 3, 3), 0), (0,)), sp.Rational(3, 2)),
            (moebius(_product((1, 1, 1), (3, 3, 3), 0), (0, 1)), sp.Rational(9, 2)),
            (moebius(_product((1, 1, 1), (3, 3, 3), 0), (0, 1, 2)), sp.Rational(27, 2)),
            (added(3 * sp.Rational(3, 2), 3 * sp.Rational(9, 2), sp.Rational(27, 2)), sp.Rational(63, 2)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Exact shares of the layers",
    kind=Kind.IDENTITY,
    origins=(Origin("classical", note="Moebius inversion, Harsanyi dividends, Shapley shares"), Origin("here", note="their use")),
    statement=(
        r"For a set $S$ of layers let $F_a(S)=L(\theta_a+\frac{1}{2}\Delta_S)$, $F_b(S)=L(\theta_b-\frac{1}{2}\Delta_S)$, and "
        r"$m_a(S)=\sum_{T\subseteq S}(-1)^{|S|-|T|}F_a(T)$, $m_b$ likewise. Then "
        r"$g(\frac{1}{2})=\frac{1}{2}\sum_{S\neq\varnothing}[m_a(S)+m_b(S)]$. To second order $m_a(\{l\})="
        r"\frac{1}{2}\langle\nabla_lL,\Delta_l\rangle+\frac{1}{8}\Delta_l^TH_{ll}\Delta_l$ and "
        r"$m_a(\{l,k\})=\frac{1}{4}\Delta_l^TH_{lk}\Delta_k$. The share of layer $l$, $\sum_{S\ni l}\frac{1}{|S|}m(S)$, sums to "
        r"the same gap over the layers."
    ),
    equality=r"always; a loss that is a sum over layers has $m(S)=0$ for $|S|\geq 2$",
    necessity=(
        r"COMPLETE: of the product of three weights from 1 to 3, each with the target 0, singles and pairs make 18 of "
        r"$\frac{63}{2}$."
    ),
    letters=(
        Letter(from_a, r"sum of $m_a(S)$ over all nonempty $S$"),
        Letter(from_b, r"sum of $m_b(S)$ over all nonempty $S$"),
        Letter(singles, r"mean over both ends of the terms with $|S|=1$"),
        Letter(pairs, r"mean over both ends of the terms with $|S|=2$"),
        Letter(rest, r"mean over both ends of the terms with $|S|\geq 3$"),
        Letter(s_0, r"slope $\langle\nabla_lL,\Delta_l\rangle$ of a layer at the end"),
        Letter(h_0, r"block $\Delta_l^TH_{ll}\Delta_l$ at the end"),
        Letter(mixed, r"block $\Delta_l^TH_{lk}\Delta_k$ at the end"),
    ),
    assumptions=(
        Assumption(
            "COMPLETE",
            r"all $2^L$ sets of layers are evaluated from both ends",
            "the number of layers; of deeper networks only singles and pairs are, and the rest is what is left",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"gap": GAP, "by_size": BY_SIZE, "single": SINGLE, "pair": PAIR},
    traps=(
        "Terms of high order are differences of many losses: float64 and full-batch losses only.",
        r"Shares from $\theta_a$ and from $\theta_b$ differ; their mean is what adds up to $g(\frac{1}{2})$.",
    ),
)
