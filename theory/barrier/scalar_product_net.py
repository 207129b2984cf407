r"""The smallest network with a symmetry, L = (w_1 w_2 - 1)²/2: one branch costs sinh⁴ u / 2, two branches cosh⁴ u / 2."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import c, s_a, s_b, sigma, t, u
from theory.unevaluated import power, times

SAME, OPPOSITE = sp.sinh(u) ** 4 / 2, sp.cosh(u) ** 4 / 2
HALF_DIFFERENCE = (s_a - s_b) / 2
BUMP = t**2 * (1 - t) ** 2
SIXTEENTH = sp.Rational(1, 16)
W_1, W_2 = (sp.Function(name)(t) for name in ("w_1", "w_2"))  # a gradient flow; its time is written t
FLOW = {W_1.diff(t): -(W_1 * W_2 - 1) * W_2, W_2.diff(t): -(W_1 * W_2 - 1) * W_1}


def _ends(branch: int) -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """w_1 and w_2 at the minimum s_a = s_b + 2u of the branch +1, and at the minimum s_b of the given branch."""
    return sp.exp(s_b + 2 * u), sp.exp(-s_b - 2 * u), branch * sp.exp(s_b), branch * sp.exp(-s_b)


def _product(branch: int) -> sp.Expr:
    """w_1 w_2 on the chord."""
    first, second, first_b, second_b = _ends(branch)
    return ((1 - t) * first + t * first_b) * ((1 - t) * second + t * second_b)


def _steps_product(branch: int) -> sp.Expr:
    """Delta w_1 Delta w_2."""
    first, second, first_b, second_b = _ends(branch)
    return (first_b - first) * (second_b - second)


def _height(branch: int) -> sp.Expr:
    """The loss at the middle of the chord, written with u alone: the minima at s_a = u and s_b = -u."""
    return sp.Subs((_product(branch) - 1) ** 2 / 2, (t, s_b), (HALF, -u))


def _between(start: sp.Expr, end: sp.Expr) -> sp.Expr:
    return (1 - t) * start + t * end


STEPS = (
    Identity(
        r"Same branch ($\epsilon=1$ at both ends; both $-1$ is the same up to sign): on the chord, as $w_1w_2=1$ at both ends, "
        r"the product misses 1 by $-t(1-t)\,\Delta w_1\Delta w_2$.",
        _product(1) - 1,
        -t * (1 - t) * _steps_product(1),
    ),
    Identity(
        r"Opposite branches: the same.",
        _product(-1) - 1,
        -t * (1 - t) * _steps_product(-1),
    ),
    Identity(
        r"Same branch: $\Delta w_1\Delta w_2=-4\sinh^2 u$ with $s_a=s_b+2u$.",
        _steps_product(1),
        -4 * sp.sinh(u) ** 2,
    ),
    Identity(
        r"Opposite branches: $\Delta w_1\Delta w_2=4\cosh^2 u$.",
        _steps_product(-1),
        4 * sp.cosh(u) ** 2,
    ),
    Nonnegative(
        r"The ends have loss 0 (MINIMA), so $g=\phi=\frac{1}{2}t^2(1-t)^2(\Delta w_1\Delta w_2)^2$, and "
        r"$t^2(1-t)^2\leq\frac{1}{16}$, its value at $t=\frac{1}{2}$.",
        SIXTEENTH - BUMP,
        (t, 1 - t),
        (Square(sp.Rational(1, 4), t - HALF), Square(ONE, t - HALF, (0, 1))),
    ),
    Identity(
        r"Same branch: $B=\frac{1}{2}\cdot\frac{1}{16}(4\sinh^2u)^2$.",
        times(SIXTEENTH / 2, power(4 * sp.sinh(u) ** 2)),
        SAME,
    ),
    Identity(
        r"Opposite branches: $B=\frac{1}{2}\cdot\frac{1}{16}(4\cosh^2u)^2$.",
        times(SIXTEENTH / 2, power(4 * sp.cosh(u) ** 2)),
        OPPOSITE,
    ),
    Nonnegative(
        r"With $c=\sinh^2u\geq 0$, $\frac{1}{2}\cosh^4u=\frac{1}{2}(1+c)^2\geq\frac{1}{2}$, the height of the saddle at 0.",
        (1 + c) ** 2 / 2 - HALF,
        (c,),
        (Square(ONE, ONE, (0,)), Square(HALF, c)),
    ),
    Identity(
        r"Gradient flow conserves $w_1^2-w_2^2$: its derivative in time, with $w_1'=-(w_1w_2-1)w_2$ and $w_2'=-(w_1w_2-1)w_1$.",
        times(2, W_1, FLOW[W_1.diff(t)]),
        times(2, W_2, FLOW[W_2.diff(t)]),
    ),
    Identity(
        r"And $(w_1+w_2)'=-(w_1w_2-1)(w_1+w_2)$ ...",
        (W_1.diff(t) + W_2.diff(t)).subs(FLOW),
        -(W_1 * W_2 - 1) * (W_1 + W_2),
    ),
    Cited(
        r"... so $w_1+w_2$ keeps its sign: the ridge between the branches is the line $w_1+w_2=0$.",
        "a solution of a linear homogeneous differential equation is nowhere 0 or always 0",
    ),
    Identity(
        r"The limit of the flow is read off the conserved number: at the minimum $s$, $\frac{w_1^2-w_2^2}{2}=\sinh 2s$.",
        (sp.exp(s_a) ** 2 - sp.exp(-s_a) ** 2) / 2,
        sp.sinh(2 * s_a),
    ),
)

WRONG = (
    Identity(
        r"The half in $u$ is forgotten: $u=s_a-s_b$.",
        _steps_product(1),
        -4 * sp.sinh(2 * u) ** 2,
    ),
    Identity(
        r"Opposite branches are said to cost $\frac{1}{2}\sinh^4u$, too.",
        SIXTEENTH / 2 * (4 * sp.cosh(u) ** 2) ** 2,
        SAME,
    ),
    Identity(
        r"MINIMA is dropped: with $w_1w_2=1+\sigma$ at the first end the product is said to miss 1 by the same.",
        ((1 - t) * (1 + sigma) * sp.exp(s_a) + t * sp.exp(s_b)) * ((1 - t) * sp.exp(-s_a) + t * sp.exp(-s_b)) - 1,
        -t * (1 - t) * (sp.exp(s_b) - (1 + sigma) * sp.exp(s_a)) * (sp.exp(-s_b) - sp.exp(-s_a)),
    ),
)


EXAMPLES = (
    Identity(r"The middle of the chord, same branch, computed directly.", _height(1), SAME),
    Identity(r"The middle of the chord, opposite branches, computed directly.", _height(-1), OPPOSITE),
    Cases(
        r"$u=\log 2$: $\sinh u=\frac{3}{4}$ and $\cosh u=\frac{5}{4}$, so $B=\frac{81}{512}$ and $B=\frac{625}{512}$.",
        (
            (sp.Subs((_between(2, HALF) * _between(HALF, 2) - 1) ** 2 / 2, t, HALF), sp.Rational(81, 512)),
            (sp.Subs((_between(2, -HALF) * _between(HALF, -2) - 1) ** 2 / 2, t, HALF), sp.Rational(625, 512)),
        ),
    ),
    Cases(
        r"$u=0$ on opposite branches, $(1,1)$ to $(-1,-1)$: $\phi=\frac{1}{2}((1-2t)^2-1)^2$ meets the saddle, $B=\frac{1}{2}$.",
        ((sp.Subs(((1 - 2 * t) ** 2 - 1) ** 2 / 2, t, HALF), HALF), (sp.Subs(OPPOSITE, u, 0), HALF)),
    ),
    Cases(
        r"MINIMA is needed: $(1,1)$ to $(-1,-1)$ for $L=\frac{1}{2}(w_1w_2)^2$ has $\phi(0)=\frac{1}{2}$, "
        r"$\phi(\frac{1}{2})=0$: a gap of $-\frac{1}{2}$.",
        ((sp.Subs((1 - 2 * t) ** 4 / 2, t, HALF) - HALF, -HALF),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Same branch sinh^4, opposite branches cosh^4",
    kind=Kind.IDENTITY,
    origins=(Origin("here"), Origin("classical", note="the conservation law")),
    statement=(
        r"The minima of $L=\frac{1}{2}(w_1w_2-1)^2$ are $(\epsilon e^s,\epsilon e^{-s})$, $\epsilon=\pm 1$. Between two of "
        r"them, with $u=\frac{s_a-s_b}{2}$: on the same branch $B=\frac{1}{2}\sinh^4u$; on opposite branches "
        r"$B=\frac{1}{2}\cosh^4u\geq\frac{1}{2}$, the height of the saddle at 0. The whole profile is "
        r"$\phi=\frac{1}{2}t^2(1-t)^2(\Delta w_1\Delta w_2)^2$, highest at $t=\frac{1}{2}$. Gradient flow conserves "
        r"$w_1^2-w_2^2$, which fixes $s$ by $\sinh 2s=\frac{w_1^2-w_2^2}{2}$, and the sign of $w_1+w_2$, which fixes the branch."
    ),
    equality=r"always; $u=0$ on opposite branches, $(1,1)$ to $(-1,-1)$: $B=\frac{1}{2}$",
    necessity=(
        r"MINIMA: $(1,1)$ to $(-1,-1)$ with target 0 instead of 1 has $g(1/2)=-\frac{1}{2}$; the formula says $+\frac{1}{2}$."
    ),
    letters=(
        Letter(s_a, r"position of $\theta_a$ on its branch, $\frac{1}{2}\log\frac{w_1}{w_2}$"),
        Letter(s_b, r"position of $\theta_b$ on its branch"),
        Letter(u, r"$\frac{s_a-s_b}{2}$"),
        Letter(t, "position on the chord"),
    ),
    assumptions=(
        Assumption("PRODUCT", r"$L=\frac{1}{2}(w_1w_2-y)^2$ for some target $y$", "the formula of the landscape"),
        Assumption("MINIMA", r"$w_1w_2=1=y$ at both ends", "the product and the loss of both ends"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "half_difference": HALF_DIFFERENCE,
        "same": SAME,
        "opposite": OPPOSITE,
        "same_at": 16 * BUMP * SAME,
        "opposite_at": 16 * BUMP * OPPOSITE,
    },
    traps=(
        r"Barriers within one branch are unbounded in $u$: one mountainside is not enough, the weights must be balanced too.",
        "The two invariants belong to gradient flow; gradient descent with finite steps keeps them approximately.",
    ),
    owes_not={"trained check": "the identity is about one toy landscape; a trained network is never of this form"},
)
