r"""In output space the gap is linearisation error + curvature cost - ensemble gain, for every network.  Always an equality."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import cost, factor, gain, linear, t
from theory.unevaluated import added

GAP = linear + cost - gain
UPPER = linear + cost
LOWER = linear - gain

# two outputs; F is any function, and g_1, g_2 stand for its gradient at zbar, whatever that is
F, c_y = sp.Function("F"), sp.Symbol("c_y", real=True)
A, B, E, T, G = (sp.symbols(f"{name}_1 {name}_2", real=True) for name in ("z_a", "z_b", "E", "T", "g"))
MEAN = tuple((1 - t) * a + t * b for a, b in zip(A, B, strict=True))
HERE = tuple(mean + error for mean, error in zip(MEAN, E, strict=True))


def _inner(left: tuple[sp.Expr, ...], right: tuple[sp.Expr, ...]) -> sp.Expr:
    return sp.Add(*(x * y for x, y in zip(left, right, strict=True)))


def _from_mean(u: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
    return tuple(x - mean for x, mean in zip(u, MEAN, strict=True))


def _divergence(u: tuple[sp.Expr, ...]) -> sp.Expr:
    """D_F(u, zbar)."""
    return F(*u) - F(*MEAN) - _inner(G, _from_mean(u))


def _loss(z: tuple[sp.Expr, ...]) -> sp.Expr:
    return F(*z) - _inner(z, T) + c_y


ENSEMBLE = (1 - t) * _divergence(A) + t * _divergence(B)
AGAINST_TARGET = _inner(tuple(g - y for g, y in zip(G, T, strict=True)), E)
above_a, above_b = sp.symbols("D_a D_b", real=True)

STEPS = (
    Identity(
        r"The ends lie on both sides of the mean output: $(1-t)(z_a-\bar z)+t(z_b-\bar z)=0$ in each coordinate.",
        (1 - t) * (A[0] - MEAN[0]) + t * (B[0] - MEAN[0]),
        sp.Integer(0),
    ),
    Identity(
        r"By definition of $D_F$, $F(z_t)=F(\bar z)+\langle\nabla F(\bar z),E\rangle+D_F(z_t,\bar z)$; here $F$ is any function "
        r"of two outputs and $g$ its gradient at $\bar z$.",
        F(*HERE),
        added(F(*MEAN), _inner(G, E), _divergence(HERE)),
    ),
    Identity(
        r"The mean of the end values is $F(\bar z)$ plus the ensemble gain: the gradient cancels by the first step.",
        (1 - t) * F(*A) + t * F(*B),
        F(*MEAN) + ENSEMBLE,
    ),
    Identity(
        r"The target enters linearly, so it sees the output error only.",
        -_inner(HERE, T) + (1 - t) * _inner(A, T) + t * _inner(B, T),
        -_inner(E, T),
    ),
    Identity(
        r"Together (FORM), for one example: the part $c(y)$ of the loss drops out.",
        _loss(HERE) - (1 - t) * _loss(A) - t * _loss(B),
        AGAINST_TARGET + _divergence(HERE) - ENSEMBLE,
    ),
    Cited(r"The loss is the mean over the examples, and so is each of the three terms.", "linearity of the mean"),
    Cited(r"Signs: if $F$ is convex then $D_F(u,v)\geq 0$ (CONVEX).", "a differentiable convex function lies above its tangents"),
    Nonnegative(
        r"So the ensemble gain is never negative, and $g\leq$ linearisation $+$ cost.",
        (1 - t) * above_a + t * above_b,
        (1 - t, t, above_a, above_b),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3))),
    ),
    Nonnegative(
        r"The curvature cost is never negative either: $g\geq$ linearisation $-$ gain.",
        GAP - LOWER,
        (cost,),
        (Square(ONE, ONE, (0,)),),
    ),
    Identity(
        r"Where $E=0$ the first two terms vanish: $g=-$gain $\leq 0$, so linear outputs make no barrier.",
        sp.Subs(AGAINST_TARGET + F(*HERE) - F(*MEAN) - _inner(G, E), E, (0, 0)),
        sp.Integer(0),
    ),
    Identity(
        r"Squared loss, $F=c|z|^2$ with the gradient $2c\bar z$: in one coordinate $D_F(u,\bar z)=c(u-\bar z)^2$.",
        factor * A[0] ** 2 - factor * B[0] ** 2 - 2 * factor * B[0] * (A[0] - B[0]),
        factor * (A[0] - B[0]) ** 2,
    ),
)

WRONG = (
    Identity(
        r"The weights of the ensemble gain are exchanged.",
        (1 - t) * F(*A) + t * F(*B),
        F(*MEAN) + t * _divergence(A) + (1 - t) * _divergence(B),
    ),
    Identity(
        r"The target is forgotten in the linearisation error.",
        _loss(HERE) - (1 - t) * _loss(A) - t * _loss(B),
        _inner(G, E) + _divergence(HERE) - ENSEMBLE,
    ),
    Nonnegative(
        r"CONVEX is dropped: one end may have $D_F<0$.",
        (1 - t) * above_a + t * above_b,
        (1 - t, t, above_b),
        (Square(ONE, ONE, (1, 2)),),
    ),
)

x = sp.Symbol("x", real=True)
BUMP = 1 - sp.exp(-(x**2))
EXAMPLES = (
    Cases(
        r"Convexity is needed: $l(z)=1-e^{-z^2}$ from $z_a=0$ to $z_b=4$ with $E=0$ has "
        r"$g(1/2)=\frac{1}{2}-e^{-4}+\frac{1}{2}e^{-16}=0.481684$.",
        ((sp.Subs(BUMP, x, 2) - HALF * sp.Subs(BUMP, x, 0) - HALF * sp.Subs(BUMP, x, 4), HALF - sp.exp(-4) + sp.exp(-16) / 2),),
    ),
    Cases(
        r"$l=|z-y|^2/2$ with $z_a=1$, $z_b=-1$, $z_{1/2}=1/2$, $y=0$: terms $0$, $1/8$ and $1/2$, gap $-3/8$.",
        ((sp.Subs(GAP, (linear, cost, gain), (0, sp.Rational(1, 8), HALF)), sp.Rational(-3, 8)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Linearisation error plus curvature cost minus ensemble gain",
    kind=Kind.IDENTITY,
    origins=(Origin("bae2026", note="the cross-entropy form"), Origin("here", note="for every Bregman divergence")),
    statement=(
        r"Let the loss of an example be $l(z,y)=F(z)-\langle z,T(y)\rangle+c(y)$ with $F$ differentiable, and "
        r"$D_F(u,v)=F(u)-F(v)-\langle\nabla F(v),u-v\rangle$. With $\bar z_t=(1-t)z_a+tz_b$ and $E_t=z_t-\bar z_t$, for every "
        r"network and every $t\in[0,1]$, $g(t)=\mathbb E\left[\langle\nabla F(\bar z_t)-T(y),E_t\rangle+D_F(z_t,\bar z_t)"
        r"-(1-t)D_F(z_a,\bar z_t)-tD_F(z_b,\bar z_t)\right]$. If $F$ is convex, the curvature cost $D_F(z_t,\bar z_t)$ and the "
        r"ensemble gain are not negative; so $E_t=0$ on all examples gives $g(t)\leq 0$."
    ),
    equality=r"always; under cross-entropy with $E_t$ a multiple of the all-ones vector only the ensemble gain is left",
    necessity=(
        r"CONVEX: $l(z)=1-e^{-z^2}$, $z_a=0$, $z_b=4$ and $z$ linear along the chord give $g(1/2)=0.4817>0$. "
        r"FORM: without it there is no $F$ to expand."
    ),
    letters=(
        Letter(linear, r"linearisation error, the mean of $\langle\nabla F(\bar z)-T(y),E\rangle$"),
        Letter(cost, r"curvature cost, the mean of $D_F(z_t,\bar z)$"),
        Letter(gain, r"ensemble gain, the mean of $(1-t)D_F(z_a,\bar z)+tD_F(z_b,\bar z)$"),
    ),
    assumptions=(
        Assumption(
            "FORM",
            r"the loss is the mean of $l(z,y)=F(z)-\langle z,T(y)\rangle+c(y)$, $F$ differentiable",
            "by type: squared loss and cross-entropy; any other loss is declared",
        ),
        Assumption("CONVEX", r"$F$ is convex (for the signs only)", "the per-example loss is convex in the outputs, by type"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"gap": GAP, "upper": UPPER, "lower": LOWER},
    traps=(
        r"Weight decay $\frac{w}{2}|\theta|^2$ is no part of $l$: it adds exactly $-\frac{w}{2}t(1-t)|\Delta|^2$ to $g$.",
        "Batch normalisation in training mode makes the outputs of one example depend on the others.",
        "The residual of the identity tests the evaluation: same examples, same order, no dropout.",
    ),
)
