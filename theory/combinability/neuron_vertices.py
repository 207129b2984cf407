r"""Whole neurons of two networks with one hidden layer, mixed at random: the mean and the variance of the loss, exactly.

With f = sum_k phi_k, delta_k = phi^b_k - phi^a_k, G_kl = E<delta_k, delta_l> and f_p = (1-p) f_a + p f_b,
E L = L(f_p) + p(1-p) sum_k G_kk for the loss E|f - y|^2: the vertices average to the output ensemble.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._moments import mean_of
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import K, L_a, L_b, L_p, apart_2, cross_2, factor, slopes_2, t, units_2, v
from theory.unevaluated import added, at, power, times

NEURONS = 4  # a mean of degree 4 in the deviations touches at most four neurons, so four show every pattern
XI = sp.symbols("xi_1:5", real=True)
H = sp.symbols("h_1:5", real=True)  # h_k = E<f_p - y, delta_k>
D = sp.symbols("d_1:5", real=True)  # delta_k, one output of one example
G = sp.Matrix(NEURONS, NEURONS, lambda k, m: sp.Symbol(f"G_{min(k, m) + 1}{max(k, m) + 1}", real=True))
PHI_A, PHI_B = sp.symbols("phi^a_1:3", real=True), sp.symbols("phi^b_1:3", real=True)
E, A, B, Y = sp.symbols("e f_a f_b y", real=True)
Q, ONE = sp.Rational, sp.Integer(1)

MEAN = L_p + factor * v * units_2
VARIANCE = factor**2 * (v * slopes_2 + 4 * v**2 * cross_2)
V = t * (1 - t)
MOMENTS = {2: V, 3: V * (1 - 2 * t), 4: V * (1 - 3 * V)}

PAIRS = [(k, m) for k in range(NEURONS) for m in range(k + 1, NEURONS)]
LINEAR = sp.Add(*(2 * h * xi for h, xi in zip(H, XI, strict=True)))
SQUARES = sp.Add(*(G[k, k] * XI[k] ** 2 for k in range(NEURONS)))
CROSS = sp.Add(*(2 * G[k, m] * XI[k] * XI[m] for k, m in PAIRS))
TRACE = sp.Add(*(G[k, k] for k in range(NEURONS)))
ABOVE = LINEAR + SQUARES + CROSS
SLOPES = sp.Add(*((2 * H[k] + (1 - 2 * t) * G[k, k]) ** 2 for k in range(NEURONS)))
CROSSED = sp.Add(*(G[k, m] ** 2 for k, m in PAIRS))
WITHOUT_SQUARES = sp.Add(*((2 * H[k] + (1 - 2 * t) * G[k, k]) * XI[k] for k in range(NEURONS))) + CROSS
MEAN_SQUARE = mean_of(sp.expand(WITHOUT_SQUARES**2), XI, MOMENTS)
_UNITS = list(zip(XI[:2], PHI_A, PHI_B, strict=True))

# two neurons, one example, one output: phi_a = (1, 2), phi_b = (3, -1), y = 1
_LOSSES = [sp.Integer(first + second - 1) ** 2 for first in (1, 3) for second in (2, -1)]


CLAIM = Claim(
    page=__name__,
    title="Mixing whole neurons",
    kind=Kind.EXPECTATION,
    origins=(Origin("here"),),
    statement=(
        r"Let $f = \sum_k \phi_k + b$ with $\phi_k(x) = W_2[:,k]\,\sigma(W_1[k,:]x + b_1[k])$, and take each hidden unit "
        r"from one of two networks, from the second with probability $p$, independently; the output bias is at its mean. With "
        r"$\delta_k = \phi^b_k - \phi^a_k$, $f_p = (1-p)f_a + pf_b$, $G_{kl} = E_x\langle\delta_k, \delta_l\rangle$ and "
        r"$h_k = E_x\langle f_p - y, \delta_k\rangle$: $E\,f_\lambda = f_p$ and $\mathrm{Var} f_\lambda(x) = p(1-p)\sum_k "
        r"\delta_k(x)^2$ per output. For the loss $L = c\,E_x|f-y|^2$, $E\,L = L(f_p) + c\,p(1-p)\sum_k G_{kk} = "
        r"(1-p)L_a + pL_b - c\,p(1-p)(E_x|f_b-f_a|^2 - \sum_k G_{kk})$ and "
        r"$\mathrm{Var} L = c^2 p(1-p)\sum_k(2h_k + (1-2p)G_{kk})^2 + 4c^2p^2(1-p)^2\sum_{k<l}G_{kl}^2$. For a loss "
        r"that is convex in the outputs $E\,L \ge L(f_p)$, and if it is $K$-Lipschitz in them, "
        r"$E|L - L(f_p)| \le K\sqrt{p(1-p)\sum_k G_{kk}}$."
    ),
    equality=(
        r"an identity for the squared loss; if $G_{kl} = 0$ off the diagonal and the output biases agree, $E\,L$ is the chord "
        r"$(1-p)L_a + pL_b$ itself; the bound with $K$ is met by one unit at $p = 1/2$ where the loss is linear with slope $K$"
    ),
    necessity=(
        r"INDEPENDENT: one $\lambda$ for all neurons gives the end losses only, with the mean $(1-p)L_a + pL_b$. "
        r"SQUARED: the mean of the cross-entropy is not $L(f_p) + p(1-p)\sum_k G_{kk}$. "
        r"ONE_LAYER: with two hidden layers a unit's incoming weights meet units that are themselves mixed; its contribution is "
        r"neither that of the first nor that of the second network."
    ),
    letters=(
        Letter(t, r"$p$, the probability of the second network, and mean of $\lambda$"),
        Letter(v, r"$p(1-p)$, variance of $\lambda$"),
        Letter(factor, r"$c$, factor of the squared loss"),
        Letter(L_a, r"loss at $\theta_a$"),
        Letter(L_b, r"loss at $\theta_b$"),
        Letter(L_p, r"$L(f_p)$, loss of the averaged outputs"),
        Letter(units_2, r"$\sum_k G_{kk} = \sum_k E_x|\delta_k|^2$"),
        Letter(slopes_2, r"$\sum_k (2h_k + (1-2p)G_{kk})^2$"),
        Letter(cross_2, r"$\sum_{k<l} G_{kl}^2$"),
        Letter(apart_2, r"$E_x|f_b - f_a|^2$"),
        Letter(K, "Lipschitz constant of the loss in the outputs"),
    ),
    assumptions=(
        Assumption("ONE_LAYER", "one hidden layer, linear output", "by the architecture"),
        Assumption("INDEPENDENT", r"each neuron is drawn independently, $\lambda_k \in \{0,1\}$", "by construction of the draw"),
        Assumption("SQUARED", r"the loss is $c\,E_x|f-y|^2$, for mean and variance", "declared by the loss"),
    ),
    formulas={
        "mean": MEAN,
        "mean_from_ends": (1 - t) * L_a + t * L_b - factor * v * (apart_2 - units_2),
        "variance": VARIANCE,
        "spread": K * sp.sqrt(v * units_2),
    },
    steps=(
        Identity(
            r"One output of one example, two neurons: a mixed unit contributes $(1-\lambda)\phi^a+\lambda\phi^b$ where "
            r"$\lambda\in\{0,1\}$; with $\lambda=p+\xi$ the sum is $f_p$ plus $\sum_k\xi_k\delta_k$.",
            sp.Add(*((1 - t - xi) * first + (t + xi) * second for xi, first, second in _UNITS)),
            (1 - t) * sp.Add(*PHI_A) + t * sp.Add(*PHI_B) + sp.Add(*(xi * (second - first) for xi, first, second in _UNITS)),
        ),
        Cited(
            r"Means of products over different neurons factorise, and $E\xi_k=0$; so $E f_\lambda=f_p$.",
            "linearity of expectation, independence (assumption INDEPENDENT)",
        ),
        Identity(
            r"$\mathrm{Var} f_\lambda(x)=p(1-p)\sum_k\delta_k(x)^2$.",
            mean_of(sp.Add(*(xi * d for xi, d in zip(XI, D, strict=True))) ** 2, XI, {2: V}),
            V * sp.Add(*(d**2 for d in D)),
        ),
        Identity(
            r"The squared error with $e=f_p-y$; averaged over outputs and examples it becomes "
            r"$L(f_p)+2\sum_k\xi_kh_k+\sum_{kl}\xi_k\xi_lG_{kl}$, as this mean is linear.",
            (E + sp.Add(*(xi * d for xi, d in zip(XI, D, strict=True)))) ** 2,
            E**2
            + sp.Add(*(2 * xi * E * d for xi, d in zip(XI, D, strict=True)))
            + sp.Add(*(XI[k] * XI[m] * D[k] * D[m] for k in range(NEURONS) for m in range(NEURONS))),
        ),
        Identity(r"Its mean over $\lambda$ keeps the diagonal.", mean_of(sp.expand(ABOVE), XI, {2: v}), v * TRACE),
        Identity(
            r"The ensemble lies below the chord of losses, one output of one example.",
            ((1 - t) * A + t * B - Y) ** 2,
            (1 - t) * (A - Y) ** 2 + t * (B - Y) ** 2 - t * (1 - t) * (B - A) ** 2,
        ),
        Identity(
            r"A vertex has $\xi^2=p(1-p)+(1-2p)\xi$, at $\xi=-p$ and at $\xi=1-p$ ...",
            (XI[0] + t) * (XI[0] - 1 + t),
            XI[0] ** 2 - V - (1 - 2 * t) * XI[0],
        ),
        Identity(
            r"... so there the loss is its mean plus terms of degree 1 and 2 without squares.",
            LINEAR + sp.Add(*(G[k, k] * (V + (1 - 2 * t) * XI[k]) for k in range(NEURONS))) + CROSS,
            V * TRACE + WITHOUT_SQUARES,
        ),
        Identity(
            r"The mean square of those terms, from $E\xi^2=p(1-p)$ and independence: the variance, four neurons showing every "
            r"pattern of indices.",
            MEAN_SQUARE,
            V * SLOPES + 4 * V**2 * CROSSED,
        ),
        Cited(
            r"A loss convex in the outputs has $E\,l(f_\lambda(x),y)\ge l(E f_\lambda(x),y)=l(f_p(x),y)$.",
            "Jensen's inequality",
        ),
        Cited(
            r"A $K$-Lipschitz loss has $E|L-L(f_p)|\le K\,E\,E_x|f_\lambda-f_p|$, and the mean is at most the root of the mean "
            r"square, which is the variance of the outputs.",
            "Cauchy-Schwarz inequality",
        ),
        Nonnegative(
            r"Cross-entropy has $K=\sqrt2$: $|\nabla_zl|^2=\sum_{k\ne y}p_k^2+(1-p_y)^2\le 2(1-p_y)^2\le 2$; here three classes "
            r"with $p_1$ and $p_2$ for the wrong ones.",
            2 - (D[0] ** 2 + D[1] ** 2 + (D[0] + D[1]) ** 2),
            (D[0], D[1], 1 - D[0] - D[1]),
            (
                Square(Q(2), ONE, (2,)),
                Square(Q(2), ONE, (0, 2)),
                Square(Q(2), ONE, (1, 2)),
                Square(Q(2), ONE, (0, 1)),
            ),
        ),
    ),
    wrong=(
        Identity("The products of two neurons are left out of the variance.", MEAN_SQUARE, V * SLOPES),
        Identity(r"The mean over $\lambda$ keeps all of $G$.", mean_of(sp.expand(ABOVE), XI, {2: v}), v * sp.Add(*G)),
        Identity(
            r"INDEPENDENT is dropped: one $\xi$ for all neurons is said to keep the diagonal.",
            mean_of(sp.expand(ABOVE.subs(dict.fromkeys(XI, XI[0]))), XI[:1], {2: v}),
            v * TRACE,
        ),
    ),
    examples=(
        Cases(
            r"Two neurons, one example with $y=1$, $\phi^a=(1,2)$, $\phi^b=(3,-1)$, $p=1/2$: the vertices have the losses 4, 1, "
            r"16, 1, so $E\,L=11/2=9/4+13/4$ and $\mathrm{Var} L=153/4$.",
            (
                (times(Q(1, 4), added(*_LOSSES)), Q(11, 2)),
                (at(MEAN, {L_p: Q(9, 4), factor: 1, v: Q(1, 4), units_2: 2**2 + 3**2}), Q(11, 2)),
                (times(Q(1, 4), added(*(power(loss - Q(11, 2)) for loss in _LOSSES))), Q(153, 4)),
                (at(VARIANCE, {factor: 1, v: Q(1, 4), slopes_2: 6**2 + 9**2, cross_2: 6**2}), Q(153, 4)),
            ),
        ),
    ),
    traps=(
        "The midpoint network is another object than the ensemble: on untrained networks its loss can be far below, because "
        "averaging shrinks the weights.",
        "The output bias is not random: it sits at its mean. A lambda of its own would be one more summand.",
        "Lambda between 0 and 1 on the weights of a neuron does not mix contributions linearly.",
    ),
)
