r"""Under the squared loss g = c E[2 <rbar, E> + |E|^2 - t(1-t)|z_a - z_b|^2]; between interpolating ends g = c E|E|^2."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import L_a, L_b, apart_2, coupling, error_2, factor, residual_2, t
from theory.unevaluated import added, at, power, times

GAP = factor * (2 * coupling + error_2 - t * (1 - t) * apart_2)
LOWER = -factor * (t * (1 - t) * apart_2 + residual_2)
LINE = (1 - t) * L_a + t * L_b
INTERPOLATING = factor * error_2
REMAINDER = LINE + 2 * sp.sqrt(INTERPOLATING * LINE)

# one coordinate: the outputs at the ends, the output error between them, the target
z_a, z_b, E, y = sp.symbols("z_a z_b E y", real=True)
MEAN = (1 - t) * z_a + t * z_b
RESIDUAL = MEAN - y


def _loss(z: sp.Expr) -> sp.Expr:
    return factor * (z - y) ** 2


PER_COORDINATE = GAP.subs({coupling: RESIDUAL * E, error_2: E**2, apart_2: (z_a - z_b) ** 2})
# square roots of the line, of c E|rbar|^2 and of c E|E|^2, and the mean c E<rbar, E>
root_line, root_mean, root_error, inner, gain = sp.symbols("lambda rho eta kappa J", real=True)
DIFFERENCE = 2 * inner - gain

STEPS = (
    Lemma(
        r"$g$ is linearisation error plus curvature cost minus ensemble gain, with $F=c|z|^2$ and $T(y)=2cy$.",
        "barrier/bregman_identity",
    ),
    Identity(
        r"Linearisation error, in one coordinate: the gradient of $F$ minus the target is $2c\bar r$.",
        (2 * factor * MEAN - 2 * factor * y) * E,
        2 * factor * RESIDUAL * E,
    ),
    Identity(
        r"Curvature cost: $D_F(z_t,\bar z)=cE^2$.",
        factor * (MEAN + E) ** 2 - factor * MEAN**2 - 2 * factor * MEAN * E,
        factor * E**2,
    ),
    Identity(
        r"Ensemble gain: $ct(1-t)(z_a-z_b)^2$.",
        (1 - t) * factor * (z_a - MEAN) ** 2 + t * factor * (z_b - MEAN) ** 2,
        factor * t * (1 - t) * (z_a - z_b) ** 2,
    ),
    Identity(
        r"Directly, for one coordinate of one example: the three terms are the gap.",
        _loss(MEAN + E) - (1 - t) * _loss(z_a) - t * _loss(z_b),
        PER_COORDINATE,
    ),
    Cited(r"Coordinates add up, and the loss is the mean over the examples.", "linearity of the mean"),
    Nonnegative(
        r"Lower bound: what it leaves out is $c|\bar r+E|^2$, the loss at $z_t$ itself.",
        factor * (2 * RESIDUAL * E + E**2 + RESIDUAL**2),
        (factor,),
        (Square(ONE, RESIDUAL + E, (0,)),),
    ),
    Identity(
        r"So the lower bound is minus the line $(1-t)L_a+tL_b$, and says no more than that the loss is not negative.",
        (1 - t) * _loss(z_a) + t * _loss(z_b),
        -at(LOWER, {apart_2: (z_a - z_b) ** 2, residual_2: RESIDUAL**2}),
    ),
    Identity(
        r"Interpolating ends, $z_a=z_b=y$: only the curvature cost is left, $g=c\,\mathbb E|E|^2$.",
        sp.Subs(PER_COORDINATE, (z_a, z_b), (y, y)),
        factor * E**2,
    ),
    Cited(
        r"Ends that nearly interpolate: with $\kappa=c\,\mathbb E\langle\bar r,E\rangle$, $\rho^2=c\,\mathbb E|\bar r|^2$ and "
        r"$\eta^2=c\,\mathbb E|E|^2$, $|\kappa|\leq\rho\eta$.",
        "Cauchy-Schwarz inequality",
    ),
    Nonnegative(
        r"By the line above $\rho\leq\lambda$ with $\lambda^2=(1-t)L_a+tL_b$, so $g-\eta^2=2\kappa-J\leq 2\lambda\eta$, "
        r"the ensemble gain $J$ being $\geq 0$ ...",
        2 * root_line * root_error - DIFFERENCE,
        (root_mean * root_error - inner, root_line - root_mean, root_error, gain),
        (Square(sp.Integer(2), ONE, (0,)), Square(sp.Integer(2), ONE, (1, 2)), Square(ONE, ONE, (3,))),
    ),
    Nonnegative(
        r"... and $g-\eta^2\geq-2\lambda\eta-\lambda^2$, since $J\leq\lambda^2$ by the same line.",
        DIFFERENCE + 2 * root_line * root_error + root_line**2,
        (inner + root_mean * root_error, root_line - root_mean, root_error, root_line**2 - gain),
        (Square(sp.Integer(2), ONE, (0,)), Square(sp.Integer(2), ONE, (1, 2)), Square(ONE, ONE, (3,))),
    ),
)

WRONG = (
    Identity(
        r"The coupling $\langle\bar r,E\rangle$ is counted once instead of twice.",
        _loss(MEAN + E) - (1 - t) * _loss(z_a) - t * _loss(z_b),
        factor * (RESIDUAL * E + E**2 - t * (1 - t) * (z_a - z_b) ** 2),
    ),
    Identity(
        r"Interpolation is dropped: $g=cE^2$ for all ends.",
        _loss(MEAN + E) - (1 - t) * _loss(z_a) - t * _loss(z_b),
        factor * E**2,
    ),
    Identity(
        r"The residual is taken at $z_t$ instead of at the mean output.",
        _loss(MEAN + E) - (1 - t) * _loss(z_a) - t * _loss(z_b),
        PER_COORDINATE.subs(y, y - E),
    ),
)

LETTERS = (factor, t, apart_2, coupling, error_2)
EXAMPLES = (
    Cases(
        r"Interpolation is needed: $z_a=1$, $z_b=-1$, $y=0$, $z_{1/2}=1/2$, $c=1/2$ has $c|E|^2=1/8$, yet $g(1/2)=-3/8$.",
        (
            (sp.Subs(GAP, LETTERS, (HALF, HALF, 4, 0, sp.Rational(1, 4))), sp.Rational(-3, 8)),
            (sp.Subs(INTERPOLATING, (factor, error_2), (HALF, sp.Rational(1, 4))), sp.Rational(1, 8)),
        ),
    ),
    Cases(
        r"Two linear layers, $(w_1,w_2)=(1,1)$ to $(2,1/2)$ with $y=1$: $E=t(1-t)/2$, and $g(1/2)=1/128$.",
        (
            (sp.Subs(INTERPOLATING, (factor, error_2), (HALF, sp.Rational(1, 64))), sp.Rational(1, 128)),
            (times(HALF, power(added(times(sp.Rational(3, 2), sp.Rational(3, 4)), -1))), sp.Rational(1, 128)),
        ),
    ),
    Cases(
        r"Opposite branches, $(1,1)$ to $(-1,-1)$: $E=-4t(1-t)$, and $g(1/2)=1/2$.",
        ((sp.Subs(INTERPOLATING, (factor, error_2), (HALF, 1)), HALF),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The gap under the squared loss",
    kind=Kind.IDENTITY,
    origins=(Origin("here"),),
    statement=(
        r"Let $l=c|z-y|^2$ with $c>0$ and $\bar r=\bar z_t-y$. For every network, "
        r"$g(t)=c\,\mathbb E\left[2\langle\bar r,E_t\rangle+|E_t|^2-t(1-t)|z_a-z_b|^2\right]\geq"
        r"-c\,\mathbb E\left[t(1-t)|z_a-z_b|^2+|\bar r|^2\right]$. Between ends that interpolate "
        r"($z_a=z_b=y$) $g(t)=c\,\mathbb E|E_t|^2$: there is no barrier exactly when the outputs are linear along the chord. In "
        r"general, with $\ell=(1-t)L_a+tL_b$, $|g(t)-c\,\mathbb E|E_t|^2|\leq\ell+2\sqrt{\ell\,c\,\mathbb E|E_t|^2}$."
    ),
    equality=r"always; the lower bound where $z_t=y$, the interpolating form where $L_a=L_b=0$",
    necessity=(
        r"SQUARED: other losses have other terms. The interpolating form needs the ends: $z_a=1$, $z_b=-1$, $y=0$, $z_{1/2}=1/2$ "
        r"gives $-3/8$ instead of $1/8$, inside its remainder."
    ),
    letters=(
        Letter(t, "position on the chord"),
        Letter(factor, r"$c$ of the loss $c|z-y|^2$"),
        Letter(apart_2, r"mean of $|z_a-z_b|^2$"),
        Letter(coupling, r"mean of $\langle\bar r,E\rangle$"),
        Letter(error_2, r"mean of $|E|^2$"),
        Letter(residual_2, r"mean of $|\bar r|^2$"),
        Letter(L_a, r"loss at $\theta_a$"),
        Letter(L_b, r"loss at $\theta_b$"),
    ),
    assumptions=(
        Assumption(
            "SQUARED",
            r"the loss is the mean of $c|z-y|^2$",
            r"by type, with its factor: $c=1/2$ here, $c=1/k$ for a mean over $k$ outputs",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"gap": GAP, "lower": LOWER, "interpolating": INTERPOLATING, "remainder": REMAINDER},
    traps=(
        "On test data the residuals do not vanish, however well the training data are fitted: only the full identity holds.",
        r"The lower bound is $\phi\geq 0$ in other letters: it never says more than the sign of the loss.",
    ),
)
