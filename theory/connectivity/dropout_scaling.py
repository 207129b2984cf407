r"""Keep k of the n units of the last hidden layer at random and rescale: the mean excess is S^2 (1/k - 1/n), exactly.

Equality always, for the squared deviation of the outputs and for the squared loss; proved by the first two moments of a
sample without replacement.
"""

from __future__ import annotations

from itertools import combinations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import vector
from theory.steps import Cases, Cited, Identity, Piecewise
from theory.symbols import bending, best, factor, kept, n, scatter
from theory.unevaluated import added, at, power, times

# two coordinates a_j, b_j of the contributions c_j: their sums over the units, and the sum of their products
_A, _B, _AB = sp.symbols("A B P", real=True)
_ONE = kept / n
_TWO = kept * (kept - 1) / (n * (n - 1))
_SECOND = (_ONE * _AB + _TWO * (_A * _B - _AB)) / kept**2
_COVARIANCE = (_AB - _A * _B / n) / (n - 1)
_LAW = 1 / kept - 1 / n
DEVIATION, EXCESS = scatter * _LAW, factor * scatter * _LAW

_Z, _E, _Y = sp.symbols("z e y", real=True)
_LOGITS, _V = vector("z", 3), vector("v", 3)
_EPS = sp.Symbol("epsilon", real=True)
_LOGSUM = sp.log(sp.Add(*(sp.exp(z + _EPS * v) for z, v in zip(_LOGITS, _V, strict=True))))
_SUM = sp.Add(*(sp.exp(z) for z in _LOGITS))
_P = [sp.exp(z) / _SUM for z in _LOGITS]
_FISHER = sp.Add(*(p * v**2 for p, v in zip(_P, _V, strict=True))) - sp.Add(*(p * v for p, v in zip(_P, _V, strict=True))) ** 2

# the exact instance: one example, one output, six units
UNITS = (3, -1, 4, 1, -5, 9)
TARGET = 2
_SIX = {factor: sp.Rational(1, 2), scatter: sp.Rational(677, 30), n: len(UNITS)}
MEANS = ("113/12", "151/40", "341/180", "229/240", "39/100", "1/72")


def _mean_loss(size: int) -> sp.Expr:
    """The mean of (mean of the kept c - 2)^2 / 2 over all sets of a size, left for the checker to add up."""
    sets = list(combinations(UNITS, size))
    terms = (times(sp.Rational(1, 2), power(sp.Rational(sum(chosen), size) - TARGET)) for chosen in sets)
    return times(sp.Rational(1, len(sets)), added(*terms))


CLAIM = Claim(
    page=__name__,
    title="Thinning a layer costs in proportion to 1/k - 1/n",
    kind=Kind.EXPECTATION,
    origins=(
        Origin("shevchenko2020", note="the change of the loss depends on the number of kept units, not on the width"),
        Origin("here", note="the exact identity"),
    ),
    statement=(
        r"Write the outputs as $Z_i=b_L+\frac1n\sum_jc_{ij}$ with $c_{ij}=nF_{ij}W_L[:,j]$ over the $n$ units of the last "
        r"hidden layer. Keep a uniformly random set of $k$ units, multiply the kept features by $n/k$, keep the bias: "
        r"$\hat Z$. Then exactly $\mathbb E|\hat Z_i-Z_i|^2=S_i^2(\frac1k-\frac1n)$ with "
        r"$S_i^2=\frac1{n-1}\sum_j|c_{ij}-\bar c_i|^2$, for every network and every loss. For the loss $c|Z-Y|^2$ the mean "
        r"excess is therefore $c\,\overline{S^2}(\frac1k-\frac1n)$, a line of slope 1 against $\frac1k-\frac1n$ on log axes, "
        r"and some set of size $k$ is at most that bad. For cross-entropy the second-order estimate is "
        r"$\frac12\overline{\mathrm{tr}(H_iC_i)}(\frac1k-\frac1n)$ with $H_i=\mathrm{diag}(p_i)-p_ip_i^T$: valid only as "
        r"$k\to n$."
    ),
    equality=(
        r"always. Exact instance: one example, $c=(3,-1,4,1,-5,9)$, $Y=2$: mean losses $113/12$, $151/40$, $341/180$, "
        r"$229/240$, $39/100$, $1/72$ for $k=1,\dots,6$, excess $\frac{677}{60}(\frac1k-\frac16)$. The best set is as bad as "
        r"the mean for two units that fit exactly together."
    ),
    necessity=(
        r"UNIFORM: drawn with replacement the variance is $\frac{n-1}n S^2/k$, which does not vanish at $k=n$. FACTOR: without "
        r"the factor $n/k$ the outputs are biased. Squared loss is needed for the law of the loss: at $k=n/2$ the "
        r"second-order value of cross-entropy was 1.4 to 5.4 times too small on digits networks. Thinning deeper layers is "
        r"nonlinear and biased."
    ),
    letters=(
        Letter(kept, "units kept, $k$"),
        Letter(n, "units of the last hidden layer"),
        Letter(scatter, r"mean over the examples of $S_i^2$"),
        Letter(factor, r"factor $c$ of the squared loss $c|z-y|^2$"),
        Letter(bending, r"mean over the examples of $\mathrm{tr}(H_iC_i)$, for cross-entropy"),
        Letter(best, "smallest excess over the sets that were drawn"),
    ),
    assumptions=(
        Assumption("LAYERS", "a network of dense layers with at least two units in its last hidden layer", "structural"),
        Assumption("UNIFORM", "every set of k units is equally likely, none counted twice", "by construction of the draws"),
        Assumption("FACTOR", "kept features are multiplied by n/k, the bias is kept", "by construction of the thinned outputs"),
    ),
    steps=(
        Cited(
            "A unit lies in k/n of the sets of size k, a pair of units in k(k-1)/(n(n-1)) of them.",
            "binomial coefficients: (n-1 over k-1) / (n over k) and (n-2 over k-2) / (n over k)",
        ),
        Identity(r"So the mean over the kept units has the mean of all units: $E[\hat Z]=Z$.", times(_ONE, _A, 1 / kept), _A / n),
        Identity(
            "Two coordinates a, b of the contributions, with sums A, B and sum of products P: the covariance of their means "
            "over the kept units is the unit covariance (divisor n-1) times 1/k - 1/n; with a = b, and summed over the "
            "coordinates, this is S² (1/k - 1/n).",
            _SECOND - _A * _B / n**2,
            _COVARIANCE * _LAW,
        ),
        Identity(
            "Squared loss: a deviation e costs its square plus a term that is linear in e, whose mean is 0.",
            factor * (_Z + _E - _Y) ** 2 - factor * (_Z - _Y) ** 2,
            factor * _E**2 + 2 * factor * (_Z - _Y) * _E,
        ),
        Piecewise(
            "The best of the sets is at most as bad as their mean (three shown).",
            sp.Le(3 * sp.Min(_Z, _E, _Y), _Z + _E + _Y),
        ),
        Identity("At k = n/2 the law gives S²/n.", at(DEVIATION, {kept: n / 2}), scatter / n),
        Identity(
            "At k = 3n/4 the excess is a third of that at k = n/2 ...",
            3 * sp.Subs(_LAW, kept, 3 * n / 4),
            sp.Subs(_LAW, kept, n / 2),
        ),
        Identity(
            "... and at k = 9n/10 a ninth.",
            9 * sp.Subs(_LAW, kept, 9 * n / 10),
            sp.Subs(_LAW, kept, n / 2),
        ),
        Identity(
            "Cross-entropy (three classes shown): the second derivative along v is v^T (diag p - p p^T) v, so with the "
            "covariance above the second-order mean is tr(H C)/2 times 1/k - 1/n.",
            sp.Subs(sp.Derivative(_LOGSUM, (_EPS, 2)), _EPS, 0),
            _FISHER,
        ),
    ),
    wrong=(
        Identity(
            "As if drawn with replacement: the covariance is that of one unit divided by k.",
            _SECOND - _A * _B / n**2,
            _COVARIANCE / kept,
        ),
        Identity(
            "With the divisor n in place of n-1 in the unit covariance.",
            _SECOND - _A * _B / n**2,
            _COVARIANCE * (n - 1) / n * _LAW,
        ),
    ),
    examples=(
        Cases(
            "The mean losses over all sets of size 1 to 6 of c = (3,-1,4,1,-5,9), Y = 2.",
            tuple((_mean_loss(size), sp.Rational(mean)) for size, mean in enumerate(MEANS, start=1)),
        ),
        Cases(
            "They are 1/72 + 677/60 (1/k - 1/6).",
            tuple(
                (sp.Rational(1, 72) + at(EXCESS, {**_SIX, kept: size}), sp.Rational(mean))
                for size, mean in enumerate(MEANS, start=1)
            ),
        ),
    ),
    formulas={
        "deviation": DEVIATION,
        "excess": EXCESS,
        "second_order": bending * _LAW / 2,
    },
    traps=(
        "Plotted against k alone the line bends near k = n.",
        "A fitted output factor is biased: it gives a smaller excess than the law.",
        "The mean and the minimum over draws are two numbers; report both.",
    ),
)
