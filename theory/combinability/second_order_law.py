r"""Mean loss of a random combination: the loss at the mean plus half the variance times a block trace of curvature.

    E L(theta_a + lambda*Delta) = L(Theta_m) + (v/2) sum_b Delta_b^T H_bb Delta_b + R,   Theta_m = theta_a + m Delta.

R = 0 where the loss is quadratic; R is of fourth order in Delta for symmetric laws, of third order for others.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._moments import beta_fourth, mean_of, mean_written_out
from theory.combinability._quartic import at_mean, orders, uniform_mean, vertex_mean
from theory.steps import Cases, Cited, Identity, Nonnegative, Primitive, Square
from theory.symbols import a, along, mixed, mu_3, mu_4, quartic, r, t, third, trace, u, v
from theory.unevaluated import added, at, times

XI = sp.symbols("xi_1:5", real=True)  # deviations lambda_b - m of four blocks: no monomial of degree 4 touches more
UNIT = sp.symbols("a_1:5", real=True)  # a product a_b a_c .. stands for D^k L[Delta_b, Delta_c, ..] at Theta_m
HESSIAN = sp.Matrix(3, 3, lambda i, j: sp.Symbol(f"H_{min(i, j) + 1}{max(i, j) + 1}", real=True))
SLOPE = sp.Matrix(sp.symbols("G_1:4", real=True))
C_2, C_4, C_6, X = sp.symbols("c_2 c_4 c_6 x", real=True)
Q = sp.Rational

ORDER_3 = mu_3 * third / 6
ORDER_4 = (mu_4 * quartic + 3 * v**2 * mixed) / 24

LINE = sum(b * xi for b, xi in zip(UNIT, XI, strict=True))
MOMENTS = {2: v, 3: mu_3, 4: mu_4}
SQUARES = sum(b**2 for b in UNIT)
PAIRS = sum(b**2 * c**2 for b in UNIT for c in UNIT if b != c)


def _quadratic(xi: sp.Matrix) -> sp.Expr:
    return (SLOPE.T * xi)[0] + (xi.T * HESSIAN * xi)[0] / 2


_OFF_DIAGONAL = sum(HESSIAN[i, j] for i in range(3) for j in range(3) if i != j)
_CHORD = (1 - t) * _quadratic(sp.Matrix([-t] * 3)) + t * _quadratic(sp.Matrix([1 - t] * 3))
_QUADRATIC_MEAN = mean_of(_quadratic(sp.Matrix(XI[:3])), XI[:3], MOMENTS)


def _profile(position: sp.Expr) -> sp.Expr:
    return C_2 * position**2 + C_4 * position**4 + C_6 * position**6


CLAIM = Claim(
    page=__name__,
    title="Mean loss of a random combination",
    kind=Kind.ESTIMATE,
    origins=(Origin("here"), Origin("csiszarik2023", note="the combinations studied")),
    statement=(
        r"Let one $\lambda_b$ per block be drawn independently with mean $m$, variance $v$ and central moments $\mu_3, \mu_4$, "
        r"and let $H$ be the Hessian of $L$ at $\Theta_m = \theta_a + m\Delta$. Then "
        r"$E\,L(\theta_a + \lambda * \Delta) = L(\Theta_m) + \frac{v}{2} \sum_b \Delta_b^T H_{bb} \Delta_b + R$. "
        r"With $\Delta \to t\Delta$ about a fixed $\Theta_m$, $R = O(t^4)$ for a symmetric law, with leading term "
        r"$\frac{1}{24}(\mu_4 \sum_b D^4L[\Delta_b^4] + 3v^2 \sum_{b \ne b'} D^4L[\Delta_b^2, \Delta_{b'}^2])$; "
        r"for any law $R = O(t^3)$ with leading term $\frac{\mu_3}{6} \sum_b D^3L[\Delta_b^3]$. "
        r"If $L$ is quadratic, $R = 0$, and the mean lies above the chord by "
        r"$\frac{v}{2} \sum_b \Delta_b^T H_{bb} \Delta_b - \frac{m(1-m)}{2} \Delta^T H \Delta$. "
        r"If $H \succeq 0$, one common $\lambda$ costs at second order at most "
        r"the number of blocks times as much as independent ones."
    ),
    equality=(
        r"On every quadratic $R = 0$. On a polynomial of degree 4 the terms of order 2, 3 and 4 are the whole excess: "
        r"$L = x^2y^2 + x^3 + 2y^2$ from $(0,0)$ to $(2,1)$ has excess $17/4 = 4 + 1/4$ under bernoulli(1/2)."
    ),
    necessity=(
        r"SMOOTH: at the kink of $|x|$ the excess is of first order while the Hessian is 0 almost everywhere. "
        r"INDEPENDENT: one common $\lambda$ gives $\Delta^T H \Delta$ instead of the block trace. "
        r"SYMMETRIC: the same polynomial under bernoulli(1/4) has a third-order term $3/4$."
    ),
    letters=(
        Letter(t, r"$m$, the mean of $\lambda$: the position of $\Theta_m$ on the chord"),
        Letter(v, r"variance of $\lambda$"),
        Letter(mu_3, r"third central moment of $\lambda$"),
        Letter(mu_4, r"fourth central moment of $\lambda$"),
        Letter(trace, r"$\sum_b \Delta_b^T H_{bb} \Delta_b$ at $\Theta_m$"),
        Letter(along, r"$\Delta^T H \Delta$ at $\Theta_m$"),
        Letter(third, r"$\sum_b D^3L[\Delta_b, \Delta_b, \Delta_b]$ at $\Theta_m$"),
        Letter(quartic, r"$\sum_b D^4L[\Delta_b, \Delta_b, \Delta_b, \Delta_b]$ at $\Theta_m$"),
        Letter(mixed, r"$\sum_{b \ne b'} D^4L[\Delta_b, \Delta_b, \Delta_{b'}, \Delta_{b'}]$ at $\Theta_m$"),
    ),
    assumptions=(
        Assumption(
            "SMOOTH", r"$L$ is four times continuously differentiable on the box", "declared by the activation and the loss"
        ),
        Assumption("INDEPENDENT", r"the $\lambda_b$ of different blocks are independent", "by construction of the draw"),
        Assumption("SYMMETRIC", r"$\lambda - m$ and $m - \lambda$ have the same law", "declared by the law of lambda"),
    ),
    formulas={
        "excess": v * trace / 2,
        "order_3": ORDER_3,
        "order_4": ORDER_4,
        "excess_quartic": v * trace / 2 + ORDER_4,
        "gap_quadratic": v * trace / 2 - t * (1 - t) * along / 2,
    },
    steps=(
        Cited(
            r"Expand L at the mean: L(Theta_m + xi*Delta) is the sum of D^k L[(xi*Delta)^k]/k! for k < 4 and a remainder of "
            "order 4 in the length of Delta.",
            "Taylor's theorem with remainder for a C^4 function (assumption SMOOTH)",
        ),
        Cited(
            "The mean of a sum is the sum of the means, and means of products over independent blocks factorise, so the mean "
            "of each monomial in xi is a product of central moments; the mean of xi_b alone is 0.",
            "linearity of expectation, independence (assumption INDEPENDENT)",
        ),
        Cited(
            "D^k L is symmetric and linear in each argument, so an identity between its values on blocks may be read off the "
            "powers of a linear form, a product a_b a_c .. standing for D^k L[Delta_b, Delta_c, ..].",
            "a symmetric multilinear form is determined by the powers of linear forms (polarisation)",
        ),
        Identity("Order 1: the mean of the first-order term is 0.", mean_written_out(LINE, XI, MOMENTS), sp.Integer(0)),
        Identity("Order 2: only the diagonal blocks remain, each with the variance.", mean_of(LINE**2, XI, MOMENTS), v * SQUARES),
        Identity(
            "Order 3: only one block at a time remains, with mu_3, which is 0 for a symmetric law.",
            mean_of(LINE**3, XI, MOMENTS),
            6 * at(ORDER_3, {third: sum(b**3 for b in UNIT)}),
        ),
        Identity(
            "Order 4: four equal blocks give mu_4, the three pairings of two distinct blocks give v^2.",
            mean_of(LINE**4, XI, MOMENTS),
            24 * at(ORDER_4, {quartic: sum(b**4 for b in UNIT), mixed: PAIRS}),
        ),
        Identity(
            "The moments of bernoulli(t) in one generating polynomial E(1 + u xi)^4.",
            (1 - t) * (1 - u * t) ** 4 + t * (1 + u * (1 - t)) ** 4,
            1 + 6 * t * (1 - t) * u**2 + 4 * t * (1 - t) * (1 - 2 * t) * u**3 + t * (1 - t) * (1 - 3 * t * (1 - t)) * u**4,
        ),
        Identity(
            "The same for radial(r), whose lambda is 1/2 + r/2 or 1/2 - r/2.",
            ((1 + u * r / 2) ** 4 + (1 - u * r / 2) ** 4) / 2,
            1 + 6 * r**2 / 4 * u**2 + r**4 / 16 * u**4,
        ),
        Primitive(
            "The same for the uniform law, by integration over lambda = x.",
            (1 + u * (X - Q(1, 2))) ** 5 / (5 * u),
            X,
            (1 + u * (X - Q(1, 2))) ** 4,
            (sp.Integer(0), sp.Integer(1)),
            1 + 6 * u**2 / 12 + u**4 / 80,
        ),
        Identity(
            "The fourth central moment of beta(a, a) from its raw moments (a+1)/(2(2a+1)), ..",
            beta_fourth(),
            (1 / (4 * (2 * a + 1))) ** 2 * (3 - 6 / (2 * a + 3)),
        ),
        Identity(
            "On a quadratic, written about Theta_m in three blocks, the mean exceeds the chord by the block trace less the "
            "curvature along the chord.",
            _QUADRATIC_MEAN - _CHORD,
            v * HESSIAN.trace() / 2 - t * (1 - t) * sum(HESSIAN) / 2,
        ),
        Identity(
            "For vertices, v = t(1-t), only the off-diagonal blocks are left: vertices beat the chord exactly when they sum to "
            "something positive.",
            (_QUADRATIC_MEAN - _CHORD).subs(v, t * (1 - t)),
            -t * (1 - t) * _OFF_DIAGONAL / 2,
        ),
        Cited(
            "A positive semidefinite form is a sum of squares of linear forms, so the comparison of one common lambda with "
            "independent ones may be made for a single square, a_b being its value on Delta_b.",
            "spectral theorem",
        ),
        Nonnegative(
            "Item 5 for four blocks: (sum a_b)^2 <= 4 sum a_b^2; the difference is the sum of (a_b - a_c)^2 over pairs, and so "
            "for every number of blocks.",
            4 * SQUARES - sum(UNIT) ** 2,
            (),
            tuple(Square(Q(1), b - c) for i, b in enumerate(UNIT) for c in UNIT[:i]),
        ),
        Identity(
            "Measuring at two radii t, t/2 removes the fourth order: with E(t) = c_2 t^2 + c_4 t^4 + c_6 t^6 the coefficient "
            "C(t) = (16 E(t/2) - E(t))/(3 t^2) is c_2 - c_6 t^4/4.",
            (16 * _profile(t / 2) - _profile(t)) / (3 * t**2),
            C_2 - C_6 * t**4 / 4,
        ),
        Identity(
            "A third radius removes the sixth order as well: (16 C(t/2) - C(t))/15 = c_2.",
            times(Q(1, 15), added(times(16, C_2 - C_6 * (t / 2) ** 4 / 4), times(-1, C_2 - C_6 * t**4 / 4))),
            C_2,
        ),
    ),
    wrong=(
        Identity("The terms between blocks are kept.", mean_of(LINE**2, XI, MOMENTS), v * sum(UNIT) ** 2),
        Identity("Half the variance is written for the variance.", mean_of(LINE**2, XI, MOMENTS), v / 2 * SQUARES),
    ),
    examples=(
        Cases(
            "x^2 y^2 + x^3 + 2 y^2 from (0, 0) to (2, 1) under bernoulli(1/2): "
            "the excess over L(Theta_m) = 7/4 is 17/4 = 4 + 0 + 1/4.",
            (
                (vertex_mean(Q(1, 2)), sp.Integer(6)),
                (at_mean(Q(1, 2)), Q(7, 4)),
                *zip(orders(Q(1, 2)), (Q(4), Q(0), Q(1, 4)), strict=True),
            ),
        ),
        Cases(
            "The same under bernoulli(1/4): the excess over L(Theta_m) = 17/64 is 159/64 = 51/32 + 3/4 + 9/64.",
            (
                (vertex_mean(Q(1, 4)), Q(11, 4)),
                (at_mean(Q(1, 4)), Q(17, 64)),
                *zip(orders(Q(1, 4)), (Q(51, 32), Q(3, 4), Q(9, 64)), strict=True),
            ),
        ),
        Cases(
            "The same under the uniform law: E L = 28/9, an excess of 49/36.",
            ((uniform_mean(), Q(28, 9)), (uniform_mean() - at_mean(Q(1, 2)), Q(49, 36))),
        ),
        Cases(
            "Uniform over bernoulli(1/2): 1/3 at second order, 1/5 for x_i^4, 1/9 for x_i^2 x_j^2.",
            ((times(Q(1, 12), 4), Q(1, 3)), (times(Q(1, 80), 16), Q(1, 5)), (times(Q(1, 12) ** 2, 4**2), Q(1, 9))),
        ),
    ),
    traps=(
        r"ReLU: the Hessian that exists almost everywhere misses the kinks; measured over predicted was 1.2 to 3.9 on small "
        r"trained ReLU networks, 1.00 to 1.03 for tanh at $r \le 1/4$, 1.11 at 1/2, 1.44 at 1.",
        r"When $m \ne 1/2$ the centre is $\Theta_m$, not the midpoint.",
        r"Antithetic pairs cancel the odd terms of a sample; without them the first-order term drowns the excess.",
        "The cross-entropy excess is unbounded outside the box.",
    ),
)
