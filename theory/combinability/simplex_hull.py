r"""Random combinations of K networks with Dirichlet weights: the mean loss exceeds that of the mean network by a trace.

    E L = L(thetabar) + 1/(2(K alpha + 1)) (1/K) sum_q sum_b (theta_q - thetabar)_b^T H_bb (theta_q - thetabar)_b + R.

One weight vector per scalar gives sum_i H_ii sigma_i^2, one for the whole network the curvature towards each of the K.
"""

from __future__ import annotations

import itertools

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._moments import mean_of, mean_written_out
from theory.steps import Cases, Cited, Identity
from theory.symbols import about_mean_2, alpha, models, trace
from theory.unevaluated import added, at, times

Q = sp.Rational
X, Y = sp.symbols("x_1:4", real=True), sp.symbols("y_1:4", real=True)  # two coordinates of three networks
XI, SIGMA = sp.symbols("xi_1:4", real=True), sp.symbols("s_1:4", real=True)
SLOPE = sp.Matrix(sp.symbols("G_1:4", real=True))
HESSIAN = sp.Matrix(3, 3, lambda i, j: sp.Symbol(f"H_{min(i, j) + 1}{max(i, j) + 1}", real=True))
A, B = sp.symbols("a b", real=True)
FACTOR = models * alpha + 1
EXCESS = trace / (2 * FACTOR)

COV_SAME = (1 / models) * (alpha + 1) / FACTOR - 1 / models**2
COV_OTHER = (1 / models) * alpha / FACTOR - 1 / models**2


def _mean(values: tuple[sp.Expr, ...]) -> sp.Expr:
    return sp.Add(*values) / len(values)


def _covariance(left: tuple[sp.Expr, ...], right: tuple[sp.Expr, ...]) -> sp.Expr:
    """(1/K) sum_q x_q y_q - xbar ybar: what pick-one weights give."""
    return _mean(tuple(x * y for x, y in zip(left, right, strict=True))) - _mean(left) * _mean(right)


def _weighted(left: tuple[sp.Expr, ...], right: tuple[sp.Expr, ...]) -> sp.Expr:
    """sum_qq' Cov(w_q, w_q') x_q y_q' for three networks."""
    terms = (
        (COV_SAME if p == q else COV_OTHER) * left[p] * right[q]
        for p, q in itertools.product(range(len(left)), range(len(right)))
    )
    return sp.Add(*terms).subs(models, len(left))


def _quadratic(xi: sp.Matrix) -> sp.Expr:
    return (SLOPE.T * xi)[0] + (xi.T * HESSIAN * xi)[0] / 2


_SCALED = sp.Matrix([s * xi for s, xi in zip(SIGMA, XI, strict=True)])
_DIAGONAL = sp.Add(*(HESSIAN[i, i] * s**2 for i, s in enumerate(SIGMA))) / 2
_ALL = sp.Add(*(HESSIAN[i, j] * SIGMA[i] * SIGMA[j] for i in range(3) for j in range(3))) / 2

POINTS = ((0, 0), (3, 0), (0, 3))
_FIRST, _SECOND = (tuple(sp.Integer(point[i]) for point in POINTS) for i in (0, 1))


def _loss(x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """theta^T H theta/2 for H = (2 1; 1 4)."""
    return x**2 + x * y + 2 * y**2


def _elements(position: sp.Expr) -> sp.Expr:
    return 4 + at(
        EXCESS, {trace: 2 * _covariance(_FIRST, _FIRST) + 4 * _covariance(_SECOND, _SECOND), models: 3, alpha: position}
    )


def _whole(position: sp.Expr) -> sp.Expr:
    form = 2 * _covariance(_FIRST, _FIRST) + 2 * _covariance(_FIRST, _SECOND) + 4 * _covariance(_SECOND, _SECOND)
    return 4 + at(EXCESS, {trace: form, models: 3, alpha: position})


CLAIM = Claim(
    page=__name__,
    title="Random combinations of several networks",
    kind=Kind.EXPECTATION,
    origins=(
        Origin("here"),
        Origin("benton2021", note="trained simplexes"),
        Origin("wortsman2021", note="trained simplexes"),
    ),
    statement=(
        r"Let $\theta_1, \dots, \theta_K$ be matched networks, $\bar\theta$ their mean, $D_q = \theta_q - \bar\theta$, and let "
        r"every block $b$ of parameters have weights drawn by itself from the Dirichlet law with parameters "
        r"$(\alpha, \dots, \alpha)$. Then $E|\Theta-\bar\theta|^2 = \frac{1}{K\alpha+1}\,\frac{1}{K}\sum_q|D_q|^2$ and "
        r"$E\,L(\Theta) = L(\bar\theta) + \frac{1}{2(K\alpha+1)}\,\frac{1}{K}\sum_q\sum_b D_{q,b}^TH_{bb}D_{q,b} + R$. For "
        r"single parameters the sum is $\sum_iH_{ii}\sigma_i^2$, $\sigma_i^2 = \frac{1}{K}\sum_q\theta_{q,i}^2-\bar\theta_i^2$; "
        r"for one weight vector, a random point of the hull, it is $\frac{1}{K}\sum_qD_q^THD_q$. $\alpha \to 0$ picks one "
        r"network per block. $R = 0$ for a quadratic loss, else it is of third order: the third moments do not vanish for "
        r"$K \geq 3$. $K = 2$ with $\alpha = 1$ is the uniform law, of variance $\Delta^2/12$."
    ),
    equality=(
        r"Every quadratic: $L = \frac{1}{2}\theta^TH\theta$, $H = (2\ 1; 1\ 4)$, between $(0,0)$, $(3,0)$, $(0,3)$ has the mean "
        "10, 11/2, 32/5 for single parameters and 9, 21/4, 6 for whole networks, for $\\alpha = 0, 1, 1/2$; 4 at the centre."
    ),
    necessity=(
        r"SMOOTH: at the kink of $|x|$ the excess is of first order and the second derivative 0. INDEPENDENT: one weight vector "
        "for all blocks adds the terms between blocks. With three networks the picked points are not on one sphere about the "
        "mean: in the example four are at the squared distance 2, four at 5, one at 8."
    ),
    letters=(
        Letter(models, "$K$, number of networks"),
        Letter(alpha, "parameter of the Dirichlet law, 0 for picking one network"),
        Letter(about_mean_2, r"$\sum_q|D_q|^2$"),
        Letter(trace, r"$\frac{1}{K}\sum_q\sum_bD_{q,b}^TH_{bb}D_{q,b}$ at $\bar\theta$"),
    ),
    assumptions=(
        Assumption(
            "SMOOTH", r"$L$ is three times continuously differentiable on the hull", "declared by the activation and the loss"
        ),
        Assumption("INDEPENDENT", "the weights of different blocks are independent", "by construction of the draw"),
    ),
    formulas={
        "spread_2": about_mean_2 / (models * FACTOR),
        "excess": EXCESS,
    },
    steps=(
        Cited(
            r"$E\,w_q = \frac{1}{K}$, $E\,w_q^2 = \frac{1}{K}\frac{\alpha+1}{K\alpha+1}$, "
            r"$E\,w_qw_{q'} = \frac{1}{K}\frac{\alpha}{K\alpha+1}$.",
            "moments of the Dirichlet law",
        ),
        Identity("The variance of one weight,", COV_SAME, (1 / models - 1 / models**2) / FACTOR),
        Identity("and the covariance of two.", COV_OTHER, -1 / (models**2 * FACTOR)),
        Identity(
            "The weights sum to 1: their covariances with one of them sum to 0.",
            COV_SAME + (models - 1) * COV_OTHER,
            sp.Integer(0),
        ),
        Identity(
            r"Three networks: one parameter has the variance $\frac{\sigma^2}{K\alpha+1}$,",
            _weighted(X, X),
            _covariance(X, X) / (3 * alpha + 1),
        ),
        Identity(
            "and two parameters under one weight vector have their covariance over the networks, divided alike.",
            _weighted(X, Y),
            _covariance(X, Y) / (3 * alpha + 1),
        ),
        Identity(
            r"$\sigma^2$ is the mean of the squared distances from the mean network.",
            _covariance(X, X),
            _mean(tuple((x - _mean(X)) ** 2 for x in X)),
        ),
        Cited(
            r"Expand $L$ at $\bar\theta$ to second order; what remains is of third order in the distances.",
            "Taylor's theorem with remainder for a C^3 function (assumption SMOOTH)",
        ),
        Identity(
            "Independent weights: only the diagonal is left of the second-order term, the first-order term has mean 0.",
            mean_written_out(_quadratic(_SCALED), XI, {2: sp.Integer(1)}),
            _DIAGONAL,
        ),
        Identity(
            "Two networks: the variance of picking one is a quarter of the squared difference,",
            _covariance((A, B), (A, B)),
            (B - A) ** 2 / 4,
        ),
        Identity(
            r"and with $\alpha = 1$ it is $\Delta^2/12$, that of the uniform law.",
            _weighted((A, B), (A, B)).subs(alpha, 1),
            (B - A) ** 2 / 12,
        ),
    ),
    wrong=(
        Identity(r"$K\alpha$ is written for $K\alpha+1$.", _weighted(X, X), _covariance(X, X) / (3 * alpha)),
        Identity("The terms between blocks are kept.", mean_of(_quadratic(_SCALED), XI, {2: sp.Integer(1)}), _ALL),
    ),
    examples=(
        Cases(
            r"$L = \frac{1}{2}\theta^TH\theta$, $H = (2\ 1; 1\ 4)$, between $(0,0)$, $(3,0)$, $(0,3)$: $\sigma^2 = (2, 2)$ and "
            r"$L(\bar\theta) = 4$; nine picks of single parameters have the mean 10, three whole networks the mean 9.",
            (
                (at(_covariance(X, X), dict(zip(X, _FIRST, strict=True))), sp.Integer(2)),
                (at(_loss(X[0], Y[0]), {X[0]: 1, Y[0]: 1}), sp.Integer(4)),
                (times(Q(1, 9), added(*(_loss(x, y) for x in _FIRST for y in _SECOND))), sp.Integer(10)),
                (times(Q(1, 3), added(*map(_loss, _FIRST, _SECOND))), sp.Integer(9)),
            ),
        ),
        Cases(
            r"The law at $\alpha = 0, 1, \frac{1}{2}$: single parameters 10, 11/2, 32/5, whole networks 9, 21/4, 6.",
            (
                *zip((_elements(Q(0)), _elements(Q(1)), _elements(Q(1, 2))), (Q(10), Q(11, 2), Q(32, 5)), strict=True),
                *zip((_whole(Q(0)), _whole(Q(1)), _whole(Q(1, 2))), (Q(9), Q(21, 4), Q(6)), strict=True),
            ),
        ),
    ),
    traps=(
        "Low barriers between all pairs do not make the hull low: report the mean network and the hull.",
        "For three networks and more the picked points have different distances from the mean.",
    ),
)
