r"""How many combinations are good: at least 1 - V/(V + (c-M)^2) of them have a loss below c, from mean and variance alone.

F = Pr[L(Theta(lambda)) <= c] with c = max(L_a, L_b) + tau; M < c. Equality for two values, c with mass q and a lower one.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import M_mean, V_loss, level, u, x

S = sp.Symbol("s", real=True)  # c - M
CHANCE = sp.Symbol("q", real=True)
Q, ONE = sp.Rational, sp.Integer(1)
BOUND = 1 - V_loss / (V_loss + (level - M_mean) ** 2)
LOW = M_mean - (level - M_mean) * CHANCE / (1 - CHANCE)  # the lower of two values with mean M, c having the mass q
SPREAD = CHANCE * (level - M_mean) ** 2 + (1 - CHANCE) * (LOW - M_mean) ** 2

CLAIM = Claim(
    page=__name__,
    title="How many combinations are good",
    kind=Kind.LOWER,
    origins=(Origin("classical", note="inequalities of Markov and Cantelli"), Origin("here", note="as a certificate")),
    statement=(
        r"Let $c = \max(L_a, L_b) + \tau$, and let $L(\Theta(\lambda))$ have the mean $M$ and the variance $V$ under a law of "
        r"$\lambda$. The fraction $F = \Pr[L(\Theta(\lambda)) \le c]$, and even $\Pr[L(\Theta(\lambda)) < c]$, is at least "
        r"$1 - M/c$ if $L \ge 0$ and $c > 0$, and at least $1 - V/(V + (c-M)^2)$ if $M < c$. For whole neurons of two networks "
        r"with one hidden layer and squared loss, $M$ and $V$ are closed formulas, and this is a certificate without sampling."
    ),
    equality=(
        r"$1 - V/(V+(c-M)^2)$ is met by two values, $c$ with mass $q$ and $M - (c-M)q/(1-q)$ otherwise, read as the fraction "
        r"strictly below $c$; $1 - M/c$ by the values 0 and $c$"
    ),
    necessity=(
        r"BELOW: the ends at 0 and every other vertex of three coordinates at 1 have $M = 3/4$, and for $c = 1/10$ the formula "
        r"would promise more than the quarter that is there. NONNEGATIVE: one vertex at $-10$ makes $M$ negative, $1 - M/c > 1$."
    ),
    letters=(
        Letter(M_mean, r"$M$, mean of $L(\Theta(\lambda))$"),
        Letter(V_loss, r"$V$, variance of $L(\Theta(\lambda))$"),
        Letter(level, r"$c = \max(L_a, L_b) + \tau$"),
    ),
    assumptions=(
        Assumption("NONNEGATIVE", r"$L \ge 0$", "declared by the loss, or seen on every combination met"),
        Assumption("BELOW", r"$M < c$", "measured"),
    ),
    formulas={"markov": 1 - M_mean / level, "cantelli": BOUND},
    steps=(
        Nonnegative(
            r"Markov: where $L=c+u$ with $u\ge 0$, $L-c\ge 0$, so $c\,1[L\ge c]\le L$ there; elsewhere it is $0\le L$.",
            (level + u) - level,
            (u,),
            (Square(ONE, ONE, (0,)),),
        ),
        Nonnegative(
            r"Cantelli, with $s=c-M>0$ and any $u\ge 0$: where $L-M=s+x$ with $x\ge 0$, $(L-M+u)^2\ge(s+u)^2$; elsewhere the "
            r"indicator of $L\ge c$ is 0 and the square is not negative.",
            (S + x + u) ** 2 - (S + u) ** 2,
            (S, u, x),
            (
                Square(Q(2), ONE, (0, 2)),
                Square(Q(2), ONE, (1, 2)),
                Square(ONE, x),
            ),
        ),
        Cited(
            r"Taking means: $\Pr[L\ge c]\le M/c$, and $(s+u)^2\,\Pr[L\ge c]\le E(L-M+u)^2=V+u^2$.",
            "monotonicity and linearity of expectation (assumptions NONNEGATIVE and BELOW)",
        ),
        Identity(
            r"The best $u$ is $V/s$.",
            (V_loss + (V_loss / S) ** 2) / (S + V_loss / S) ** 2,
            V_loss / (V_loss + S**2),
        ),
        Nonnegative(
            r"It is the best: $(V+u^2)(V+s^2)-V(s+u)^2=(V-us)^2$.",
            (V_loss + u**2) * (V_loss + S**2) - V_loss * (S + u) ** 2,
            (),
            (Square(ONE, V_loss - u * S),),
        ),
        Identity(
            r"Two values with the mean $M$: their variance is $(c-M)^2q/(1-q)$ ...",
            SPREAD,
            (level - M_mean) ** 2 * CHANCE / (1 - CHANCE),
        ),
        Identity(
            r"... and the bound is $1-q$, the mass below $c$: equality.",
            BOUND.subs(V_loss, (level - M_mean) ** 2 * CHANCE / (1 - CHANCE)),
            1 - CHANCE,
        ),
    ),
    wrong=(
        Identity(
            r"$u=V$ is taken for the best $u$.",
            (V_loss + V_loss**2) / (S + V_loss) ** 2,
            V_loss / (V_loss + S**2),
        ),
        Nonnegative(
            r"$s>0$ is dropped, as if $M<c$ were not needed.",
            (S + x + u) ** 2 - (S + u) ** 2,
            (u, x),
            (),
        ),
    ),
    examples=(
        Cases(
            r"The values 0 and 1 with equal mass, $c=1$: $M=1/2$, $V=1/4$, and both bounds are the half that lies below 1.",
            (
                (sp.Subs(BOUND, (M_mean, V_loss, level), (Q(1, 2), Q(1, 4), 1)), Q(1, 2)),
                (sp.Subs(1 - M_mean / level, (M_mean, level), (Q(1, 2), 1)), Q(1, 2)),
            ),
        ),
        Cases(
            r"$x^2y^2+x^3+2y^2$ from $(0,0)$ to $(2,1)$ at $p=1/2$, $\tau=1$: $M=6$, $V=30$, $c=15$: at least "
            r"$27/37$ of the vertices.",
            ((sp.Subs(BOUND, (M_mean, V_loss, level), (6, 30, 15)), Q(27, 37)),),
        ),
    ),
    traps=(
        r"$\tau$ must be stated.",
        "The endpoints are themselves vertices, so a few good vertices are there in any case.",
        "S draws without a failure say F >= 1 - 3/S at about 95 %, no more.",
    ),
)
