r"""All 2^d mixtures of two networks lie on the sphere about their midpoint with radius |Delta|/2.

|theta_a + lambda*Delta - mid|^2 = sum_i (lambda_i - 1/2)^2 Delta_i^2,   which is |Delta|^2/4 for lambda_i in {0, 1}.
"""

from __future__ import annotations

from collections import Counter

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._moments import mean_of
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import Delta_4, Delta_norm, cosine, norm_a, norm_b, norm_m, r, t, v
from theory.unevaluated import added, at, power, times

A = sp.symbols("A_1:3", real=True)  # theta_a in two coordinates; every sum below runs over coordinates one by one
B = sp.symbols("B_1:3", real=True)  # theta_b
D = sp.symbols("D_1:4", real=True)  # Delta
LAMBDA = sp.symbols("lambda_1:3", real=True)
XI = sp.symbols("xi_1:3", real=True)
Q = sp.Rational
HALF = Q(1, 2)

MEAN_SQUARE = norm_m**2 + v * Delta_norm**2
VERTEX_DISTANCE = Delta_norm**2 / 4
COSINE_VARIANCE = Delta_4 / Delta_norm**4


def _square(vector: list[sp.Expr]) -> sp.Expr:
    return sp.Add(*(entry**2 for entry in vector))


def _mixed(values: tuple[sp.Expr, ...]) -> list[sp.Expr]:
    """theta_a + lambda*Delta, written with the endpoints."""
    return [a + value * (b - a) for a, b, value in zip(A, B, values, strict=True)]


_MID = [(a + b) / 2 for a, b in zip(A, B, strict=True)]
_FROM_MID = [x - c for x, c in zip(_mixed(LAMBDA), _MID, strict=True)]
_ANGLE = sp.Add(*((x - a) * (b - x) for x, a, b in zip(_mixed(LAMBDA), A, B, strict=True)))
_MEAN = _mixed((t, t))
_LENGTHS = _square([b - a for a, b in zip(A, B, strict=True)])
_RANDOM = sp.expand(_square([x + xi * d for x, xi, d in zip(_MEAN, XI, D[:2], strict=True)]))
_AT_RADIUS = {value: HALF + sign * r / 2 for value, sign in zip(LAMBDA, (1, -1), strict=True)}


def _signed(code: int) -> sp.Expr:
    """sum_b s_b D_b^2 for the signs in the bits of `code`."""
    return sp.Add(*((1 if code >> k & 1 else -1) * d**2 for k, d in enumerate(D)))


_FIRST, _SECOND = (1, 2, 2), (2, -1, 2)  # the ground truth: two points of norm 3
_VERTICES = [[_SECOND[k] if code >> k & 1 else _FIRST[k] for k in range(3)] for code in range(8)]
_FROM_CENTRE = [[Q(2 * x - p - q, 2) for x, p, q in zip(vertex, _FIRST, _SECOND, strict=True)] for vertex in _VERTICES]


def _cosines() -> list[sp.Expr]:
    """Cosines about the midpoint of all 64 ordered pairs of vertices."""
    return [
        sp.Add(*(x * y for x, y in zip(p, q, strict=True))) / sp.sqrt(_square(p) * _square(q))
        for p in _FROM_CENTRE
        for q in _FROM_CENTRE
    ]


def _mean_square(values: list[sp.Expr]) -> sp.Expr:
    """The mean of the squares, equal ones put together, left for the checker to add up."""
    return times(Q(1, len(values)), added(*(times(number, power(value)) for value, number in Counter(values).items())))


CLAIM = Claim(
    page=__name__,
    title="All mixtures lie on one sphere",
    kind=Kind.IDENTITY,
    origins=(Origin("here"), Origin("csiszarik2023", note="the hypercube of combinations and its vicinity")),
    statement=(
        r"$|\Theta(\lambda) - \mathrm{mid}|^2 = \sum_i (\lambda_i - \frac{1}{2})^2 \Delta_i^2$, which is $|\Delta|^2/4$ at every "
        r"vertex and $r^2|\Delta|^2/4$ for radial(r). $\langle \Theta(\lambda) - \theta_a, \theta_b - \Theta(\lambda) \rangle = "
        r"\sum_i \lambda_i(1-\lambda_i)\Delta_i^2$: a right angle at vertices. For a law with mean $m$ and variance $v$, "
        r"$E|\Theta(\lambda)|^2 = |\Theta_m|^2 + v|\Delta|^2$, for bernoulli(p) $(1-p)|\theta_a|^2 + p|\theta_b|^2$; "
        r"two independent draws have $E\langle \Theta, \Theta' \rangle = |\Theta_m|^2$, so the ratio of expectations of their "
        r"cosine is $|\Theta_m|^2 / (|\Theta_m|^2 + v|\Delta|^2)$. Two random vertices of $p = 1/2$ have a cosine about the "
        r"midpoint with mean 0 and variance $1/d_{\mathrm{eff}} = \sum_b |\Delta_b|^4 / |\Delta|^4$ for independent blocks $b$."
    ),
    equality=(
        r"$\theta_a = (1,2,2)$, $\theta_b = (2,-1,2)$: all 8 vertices at squared distance 5/2 from the midpoint, mean squared "
        r"norm 9, variance of the cosines $41/50$."
    ),
    necessity=(
        r"ONE_LAW: with one coordinate at 1 surely the mean is not $\Theta_p$. TWO_DRAWS: the same draw twice has cosine 1. "
        r"BLOCKS: one common $\lambda$ makes the variance of the cosine 1."
    ),
    letters=(
        Letter(t, r"$m$, the mean of $\lambda$"),
        Letter(v, r"variance of $\lambda$"),
        Letter(Delta_norm, r"$|\Delta|$"),
        Letter(norm_a, r"$|\theta_a|$"),
        Letter(norm_b, r"$|\theta_b|$"),
        Letter(norm_m, r"$|\Theta_m|$"),
        Letter(cosine, r"cosine of $\theta_a$ and $\theta_b$"),
        Letter(Delta_4, r"$\sum_b |\Delta_b|^4$"),
    ),
    assumptions=(
        Assumption("ONE_LAW", r"all $\lambda_i$ have the same mean and variance", "declared by the law"),
        Assumption("TWO_DRAWS", "two draws are independent of each other", "by construction of the draws"),
        Assumption("BLOCKS", r"the $\lambda_b$ of different blocks are independent", "by construction of the draw"),
    ),
    formulas={
        "vertex_distance": VERTEX_DISTANCE,
        "mean_square": MEAN_SQUARE,
        "vertex_mean_square": (1 - t) * norm_a**2 + t * norm_b**2,
        "inner_product": norm_m**2,
        "cosbar": norm_m**2 / MEAN_SQUARE,
        "cosbar_equal_norms": ((1 + cosine) / 2) / ((1 + cosine) / 2 + 2 * v * (1 - cosine)),
        "cosine_variance": COSINE_VARIANCE,
    },
    steps=(
        Identity(
            "Theta - mid = (lambda - 1/2)*Delta, coordinate by coordinate.",
            _square(_FROM_MID),
            sp.Add(*((x - HALF) ** 2 * (b - a) ** 2 for x, a, b in zip(LAMBDA, A, B, strict=True))),
        ),
        Identity(
            "At lambda_i = 1/2 +- r/2 each factor is r^2/4, and at vertices r = 1.",
            _square([entry.subs(_AT_RADIUS) for entry in _FROM_MID]),
            r**2 * _LENGTHS / 4,
        ),
        Identity(
            "The angle under which the endpoints are seen: 0 = lambda(1 - lambda) at vertices, a right angle.",
            _ANGLE,
            sp.Add(*(x * (1 - x) * (b - a) ** 2 for x, a, b in zip(LAMBDA, A, B, strict=True))),
        ),
        Nonnegative(
            "Inside the box the product is not negative, coordinate by coordinate.",
            LAMBDA[0] * (1 - LAMBDA[0]) * D[0] ** 2,
            (LAMBDA[0], 1 - LAMBDA[0]),
            (Square(Q(1), D[0], (0, 1)),),
        ),
        Cited(
            "The mean of a sum is the sum of the means; this needs no independence within a draw.",
            "linearity of expectation, with E xi_i = 0 and E xi_i^2 = v for every coordinate (assumption ONE_LAW)",
        ),
        Identity(
            "The mean squared norm at Theta = Theta_m + xi*Delta.",
            mean_of(_RANDOM, XI, {2: v}),
            at(MEAN_SQUARE, {norm_m: sp.sqrt(_square(_MEAN)), Delta_norm: sp.sqrt(_square(list(D[:2])))}),
        ),
        Identity(
            "For vertices, v = t(1-t), this is the chord between the squared norms: no collapse of the norm.",
            _square(_MEAN) + t * (1 - t) * _LENGTHS,
            (1 - t) * _square(list(A)) + t * _square(list(B)),
        ),
        Cited(
            "Two independent draws: E <Theta_m + xi*Delta, Theta_m + xi'*Delta> = |Theta_m|^2.",
            "means of products of independent, centred quantities vanish (assumption TWO_DRAWS)",
        ),
        Identity(
            "With |theta_b| = |theta_a|: |mid|^2 = |theta_a|^2 (1+c)/2 and |Delta|^2 = 2|theta_a|^2 (1-c) turn the ratio into "
            "one in c.",
            (norm_a**2 * (1 + cosine) / 2) / (norm_a**2 * (1 + cosine) / 2 + v * 2 * norm_a**2 * (1 - cosine)),
            ((1 + cosine) / 2) / ((1 + cosine) / 2 + 2 * v * (1 - cosine)),
        ),
        Identity(
            "Signs of two vertices: the product of two independent random signs is a random sign, so the squared cosine has the "
            "mean sum_b |Delta_b|^4/|Delta|^4 (three blocks of lengths D_b, all eight products of signs).",
            sp.Add(*(_signed(code) ** 2 for code in range(8))) / 8 / _square(list(D)) ** 2,
            sp.Add(*(d**4 for d in D)) / _square(list(D)) ** 2,
        ),
    ),
    wrong=(
        Identity(
            "Half of |Delta|^2 is written for a quarter.", _square([e.subs(_AT_RADIUS) for e in _FROM_MID]), r**2 * _LENGTHS / 2
        ),
        Identity(
            "The variance is dropped: the mean squared norm of the draws is taken for that of the mean.",
            mean_of(_RANDOM, XI, {2: v}),
            _square(_MEAN),
        ),
    ),
    examples=(
        Cases(
            "theta_a = (1,2,2), theta_b = (2,-1,2): the 8 vertices lie at squared distance 5/2 from the midpoint.",
            tuple((added(*map(power, vertex)), at(VERTEX_DISTANCE, {Delta_norm: sp.sqrt(10)})) for vertex in _FROM_CENTRE),
        ),
        Cases(
            "Their mean squared norm is 9, and the cosines of all 64 ordered pairs have variance 41/50.",
            (
                (times(Q(1, 8), added(*(sum(x**2 for x in vertex) for vertex in _VERTICES))), sp.Integer(9)),
                (_mean_square(_cosines()), Q(41, 50)),
                (_mean_square(_cosines()), at(COSINE_VARIANCE, {Delta_4: 1**4 + 3**4, Delta_norm: sp.sqrt(10)})),
            ),
        ),
    ),
    traps=(
        "The cosine formula is a ratio of expectations: for single draws it is exact only as the effective dimension grows.",
        r"Cosines about the origin are dominated by the common part $(1+c)/2$ and say nothing about loss.",
        "With three or more models the vertices do not lie on one sphere.",
    ),
)
