r"""What averaging does to the variance of pre-activations, and the affine correction that undoes it, unit by unit.

Var_x[(1-t) z_a + t z_b] = (1-t)^2 s_a^2 + t^2 s_b^2 + 2t(1-t) rho s_a s_b, so a unit keeps (1+rho)/2 of its variance at the
midpoint; lambda drawn per weight adds v sum_j Delta_ij^2 Cv_jj of noise, which at vertices just fills the gap.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._moments import mean_of
from theory.steps import Cases, Cited, Identity, Piecewise
from theory.symbols import cosine, mu_a, mu_b, norm_a, norm_b, rho, s_a, s_b, stirred, t, v
from theory.unevaluated import added, at, times

XI = sp.symbols("xi_1:4", real=True)
A, B = sp.symbols("a_1:4", real=True), sp.symbols("b_1:4", real=True)  # three inputs of a unit, or a unit on three examples
CV = sp.Matrix(3, 3, lambda i, j: sp.Symbol(f"C_{min(i, j) + 1}{max(i, j) + 1}", real=True))
F = sp.symbols("f_1:3", real=True)
Z, R, BIAS, Q_W, MU, S, TARGET, SPREAD = sp.symbols("z r b q_w mu s mu_* s_*", real=True)
V = t * (1 - t)


def _mean(values: Sequence[sp.Expr]) -> sp.Expr:
    return sp.Add(*values) / len(values)


def _covariance(left: Sequence[sp.Expr], right: Sequence[sp.Expr]) -> sp.Expr:
    return _mean([x * y for x, y in zip(left, right, strict=True)]) - _mean(left) * _mean(right)


def _variance(values: Sequence[sp.Expr]) -> sp.Expr:
    return _covariance(values, values)


def _form(row: Sequence[sp.Expr]) -> sp.Expr:
    """Var_x of a unit with these incoming weights, for features of covariance Cv."""
    return (sp.Matrix([row]) * CV * sp.Matrix(row))[0]


BETWEEN = [(1 - t) * x + t * y for x, y in zip(A, B, strict=True)]
CHANGE = [y - x for x, y in zip(A, B, strict=True)]
DRAWN = [m + xi * d for m, xi, d in zip(BETWEEN, XI, CHANGE, strict=True)]
OVER_LAMBDA = mean_of(sp.expand(_form(DRAWN)), XI, {2: v})
STIRRED = sp.Add(*(d**2 * CV[j, j] for j, d in enumerate(CHANGE)))
MIXED_WEIGHT = (1 - t - XI[0]) * A[0] + (t + XI[0]) * B[0]
LINE = (1 - t) ** 2 * s_a**2 + t**2 * s_b**2 + 2 * t * (1 - t) * rho * s_a * s_b
WEIGHTS = ((1 - t) ** 2 + v) * norm_a**2 + (t**2 + v) * norm_b**2 + 2 * (t * (1 - t) - v) * cosine * norm_a * norm_b
KAPPA = (1 + rho) / 2 + 2 * v * (1 - rho)
CORRECTED = [(z - MU) * SPREAD / S + TARGET for z in A]
HALF = sp.Rational(1, 2)

CLAIM = Claim(
    page=__name__,
    title="Variance collapse and its correction",
    kind=Kind.IDENTITY,
    origins=(
        Origin("jordan2022", "", "our statement of the effect and of REPAIR; constants and wording may differ"),
        Origin("here", "", "the split of random lambda into signal and noise, the depth product"),
    ),
    statement=(
        r"(1) Given incoming features $F$ that are common to both ends (in layer 1: the inputs), a unit at $\Theta_m$ has the "
        r"variance $(1-t)^2s_a^2 + t^2s_b^2 + 2t(1-t)\rho s_as_b$ over the examples, $\rho$ the correlation of $z_a$ and $z_b$; "
        r"$s^2(1+\rho)/2$ at $t=1/2$ for equal variances. (2) With one $\lambda$ of variance $v$ per weight, "
        r"$E_\lambda\mathrm{Var}_x z_i$ is this signal plus the mixing noise $v\sum_j\Delta_{ij}^2\,Cv_{jj}$, $Cv$ the "
        r"covariance of $F$. For vertices and a diagonal $Cv$ the sum is $(1-t)s_a^2 + ts_b^2$: vertices keep the variance and "
        r"replace signal by noise, with the signal-to-noise ratio $(1+\rho)/(1-\rho)$ at $t=1/2$ for equal row norms and "
        r"isotropic $Cv$. (3) If the law of the entry pairs $(a_{ij},b_{ij})$ of a layer does not change when one pair changes "
        r"its sign, has one second moment for all entries, and layers are independent, a ReLU network without biases has "
        r"$E|z_l|^2 = \frac{E|x|^2}{n_0}\,\frac{q_l}{2^{l-1}}\prod_{k<l}\frac{q_k}{n_k}$ with $q_k = ((1-t)^2+v)|W^a_k|^2 + "
        r"(t^2+v)|W^b_k|^2 + 2(t(1-t)-v)\langle W^a_k,W^b_k\rangle$, at any width: relative to the ends "
        r"$\prod_{k\le l}\kappa_k$, $\kappa = (1+\rho)/2 + 2v(1-\rho)$ for equal variances and $t=1/2$. "
        r"(4) $W \to \mathrm{diag}(s_*/s)W$, "
        r"$b \to (b-\mu)s_*/s + \mu_*$ gives a unit the mean $\mu_* = (1-t)\mu_a+t\mu_b$ and the deviation "
        r"$s_* = (1-t)s_a+ts_b$."
    ),
    equality=r"identities; $\rho=1$: no collapse; $\rho=-1$, equal variances, $t=1/2$: the variance is 0",
    necessity=(
        r"SHARED: with the statistics of the ends' own features in a deeper layer the formula is too large, since earlier "
        r"collapse is passed on. INDEPENDENT: if lambda of the layers below varies too, the features are not fixed. SYMMETRIC: "
        r"with positive weights and inputs nothing is cut off and $E\,\mathrm{relu}(z)^2 = E\,z^2$; trained networks collapse "
        r"otherwise than the product. VARYING: a unit with $s=0$ cannot be scaled to any other deviation."
    ),
    letters=(
        Letter(t, r"mean of $\lambda$, position on the chord"),
        Letter(v, r"variance of $\lambda$"),
        Letter(s_a, r"deviation over examples of $z_a$, root of the sum of squares over the units"),
        Letter(s_b, r"deviation over examples of $z_b$, likewise"),
        Letter(rho, r"correlation of $z_a$ and $z_b$, from the summed covariance"),
        Letter(stirred, r"$\sum_{ij}\Delta_{ij}^2\,Cv_{jj}$"),
        Letter(norm_a, r"$|W^a_l|$, all entries"),
        Letter(norm_b, r"$|W^b_l|$"),
        Letter(cosine, r"cosine of $W^a_l$ and $W^b_l$"),
        Letter(mu_a, r"mean over examples of a unit at $\theta_a$"),
        Letter(mu_b, r"mean over examples of a unit at $\theta_b$"),
    ),
    assumptions=(
        Assumption("SHARED", "the incoming features of the layer are common to both ends (1, 2)", "by construction"),
        Assumption(
            "INDEPENDENT", r"$\lambda$ of the layer is independent of its incoming features (2)", "by construction of the draw"
        ),
        Assumption(
            "SYMMETRIC",
            "entry pairs keep their law under a change of sign of one of them, with one second moment per layer; independent "
            "layers, no biases (3)",
            "by construction: signs and places of the entries are drawn anew",
        ),
        Assumption("VARYING", r"$s > 10^{-8}$ wherever $s_* > 10^{-8}$ (4)", "by measuring every unit of the combination"),
    ),
    formulas={
        "line": LINE,
        "mixed": LINE + v * stirred,
        "weights_2": WEIGHTS,
        "target_mean": (1 - t) * mu_a + t * mu_b,
        "target_deviation": (1 - t) * s_a + t * s_b,
    },
    steps=(
        Cited(
            r"Given its incoming features, a pre-activation is linear in the weights and the bias of its unit: at $\Theta_m$ it "
            r"is $(1-t)z_a+tz_b$.",
            "architecture: a dense layer (assumption SHARED)",
        ),
        Identity(
            r"The variance of this sum, over three examples.",
            _variance(BETWEEN),
            (1 - t) ** 2 * _variance(A) + t**2 * _variance(B) + 2 * t * (1 - t) * _covariance(A, B),
        ),
        Identity(r"Equal variances, $t=1/2$.", LINE.subs({t: HALF, s_b: s_a}), s_a**2 * (1 + rho) / 2),
        Identity(
            r"Lambda per weight, three inputs of covariance $Cv$: products of different deviations average to 0, and the noise "
            r"meets the diagonal of $Cv$ only.",
            OVER_LAMBDA,
            _form(BETWEEN) + v * STIRRED,
        ),
        Identity(
            r"Vertices, $v=t(1-t)$, and a diagonal $Cv$: the mean of the ends' variances.",
            sp.Add(*(CV[j, j] * (BETWEEN[j] ** 2 + V * CHANGE[j] ** 2) for j in range(3))),
            (1 - t) * sp.Add(*(CV[j, j] * A[j] ** 2 for j in range(3))) + t * sp.Add(*(CV[j, j] * B[j] ** 2 for j in range(3))),
        ),
        Identity(
            r"Two rows of norm $r$ with $\langle a,b\rangle = \rho r^2$ and an isotropic $Cv$: signal $|a+b|^2/4$ over noise "
            r"$|b-a|^2/4$.",
            ((R**2 + R**2 + 2 * rho * R**2) / 4) / ((R**2 + R**2 - 2 * rho * R**2) / 4),
            (1 + rho) / (1 - rho),
        ),
        Identity(
            r"(3): the mean square of a mixed weight over lambda.",
            mean_of(sp.expand(MIXED_WEIGHT**2), XI, {2: v}),
            ((1 - t) ** 2 + v) * A[0] ** 2 + (t**2 + v) * B[0] ** 2 + 2 * (t * (1 - t) - v) * A[0] * B[0],
        ),
        Identity(
            r"Given the features, signs of single entries average the cross terms away: $E(w_1f_1+w_2f_2)^2$ with "
            r"$Ew^2=q_w$.",
            mean_of(sp.expand((XI[0] * F[0] + XI[1] * F[1]) ** 2), XI, {2: Q_W}),
            Q_W * (F[0] ** 2 + F[1] ** 2),
        ),
        Piecewise(
            r"A row with all its signs changed gives $-z$ with the same chance, and one of the two passes the ReLU: half the "
            r"square is left.",
            sp.Eq(sp.Max(Z, 0) ** 2 + sp.Max(-Z, 0) ** 2, Z**2),
        ),
        Cited(
            r"Layer after layer, each independent of those below: $E|z_l|^2 = \frac{q_l}{n_{l-1}}E|f_{l-1}|^2$, since $n_l$ "
            r"units of mean square weight $q_l/(n_ln_{l-1})$ each; $E|f_l|^2 = E|z_l|^2/2$.",
            "conditional expectation, independence (assumption SYMMETRIC)",
        ),
        Identity(
            r"Equal variances of the ends, $t=1/2$: each layer contributes the factor $\kappa$.",
            WEIGHTS.subs({t: HALF, norm_b: norm_a, cosine: rho}) / norm_a**2,
            KAPPA,
        ),
        Identity(r"At vertices $v=1/4$ nothing is lost.", at(KAPPA, {v: sp.Rational(1, 4)}), sp.Integer(1)),
        Identity(
            r"(4): the corrected unit is the new weights and bias applied to the same features.",
            (SPREAD / S) * Z + (BIAS - MU) * SPREAD / S + TARGET,
            ((Z + BIAS) - MU) * SPREAD / S + TARGET,
        ),
        Identity(
            r"Its mean, over three examples, is $\mu_*$ if $\mu$ was the mean ...",
            _mean(CORRECTED).subs(MU, _mean(A)),
            TARGET,
        ),
        Identity(
            r"... and its variance is $s_*^2/s^2$ times the old one, so $s_*^2$.",
            _variance(CORRECTED),
            SPREAD**2 / S**2 * _variance(A),
        ),
        Identity(
            r"The second time it changes nothing: $s=s_*$, $\mu=\mu_*$.", added(times(Z - TARGET, SPREAD, 1 / SPREAD), TARGET), Z
        ),
    ),
    wrong=(
        Identity(
            "The covariance is counted once instead of twice.",
            _variance(BETWEEN),
            (1 - t) ** 2 * _variance(A) + t**2 * _variance(B) + t * (1 - t) * _covariance(A, B),
        ),
        Identity(
            "The noise is said to meet all of $Cv$.",
            OVER_LAMBDA,
            _form(BETWEEN) + v * _form(CHANGE),
        ),
        Piecewise("SYMMETRIC is dropped: the ReLU is said to leave half of every square.", sp.Eq(sp.Max(Z, 0) ** 2, Z**2 / 2)),
    ),
    examples=(
        Cases(
            r"$\rho=2/5$: the midpoint keeps 7/10; three layers keep 0.7, 0.49, 0.343 at the midpoint, 0.8, 0.64, 0.512 for "
            r"uniform lambda, and 1 at vertices.",
            (
                (at(LINE, {t: HALF, s_a: 1, s_b: 1, rho: sp.Rational(2, 5)}), sp.Rational(7, 10)),
                (at(KAPPA**3, {rho: sp.Rational(2, 5), v: 0}), sp.Rational(343, 1000)),
                (at(KAPPA**3, {rho: sp.Rational(2, 5), v: sp.Rational(1, 12)}), sp.Rational(512, 1000)),
                (at(KAPPA**3, {rho: sp.Rational(2, 5), v: sp.Rational(1, 4)}), sp.Integer(1)),
            ),
        ),
        Cases(r"$\rho=-1$: nothing is left at the midpoint.", ((at(LINE, {t: HALF, s_a: 3, s_b: 3, rho: -1}), sp.Integer(0)),)),
    ),
    traps=(
        "With batch normalisation the running statistics of a combination are estimated anew on data, never mixed.",
        r"(2) averages over lambda the variance over examples; do not swap the two.",
        "(3) is about second moments around zero, not about variances.",
        "The statistics of REPAIR come from training data only.",
    ),
)
