r"""The loss on the vertices between two networks as a sum of products of signs: its variance is the sum of squared weights.

With chi_i = (lambda_i - p)/sqrt(p(1-p)) and c_S = E[G prod_{i in S} chi_i]: Var G = sum_{S nonempty} c_S^2, and
sum_i c_i^2 <= Var G <= (sum_i c_i^2 + I)/2 <= I with the influence I = p(1-p) sum_i E(D_i G)^2 = sum_S |S| c_S^2.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import first_2, influence, n, rho, t
from theory.unevaluated import added, power, times

G, H = sp.symbols("g_0:2", real=True), sp.symbols("h_0:2", real=True)  # two functions of one lambda
CUBE = {code: sp.Symbol("g_" + "".join(map(str, code)), real=True) for code in itertools.product((0, 1), repeat=3)}
W, SIZE = sp.symbols("w s", real=True)  # the weight c_S^2 of one set S, and its size |S|
Q, ONE = sp.Rational, sp.Integer(1)
V = t * (1 - t)
Values = Callable[[tuple[int, ...]], sp.Expr]


def _mean(values: Values, coordinates: int = 3) -> sp.Expr:
    """E over independent bernoulli(t) coordinates."""
    return sp.Add(
        *(
            t ** sum(code) * (1 - t) ** (coordinates - sum(code)) * values(code)
            for code in itertools.product((0, 1), repeat=coordinates)
        )
    )


def _differenced(chosen: tuple[int, ...]) -> sp.Expr:
    """E D_S G: differences in the chosen coordinates, means in the others; c_S = (t(1-t))^(|S|/2) E D_S G."""

    def weight(code: tuple[int, ...]) -> sp.Expr:
        parts = ((2 * bit - 1) if i in chosen else (t if bit else 1 - t) for i, bit in enumerate(code))
        return sp.Mul(*parts)

    return sp.Add(*(weight(code) * value for code, value in CUBE.items()))


def _change(coordinate: int) -> sp.Expr:
    """E (D_i G)^2, a mean over all three coordinates of a square that does not depend on the chosen one."""

    def square(code: tuple[int, ...]) -> sp.Expr:
        one, zero = (CUBE[(*code[:coordinate], bit, *code[coordinate + 1 :])] for bit in (1, 0))
        return (one - zero) ** 2

    return _mean(square)


SETS = [chosen for size in (1, 2, 3) for chosen in itertools.combinations(range(3), size)]
WEIGHTS = {chosen: V ** len(chosen) * _differenced(chosen) ** 2 for chosen in SETS}
_VARIANCE = _mean(lambda code: CUBE[code] ** 2) - _mean(lambda code: CUBE[code]) ** 2

# x^2 y^2 + x^3 + 2 y^2 from (0, 0) to (2, 1): values at 00, 10, 01, 11
P2 = {(0, 0): 0, (1, 0): 8, (0, 1): 2, (1, 1): 14}


def _sign(code: tuple[int, int], chosen: tuple[int, ...]) -> int:
    return int(sp.prod([2 * code[i] - 1 for i in chosen]))


def _coefficient(chosen: tuple[int, ...]) -> sp.Expr:
    return times(Q(1, 4), added(*(value * _sign(code, chosen) for code, value in P2.items())))


CLAIM = Claim(
    page=__name__,
    title="The spectrum of the loss on the vertices",
    kind=Kind.TWO_SIDED,
    origins=(
        Origin("classical", note="orthogonal expansion over a product measure, Efron-Stein inequality"),
        Origin("here", note="for combinations of networks, and the upper bound with the first degree"),
    ),
    statement=(
        r"Let $G(\lambda) = L(\Theta(\lambda))$ on $\{0,1\}^n$, one $\lambda_i$ per block, independent, 1 with probability $p$, "
        r"$\chi_i = (\lambda_i - p)/\sqrt{p(1-p)}$ and $c_S = E[G\prod_{i\in S}\chi_i]$. Then $E\,G = c_\emptyset$, "
        r"$\mathrm{Var} G = \sum_{S\ne\emptyset} c_S^2$, the influence $I = p(1-p)\sum_i E(D_iG)^2$ with "
        r"$D_iG = G(\lambda_i=1) - G(\lambda_i=0)$ is $\sum_S |S|\,c_S^2$, and $\sum_i c_i^2 \le \mathrm{Var} G \le "
        r"\frac{1}{2}(\sum_i c_i^2 + I) \le I$. If each $\lambda'_i$ keeps $\lambda_i$ with probability $\rho$ and is drawn anew "
        r"otherwise, $E\,G(\lambda)G(\lambda') = \sum_S \rho^{|S|} c_S^2$. As a function of $p$, $E\,G$ is a polynomial "
        r"of degree at most $n$ with the values $L_a$ at 0 and $L_b$ at 1."
    ),
    equality=(
        r"$\sum_i c_i^2 = \mathrm{Var} G = I$ iff $G$ is affine in $\lambda$; the middle bound is an equality iff $G$ has degree "
        r"at most 2, as for whole neurons of two networks with one hidden layer and squared loss"
    ),
    necessity=(
        r"INDEPENDENT: with one $\lambda$ for all blocks the variance can exceed the influence: $G = (\lambda_1 + "
        r"\lambda_2)^2$ has the variance 4 and $I = 5/2$ at $p = 1/2$."
    ),
    letters=(
        Letter(t, r"$p$, the probability of the second network"),
        Letter(n, "number of blocks"),
        Letter(first_2, r"$\sum_i c_i^2$, the weight of degree 1"),
        Letter(influence, r"$I = p(1-p)\sum_i E(D_iG)^2$"),
        Letter(rho, r"$\rho$, probability that a coordinate is kept"),
    ),
    assumptions=(
        Assumption(
            "INDEPENDENT", r"the $\lambda_i$ are independent, 1 with probability $p$, $0<p<1$", "by construction of the draw"
        ),
    ),
    formulas={"lower": first_2, "upper": (first_2 + influence) / 2, "efron_stein": influence},
    steps=(
        Identity(
            r"One coordinate, two functions $g$ and $h$: the mean of a product is the product of the means plus $p(1-p)$ times "
            r"the product of the differences.",
            (1 - t) * G[0] * H[0] + t * G[1] * H[1],
            ((1 - t) * G[0] + t * G[1]) * ((1 - t) * H[0] + t * H[1]) + V * (G[1] - G[0]) * (H[1] - H[0]),
        ),
        Cited(
            r"Applied to one coordinate after the other, each of which either averages or takes a difference: $E\,G^2 = \sum_S "
            r"c_S^2$ with $c_S = (p(1-p))^{|S|/2}\,E D_SG$, for every $n$.",
            "induction over the coordinates, Fubini's theorem (assumption INDEPENDENT)",
        ),
        Identity("The variance with three coordinates, all eight values free.", _VARIANCE, sp.Add(*WEIGHTS.values())),
        Identity(
            r"The influence with three coordinates: $D_iG$ carries the sets that contain $i$, so $S$ is counted $|S|$ times.",
            V * sp.Add(*(_change(i) for i in range(3))),
            sp.Add(*(len(chosen) * weight for chosen, weight in WEIGHTS.items())),
        ),
        Nonnegative(
            r"A set of size at least 1 is counted at least once: $\mathrm{Var} G\le I$.",
            (SIZE - 1) * W,
            (W, SIZE - 1),
            (Square(ONE, ONE, (0, 1)),),
        ),
        Nonnegative(
            r"A set of size at least 2 has $\frac{1}{2}|S|c_S^2\ge c_S^2$, one of size 1 has $\frac{1}{2}(1+1)c_S^2=c_S^2$: so "
            r"$\mathrm{Var} G\le\frac{1}{2}(\sum_ic_i^2+I)$.",
            SIZE * W / 2 - W,
            (W, SIZE - 2),
            (Square(Q(1, 2), ONE, (0, 1)),),
        ),
        Nonnegative(
            r"The lower bound leaves out sets, whose weights are squares; and $\sum_ic_i^2\le I$ makes the middle bound the "
            r"smaller one.",
            (SIZE * W) - (W + SIZE * W) / 2,
            (W, SIZE - 1),
            (Square(Q(1, 2), ONE, (0, 1)),),
        ),
        Identity(
            r"Noise, one coordinate: kept with probability $\rho$ and drawn anew otherwise, the difference part is multiplied by "
            r"$\rho$; over all coordinates, $c_S^2$ by $\rho^{|S|}$.",
            rho * ((1 - t) * G[0] * H[0] + t * G[1] * H[1])
            + (1 - rho) * ((1 - t) * G[0] + t * G[1]) * ((1 - t) * H[0] + t * H[1]),
            ((1 - t) * G[0] + t * G[1]) * ((1 - t) * H[0] + t * H[1]) + rho * V * (G[1] - G[0]) * (H[1] - H[0]),
        ),
        Identity(
            r"$E\,G$ is affine in the probability of each coordinate, here the first of three; so with one $p$ it is a "
            r"polynomial of degree at most $n$.",
            sp.Derivative((1 - t) * G[0] + t * G[1], (t, 2)),
            sp.Integer(0),
        ),
        Cases(
            r"At $p=0$ and $p=1$ it is the loss at the ends.",
            tuple((sp.Subs((1 - t) * Q(3) + t * Q(-2), t, end), sp.Integer(value)) for end, value in ((0, 3), (1, -2))),
        ),
    ),
    wrong=(
        Identity(
            "The sets of size 3 are left out of the variance.",
            _VARIANCE,
            sp.Add(*(weight for chosen, weight in WEIGHTS.items() if len(chosen) < 3)),
        ),
        Identity(
            "Every set is counted once in the influence.",
            V * sp.Add(*(_change(i) for i in range(3))),
            sp.Add(*WEIGHTS.values()),
        ),
        Nonnegative("The middle bound is claimed with a third of the influence.", SIZE * W / 3 - W, (W, SIZE - 2), ()),
    ),
    examples=(
        Cases(
            r"$x^2y^2+x^3+2y^2$ from $(0,0)$ to $(2,1)$ at $p=1/2$: $c_\emptyset=6$, $c_1=5$, $c_2=2$, $c_{12}=1$.",
            tuple((_coefficient(chosen), sp.Integer(value)) for chosen, value in (((), 6), ((0,), 5), ((1,), 2), ((0, 1), 1))),
        ),
        Cases(
            r"So the variance is $30=\frac{1}{2}(29+31)$, between 29 and $I=31$, and the stability at $\rho=1/2$ is $203/4$.",
            (
                (times(Q(1, 4), added(*(power(value - 6) for value in P2.values()))), added(25, 4, 1)),
                (sp.Subs((first_2 + influence) / 2, (first_2, influence), (29, 31)), sp.Integer(30)),
                (times(Q(1, 8), added(8**2, 12**2, 2**2, 6**2)), sp.Integer(31)),
                (added(36, times(Q(1, 2), 29), times(Q(1, 4), 1)), Q(203, 4)),
            ),
        ),
    ),
    traps=(
        r"Sign convention: $\chi = 2\lambda - 1$ at $p = 1/2$, so $\lambda = 1$ is $+1$.",
        r"Normalise the fast transform by $2^{-n}$.",
        "A small mean loss is a small coefficient of the empty set; almost every vertex is good where the rest is small too.",
    ),
)
