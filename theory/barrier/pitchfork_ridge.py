r"""A valley that forks: B = μ²/4 between the twin minima, and the later two copies part, the rarer do they take both arms."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Primitive, Square
from theory.symbols import mu, p, r, t, tau, varsigma, x, x_tau
from theory.unevaluated import at, power, times

HEIGHT = mu**2 / 4
REACH = sp.Abs(x_tau) * sp.sqrt(2 * mu) / varsigma
APART = 2 * p * (1 - p)
OVERLAP = 1 - sp.exp(-2 * mu * tau)
FORKED = sp.acos(OVERLAP) / sp.pi

SETTLED = varsigma**2 / (2 * mu)  # the variance of the side that a copy ends on, counted from time 0
side, half_width, y = sp.Symbol("s", real=True), sp.Symbol("w", real=True), sp.Symbol("y", real=True)
U = sp.Function("U")(y)


def _loss(where: sp.Expr, opening: sp.Expr, floor: sp.Expr) -> sp.Expr:
    """x^4/4 - mu x^2/2 + U."""
    return where**4 / 4 - opening * where**2 / 2 + floor


CHORD = half_width * (2 * t - 1)
STEPS = (
    Identity(
        r"Across the valley the slope vanishes on the ridge $x=0$ and, once $\mu>0$, at $x=\pm\sqrt{\mu}$.",
        sp.Derivative(_loss(x, mu, U), x),
        x * (x**2 - mu),
    ),
    Identity(
        r"Along the chord $x=w(2t-1)$, $w=\sqrt{\mu}$, at the height $y^*$ of the twin minima, the loss rises by "
        r"$4\mu^2t^2(1-t)^2$ above theirs.",
        _loss(CHORD, half_width**2, U) - _loss(half_width, half_width**2, U),
        4 * half_width**4 * t**2 * (1 - t) ** 2,
    ),
    Nonnegative(
        r"Its maximum is $\frac{1}{4}\mu^2$, in the middle.",
        HEIGHT - 4 * mu**2 * t**2 * (1 - t) ** 2,
        (t, 1 - t),
        (Square(ONE / 4, mu * (2 * t - 1)), Square(ONE, mu * (2 * t - 1), (0, 1))),
    ),
    Identity(
        r"Near the ridge $x^3$ is negligible (SMALL): $dx=\mu x\,ds+\varsigma\,dW$. What is left of $x$ after the growth "
        r"$e^{\mu s}$ (CONSTANT) moves by noise alone.",
        sp.Derivative(sp.exp(-mu * r) * sp.Function("x")(r), r),
        sp.exp(-mu * r) * (sp.Function("x")(r).diff(r) - mu * sp.Function("x")(r)),
    ),
    Cited(
        r"So $e^{-\mu s}x_s$ is Gaussian around its start, with the variance $\int_0^s\varsigma^2e^{-2\mu r}dr$.",
        "the Itô integral of a deterministic function is Gaussian, and its variance is the integral of the square",
    ),
    Primitive(
        r"This variance.",
        -SETTLED * sp.exp(-2 * mu * r),
        r,
        varsigma**2 * sp.exp(-2 * mu * r),
        (sp.Integer(0), side),
        SETTLED * (1 - sp.exp(-2 * mu * side)),
    ),
    Cited(
        r"As $s$ grows it tends to $\frac{\varsigma^2}{2\mu}$, and the side of the ridge to the sign of the limit.",
        "a martingale bounded in mean square converges",
    ),
    Identity(
        r"(a) A copy that parts at $x_\tau$ ends on the other side with probability $p=\Phi(-z)$, where $z$ is the distance to "
        r"the ridge in standard deviations.",
        x_tau**2 / SETTLED,
        power(x_tau * sp.sqrt(2 * mu) / varsigma),
    ),
    Identity(
        r"Two copies with noise of their own (INDEPENDENT) end apart if exactly one of them crosses.",
        1 - p**2 - (1 - p) ** 2,
        APART,
    ),
    Identity(
        r"(b) A trunk from the ridge, with the same noise, shares the variance up to time $\tau$ between both copies: the "
        r"correlation of the two limits.",
        times(SETTLED, 1 - sp.exp(-2 * mu * tau), 1 / SETTLED),
        OVERLAP,
    ),
    Cited(
        r"So they have opposite signs with probability $\frac{1}{\pi}\arccos(1-e^{-2\mu\tau})$.",
        "two centred Gaussian numbers with correlation c have opposite signs with probability arccos(c)/pi",
        FORKED,
    ),
    Cited(
        r"It is never below $\frac{\sqrt 2}{\pi}e^{-\mu\tau}$, and close to it for late branching.",
        "cos(x) >= 1 - x^2/2",
    ),
    Identity(
        r"For $x=\sqrt 2\,e^{-\mu\tau}$ the right side is the correlation.",
        at(1 - x_tau**2 / 2, {x_tau: sp.sqrt(2) * sp.exp(-mu * tau)}),
        OVERLAP,
    ),
)

WRONG = (
    Primitive(
        r"The growth is counted once: the variance settles at $\varsigma^2/\mu$.",
        -(varsigma**2) / mu * sp.exp(-2 * mu * r),
        r,
        varsigma**2 * sp.exp(-2 * mu * r),
    ),
    Identity(
        r"The chord is said to rise by half as much.",
        _loss(CHORD, half_width**2, U) - _loss(half_width, half_width**2, U),
        2 * half_width**4 * t**2 * (1 - t) ** 2,
    ),
    Identity(
        r"INDEPENDENT is dropped: only one copy may cross.",
        1 - p**2 - (1 - p) ** 2,
        p,
    ),
    Identity(r"The trunk is counted from its end.", SETTLED * (1 - sp.exp(-2 * mu * tau)) / SETTLED, sp.exp(-2 * mu * tau)),
)

FORK = _loss(x, y, (y - HALF) ** 2 / 2)


def _at(x_value: int, y_value: sp.Expr | int) -> sp.Expr:
    return sp.Subs(FORK, (x, y), (x_value, y_value))


EXAMPLES = (
    Cases(
        r"$\mu=y$, $U=\frac{1}{2}(y-\frac{1}{2})^2$: minima $(\pm 1,1)$ at $-\frac{1}{8}$, their midpoint $(0,1)$ at "
        r"$\frac{1}{8}$: $B=\frac{1}{4}$. The saddle $(0,\frac{1}{2})$ is at 0: the chord climbs twice as high as the pass.",
        (
            (_at(1, 1), -sp.Rational(1, 8)),
            (_at(-1, 1), -sp.Rational(1, 8)),
            (_at(0, 1), sp.Rational(1, 8)),
            (_at(0, HALF), sp.Integer(0)),
            (sp.Subs(HEIGHT, mu, 1), ONE / 4),
        ),
    ),
    Cases(
        r"Branching at once gives $\frac{1}{2}$, branching at $\mu\tau=\frac{\log 2}{2}$ gives $\frac{1}{3}$.",
        (
            (sp.Subs(FORKED, (mu, tau), (1, 0)), HALF),
            (sp.Subs(FORKED, (mu, tau), (1, sp.log(2) / 2)), ONE / 3),
        ),
    ),
    Cases(
        r"(a) $\mu=1$, $\varsigma=\frac{1}{2}$, $x_\tau=\frac{1}{2}$: the ridge is $\sqrt 2$ standard deviations away.",
        ((sp.Subs(REACH, (mu, varsigma, x_tau), (1, HALF, HALF)), sp.sqrt(2)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="How a barrier appears with branching time",
    kind=Kind.EXPECTATION,
    origins=(
        Origin("here", note="the laws"),
        Origin("frankle2020", note="the experiment: copies that branch from one training run"),
    ),
    statement=(
        r"Let $L=\frac{1}{4}x^4-\frac{1}{2}\mu(y)x^2+U(y)$: one valley while $\mu<0$, two with a ridge between them after. The "
        r"chord of the twin minima $(\pm\sqrt{\mu},y^*)$ has $B=\frac{1}{4}\mu^2$. Noisy descent "
        r"$d\theta=-\nabla L\,ds+\varsigma\,dW$ leaves the ridge by $dx=\mu x\,ds+\varsigma\,dW$. (a) Two copies that part at "
        r"$x_\tau$ have a barrier with probability $2p(1-p)$, $p=\Phi(-|x_\tau|\sqrt{2\mu}/\varsigma)$. (b) Two copies of a "
        r"trunk from the ridge that part after a time $\tau$ have one with probability $\frac{1}{\pi}\arccos(1-e^{-2\mu\tau})$: "
        r"it falls from $\frac{1}{2}$ to about $\frac{\sqrt 2}{\pi}e^{-\mu\tau}$."
    ),
    equality=r"$B=\frac{1}{4}\mu^2$ always; the laws in the limit of small noise",
    necessity=(
        r"SMALL: with $\mu=\varsigma=1$ copies go on crossing the ridge, and half of all pairs end apart whenever they parted. "
        r"CONSTANT: where the fork opens after the start, late noise counts less, and fewer pairs end apart than the law says "
        r"for the curvature at the start. TWINS: between two points on the walls of the ridge the chord rises less."
    ),
    letters=(
        Letter(mu, "rate at which the ridge is left; minus the curvature across it"),
        Letter(varsigma, r"noise of the descent, per square root of time"),
        Letter(tau, "time on the common trunk: rate times steps"),
        Letter(x_tau, "distance to the ridge where the copies part"),
        Letter(p, r"chance of one copy to cross, $\Phi(-z)$"),
    ),
    assumptions=(
        Assumption("FORK", r"$L=\frac{1}{4}x^4-\frac{1}{2}\mu(y)x^2+U(y)$", "the formula of the landscape"),
        Assumption("TWINS", "the ends are the twin minima", "their coordinates and the slope there"),
        Assumption("START", "the copies part at once, or their trunk starts on the ridge", "the base of the pair and the trunk"),
        Assumption("SMALL", r"$\varsigma^2\leq\mu^2/25$: the side is decided while the ridge is steep", "noise and curvature"),
        Assumption("CONSTANT", r"$\mu$ is the same all the time", "the formula: no other parameter occurs in it"),
        Assumption("INDEPENDENT", "noise of their own after branching", "two streams of random numbers"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"barrier": HEIGHT, "reach": REACH, "apart": APART, "forked": FORKED},
    traps=(
        "The time is the learning rate times the number of steps, and the noise depends on the size of the batches.",
        "A pair on one side has no barrier here: the law is for the fraction of pairs, not for a mean height.",
        "The chord is not the pass: it climbs over the ridge higher than the saddle lies.",
    ),
    owes_not={
        "trained check": "the law is for the fraction of many pairs with one branching time; a single pair is one draw of it"
    },
)
