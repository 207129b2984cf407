r"""Loss and accuracy of random combinations of ReLU networks without drawing lambda: moments carried layer by layer.

z = W h has the covariance M S M^T + v diag((H^2 + diag S)(D*D)^T) over lambda, exactly; taken to be Gaussian it has
E relu(z) = mu Phi + s phi, and Mehler's expansion carries covariances through the activation.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._moments import mean_of
from theory.steps import Cases, Cited, Identity
from theory.symbols import factor, missed_2, noise_2, output_variance, t, third_abs, v
from theory.unevaluated import at

MU, DEVIATION = sp.Symbol("mu", real=True), sp.Symbol("s", positive=True)
PASSED = (1 + sp.erf(MU / (sp.sqrt(2) * DEVIATION))) / 2  # Phi(mu/s)
DENSITY = sp.exp(-(MU**2) / (2 * DEVIATION**2)) / sp.sqrt(2 * sp.pi)  # phi(mu/s)
FIRST = MU * PASSED + DEVIATION * DENSITY
SECOND = (MU**2 + DEVIATION**2) * PASSED + MU * DEVIATION * DENSITY

W = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"m_{i + 1}{j + 1}", real=True))  # mean of the layer
D = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"d_{i + 1}{j + 1}", real=True))  # difference of the ends
S = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"S_{min(i, j) + 1}{max(i, j) + 1}", real=True))
H = sp.Matrix(sp.symbols("h_1:3", real=True))
XI = sp.symbols("xi_1:5", real=True)
DRAWN = W + sp.Matrix(2, 2, XI).multiply_elementwise(D)
TOGETHER = H * H.T + S  # E h h^T


def _covariance(i: int, j: int) -> sp.Expr:
    """Cov(z_i, z_j) over lambda of the layer and over what is below."""
    return mean_of(sp.expand((DRAWN[i, :] * TOGETHER * DRAWN[j, :].T)[0]), XI, {2: v}) - (W[i, :] * H)[0] * (W[j, :] * H)[0]


STIRRED = sp.Add(*(D[0, j] ** 2 * (H[j] ** 2 + S[j, j]) for j in range(2)))
ROW_A, ROW_B = sp.symbols("W^a_1:3", real=True), sp.symbols("W^b_1:3", real=True)
PASS_A, PASS_B = sp.symbols("P^a_1:3", real=True), sp.symbols("P^b_1:3", real=True)
MEANS, VARIANCES = sp.symbols("mu_a mu_b", real=True), sp.symbols("s2_a s2_b", real=True)
COMMON = sp.Symbol("S", real=True)
WEIGHTS = (1 - t, t)
Y = sp.Symbol("y", real=True)
SLOPES = [sp.Add(*(w * p[k] * r[k] for w, p, r in zip(WEIGHTS, (PASS_A, PASS_B), (ROW_A, ROW_B), strict=True))) for k in (0, 1)]
BOTH = [
    (WEIGHTS[p] * WEIGHTS[q], (PASS_A, PASS_B)[p][0] * (ROW_A, ROW_B)[p][0], (PASS_A, PASS_B)[q][1] * (ROW_A, ROW_B)[q][1])
    for p in (0, 1)
    for q in (0, 1)
]

CLAIM = Claim(
    page=__name__,
    title="Moments of random combinations of ReLU networks",
    kind=Kind.PREDICTOR,
    origins=(
        Origin("here"),
        Origin("classical", "", "Gaussian moments of ReLU and Mehler's expansion"),
        Origin("goldstein2010", "", "the distance of a sum from its Gaussian"),
    ),
    statement=(
        r"One example; mean $H$ and covariance $S$ of the features over $\lambda$. With one $\lambda$ of variance $v$ per "
        r"weight, $M$ the mean and $D$ the difference of the ends, $z = Wh + b$ has the mean $MH + c$ and the covariance "
        r"$MSM^T + v\,\mathrm{diag}((D\odot D)(H^2 + \mathrm{diag} S) + e^2)$, exactly. Taken to be Gaussian, with $\tau=\mu/s$, "
        r"$E\,\mathrm{relu} = \mu\Phi(\tau) + s\varphi(\tau)$, $E\,\mathrm{relu}^2 = (\mu^2+s^2)\Phi + \mu s\varphi$ and "
        r"$\mathrm{Cov}(\mathrm{relu}\,z_i, \mathrm{relu}\,z_j) = \sum_{k\ge1} C_{ij}^k\,E\,\mathrm{relu}^{(k)}_i\, "
        r"E\,\mathrm{relu}^{(k)}_j/k!$ (three terms are kept). With one two-valued $\lambda$ per row both parents' rows are "
        r"carried apart, exactly in the first layer. At the end $E\,c|f-y|^2 = c(|\mu-y|^2 + \mathrm{tr}\,C)$; cross-entropy and "
        r"accuracy are read off the Gaussian with mean $\mu$ and covariance $C$. With one hidden layer, each mean feature is off "
        r"by at most $\sum_jE|\xi|^3|\Delta_jx_j|^3/s^2$."
    ),
    equality=(
        r"$v=0$ gives the network at $\Theta_m$; identity activations give combinability/deep_linear_moments; rows of a network "
        r"with one hidden layer: mean and covariance of the outputs are exact"
    ),
    necessity=(
        r"INDEPENDENT: one $\lambda$ for all gives the end losses. GAUSSIAN: a unit with one input is $\pm c$, and "
        r"$E\,\mathrm{relu} = c/2$, not $c/\sqrt{2\pi}$. FOLLOWED: with variances only, units of a deeper layer that move "
        r"together are taken to be independent, and the variance of the outputs is too small."
    ),
    letters=(
        Letter(v, r"variance of $\lambda$"),
        Letter(factor, r"$c$, factor of the squared loss"),
        Letter(missed_2, r"$E_x|\mu - y|^2$"),
        Letter(output_variance, r"$E_x\,\mathrm{tr}\,C$, predicted"),
        Letter(third_abs, r"$\sum_jE|\xi|^3|\Delta_jx_j|^3$ of a unit of the first layer"),
        Letter(noise_2, r"$s^2 = v\sum_j\Delta_j^2x_j^2$ of that unit"),
    ),
    assumptions=(
        Assumption("INDEPENDENT", r"$\lambda$ is independent for every weight, or for every row", "by construction of the draw"),
        Assumption(
            "GAUSSIAN",
            "pre-activations are nearly Gaussian over lambda: the largest term carries at most half of the noise",
            "the median share over units and examples",
        ),
        Assumption("FOLLOWED", "the covariance between units is followed from the second layer on", "by the variant"),
    ),
    formulas={"squared": factor * (missed_2 + output_variance), "unit_error": third_abs / noise_2},
    steps=(
        Cited(
            r"Given what is below, the layer is independent of it: means over the layer come first; $E\,hh^T = HH^T+S$.",
            "conditional expectation, independence (assumption INDEPENDENT)",
        ),
        Identity(
            r"The variance of a unit with two inputs: what came from below, and the noise of its own weights.",
            _covariance(0, 0),
            (W[0, :] * S * W[0, :].T)[0] + v * STIRRED,
        ),
        Identity(
            r"Between two units no noise of the layer is left, since their weights are independent.",
            _covariance(0, 1),
            (W[0, :] * S * W[1, :].T)[0],
        ),
        Identity(r"$\mu\Phi+s\varphi$ grows with the slope $\Phi$ ...", sp.Derivative(FIRST, MU), PASSED),
        Identity(
            r"... and $(\mu^2+s^2)\Phi+\mu s\varphi$ with the slope $2(\mu\Phi+s\varphi)$.", sp.Derivative(SECOND, MU), 2 * FIRST
        ),
        Cited(
            r"Both vanish for $\mu\to-\infty$, as $E\,\mathrm{relu}$ and $E\,\mathrm{relu}^2$ do, whose derivatives in $\mu$ are "
            r"$P(z>0)=\Phi$ and $2E\,\mathrm{relu}$: so they are equal.",
            "differentiation under the integral, Gaussian tails",
        ),
        Identity(r"The next two derivatives are $\varphi/s$ ...", sp.Derivative(PASSED, MU), DENSITY / DEVIATION),
        Identity(r"... and $-\mu\varphi/s^3$.", sp.Derivative(DENSITY / DEVIATION, MU), -MU * DENSITY / DEVIATION**3),
        Cited(
            r"The covariance of functions of a Gaussian pair is the sum over $k\ge1$ of $C_{ij}^k$ times the means of their "
            r"$k$-th derivatives, over $k!$.",
            "Mehler's expansion",
        ),
        Identity(
            r"Rows: summed over the two values of both lambdas, first-order covariances factorise into one slope per unit.",
            sp.Add(*(weight * left * COMMON * right for weight, left, right in BOTH)),
            SLOPES[0] * COMMON * SLOPES[1],
        ),
        Identity(
            r"The variance of a row drawn from two: mean of the variances plus variance of the means.",
            sp.Add(*(w * (s2 + mu**2) for w, s2, mu in zip(WEIGHTS, VARIANCES, MEANS, strict=True)))
            - sp.Add(*(w * mu for w, mu in zip(WEIGHTS, MEANS, strict=True))) ** 2,
            sp.Add(*(w * s2 for w, s2 in zip(WEIGHTS, VARIANCES, strict=True))) + t * (1 - t) * (MEANS[1] - MEANS[0]) ** 2,
        ),
        Identity(
            r"The squared error of one output, in the mean over its deviation.",
            mean_of(sp.expand((MU + XI[0] - Y) ** 2), XI, {2: v}),
            (MU - Y) ** 2 + v,
        ),
        Cited(
            r"A sum of independent centred terms $X_j$ is within $\sum_jE|X_j|^3/\sum_jE X_j^2$ of its Gaussian in the "
            r"Wasserstein distance, so the mean of a 1-Lipschitz activation is off by at most that.",
            "Goldstein 2010, Theorem 1.1; Kantorovich duality",
        ),
        Cited(r"$E|\xi|^3 \le \sqrt{E\xi^2\,E\xi^4} = \sqrt{v\mu_4}$.", "Cauchy-Schwarz inequality"),
    ),
    wrong=(
        Identity(
            r"The noise is said to see the mean features only.",
            _covariance(0, 0),
            (W[0, :] * S * W[0, :].T)[0] + v * sp.Add(*(D[0, j] ** 2 * H[j] ** 2 for j in range(2))),
        ),
        Identity(
            "FOLLOWED is dropped: units are said to be uncorrelated.",
            _covariance(0, 0),
            sp.Add(*(W[0, j] ** 2 * S[j, j] for j in range(2))) + v * STIRRED,
        ),
    ),
    examples=(
        Cases(
            r"A standard normal: $E\,\mathrm{relu}=1/\sqrt{2\pi}$, $E\,\mathrm{relu}^2=1/2$.",
            (
                (at(FIRST, {MU: 0, DEVIATION: 1}), 1 / sp.sqrt(2 * sp.pi)),
                (at(SECOND, {MU: 0, DEVIATION: 1}), sp.Rational(1, 2)),
            ),
        ),
    ),
    traps=(
        "C is the covariance over lambda of each example: never average it over examples before the loss is read off.",
        "It is the mean over draws of the accuracy, not the accuracy of the mean network.",
        "Lambda per layer or per tensor is not a sum of many terms: do not use it there.",
        "The room needed grows with the number of examples times the square of the width: examples go in batches.",
    ),
)
