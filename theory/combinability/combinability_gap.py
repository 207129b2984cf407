r"""The combinability gap of a law of lambda is the scalar gap at its mean plus the mixing excess.

Gap = E L(Theta(lambda)) - [(1-m) L_a + m L_b] = g(m) + Exc,   Exc = E L(Theta(lambda)) - L(Theta_m).
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._quartic import at_mean, vertex_mean
from theory.steps import Cases, Cited, Identity
from theory.symbols import L_a, L_b, excess, gap_m, t

MEAN_LOSS, LOSS_AT_MEAN = sp.symbols("mean_loss loss_at_mean", real=True)
LINE = (1 - t) * L_a + t * L_b
Q = sp.Rational

CLAIM = Claim(
    page=__name__,
    title="Gap of a random combination: scalar gap plus mixing excess",
    kind=Kind.IDENTITY,
    origins=(Origin("here"),),
    statement=(
        r"For a law of $\lambda$ with mean $m$, $\mathrm{Gap} = E\,L(\Theta(\lambda)) - [(1-m)L_a + mL_b] = "
        r"g(m) + \mathrm{Exc}$, with $g(m)$ the gap of the segment at its point $m$ and "
        r"$\mathrm{Exc} = E\,L(\Theta(\lambda)) - L(\Theta_m)$ the mixing excess."
    ),
    equality=r"an identity; constant(t) has $\mathrm{Exc} = 0$ and $\mathrm{Gap} = g(t)$",
    necessity=(
        r"COMMON_MEAN: with one coordinate at 1 surely the mean of $\Theta$ is not on the chord, and $m$ is not the "
        r"position of the chord that belongs to the draws."
    ),
    letters=(
        Letter(t, r"$m$, the mean of $\lambda$"),
        Letter(L_a, r"loss at $\theta_a$"),
        Letter(L_b, r"loss at $\theta_b$"),
        Letter(gap_m, r"$g(m)$, gap of the segment at $m$"),
        Letter(excess, "mixing excess Exc"),
    ),
    assumptions=(
        Assumption("FINITE", r"$E|L(\Theta(\lambda))|$ is finite", "bounded laws; every loss measured is finite"),
        Assumption("COMMON_MEAN", r"all $\lambda_b$ have the mean $m$", "declared by the law"),
    ),
    formulas={"gap": gap_m + excess},
    steps=(
        Cited(
            "The mean loss exists and may be moved across sums.",
            "linearity of expectation (assumption FINITE)",
        ),
        Identity(
            "Add and subtract the loss at the mean.",
            MEAN_LOSS - LINE,
            sp.Subs(gap_m + excess, (gap_m, excess), (LOSS_AT_MEAN - LINE, MEAN_LOSS - LOSS_AT_MEAN)),
        ),
    ),
    wrong=(
        Identity(
            "The excess is taken against the chord instead of the loss at the mean.",
            MEAN_LOSS - LINE,
            sp.Subs(gap_m + excess, (gap_m, excess), (LOSS_AT_MEAN - LINE, MEAN_LOSS - LINE)),
        ),
    ),
    examples=(
        Cases(
            "x^2 y^2 + x^3 + 2 y^2 from (0, 0) to (2, 1) under bernoulli(1/2), L_a = 0, L_b = 14: Gap -1 = -21/4 + 17/4.",
            (
                (vertex_mean(Q(1, 2)) - 7, sp.Integer(-1)),
                (at_mean(Q(1, 2)) - 7, Q(-21, 4)),
                (vertex_mean(Q(1, 2)) - at_mean(Q(1, 2)), Q(17, 4)),
            ),
        ),
    ),
    traps=(
        "The gap can be negative while single draws are bad: read the quantiles as well.",
        "A gap of zero between two bad endpoints is not combinability: read the losses of the endpoints.",
    ),
)
