r"""Under cross-entropy g = E[<pbar - e_y, E> + KL(pbar|p_t) - J]: bounds from E and two sets of probabilities on both sides."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Primitive, Square
from theory.symbols import cost, error_2, gain, high, linear, low, rise, spread, spread_2, tilted
from theory.unevaluated import added, times

GAP = linear + cost - gain
LOWER = linear - gain
TILTED = tilted - gain
RANGED = linear + spread_2 / 8 - gain
NORMED = linear + error_2 / 4 - gain
RISEN = rise - gain

# one class: its probabilities at zbar and z_t, its logits there, and the two normalising constants LSE
p, q, v, w, A, B = sp.symbols("p q v w A B", real=True)
log_p, log_q = v - A, w - B
E, E_y, weight, ratio, log_ratio = sp.symbols("E_k E_y x r log_r", real=True)
mean, square_mean = sp.symbols("mu mu_2", real=True)
s = sp.Symbol("s", real=True)
S, f = sp.Function("S"), sp.Function("f")
VARIANCE = square_mean - mean**2

STEPS = (
    Lemma(
        r"$g=\mathbb E[\langle\bar p-e_y,E\rangle+D_F(z_t,\bar z)-\text{gain}]$ with $F=\mathrm{LSE}$.",
        "barrier/bregman_identity",
    ),
    Identity(
        r"$D_{\mathrm{LSE}}(z_t,\bar z)=\mathrm{KL}(\bar p|p_t)$, class by class: with $\ln\bar p_k=v-A$, $\ln p_k=w-B$ and "
        r"$E_k=w-v$ the classes add up to $B-A-\langle\bar p,E\rangle$, as the probabilities add up to 1.",
        p * (log_p - log_q),
        p * (B - A) - p * (w - v),
    ),
    Cited(r"$\ln r\leq r-1$ for $r=p_k/\bar p_k$.", "the logarithm lies below its tangent at 1"),
    Nonnegative(
        r"So each class gives $\bar p_k\ln(\bar p_k/p_k)\geq\bar p_k-p_k$; summed, $\mathrm{KL}\geq 0$. "
        r"All terms of $J$ are KL, too.",
        -p * log_ratio - (p - p * ratio),
        (p, ratio - 1 - log_ratio),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Nonnegative(r"Dropping the curvature cost gives the lower bound.", GAP - LOWER, (cost,), (Square(ONE, ONE, (0,)),)),
    Identity(
        r"(i) Class by class $\mathrm{KL}(\bar p|p_t)+\mathrm{KL}(p_t|\bar p)$ adds up to $\langle p_t-\bar p,E\rangle$ ...",
        p * (log_p - log_q) + q * (log_q - log_p),
        (q - p) * (w - v) - (q - p) * (B - A),
    ),
    Nonnegative(
        r"... so $\langle p_t-e_y,E\rangle$ exceeds linearisation error and cost by $\mathrm{KL}(p_t|\bar p)\geq 0$.",
        TILTED - GAP,
        (tilted - linear - cost,),
        (Square(ONE, ONE, (0,)),),
    ),
    Identity(
        r"(ii) Let $S(s)=\sum_k\bar p_ke^{sE_k}$ and $f=\ln S$. Its second derivative is the variance $\mu_2-\mu^2$ of $E$ under "
        r"the tilted probabilities, with $\mu=S'/S$ and $\mu_2=S''/S$.",
        sp.Derivative(sp.log(S(s)), (s, 2)),
        S(s).diff(s, 2) / S(s) - (S(s).diff(s) / S(s)) ** 2,
    ),
    Nonnegative(
        r"Each class lies between the extremes: $(\text{high}-E_k)(E_k-\text{low})\geq 0$ ...",
        (high + low) * E - high * low - E**2,
        (high - E, E - low),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Cited(
        r"... and averaged, $\mu_2\leq(\text{high}+\text{low})\mu-\text{high}\cdot\text{low}$.", "monotonicity of a weighted mean"
    ),
    Nonnegative(
        r"Hence the variance is at most a quarter of the squared range.",
        (high - low) ** 2 / 4 - VARIANCE,
        ((high + low) * mean - high * low - square_mean,),
        (Square(ONE, ONE, (0,)), Square(ONE, mean - (high + low) / 2)),
    ),
    Primitive(
        r"The curvature cost $\mathrm{LSE}(\bar z+E)-\mathrm{LSE}(\bar z)-\langle\bar p,E\rangle=f(1)-f(0)-f'(0)$ "
        r"is an integral of it ...",
        (1 - s) * f(s).diff(s) + f(s),
        s,
        (1 - s) * f(s).diff(s, 2),
        (sp.Integer(0), ONE),
        f(1) - f(0) - f(s).diff(s).subs(s, 0),
    ),
    Primitive(
        r"... so it is at most $\mathrm{range}(E)^2/8$.",
        -((1 - s) ** 2) / 2 * spread_2 / 4,
        s,
        (1 - s) * spread_2 / 4,
        (sp.Integer(0), ONE),
        spread_2 / 8,
    ),
    Cited(r"A smaller integrand has a smaller integral, since $1-s\geq 0$.", "monotonicity of the integral"),
    Nonnegative(
        r"$\mathrm{range}(E)^2\leq 2|E|^2$: bound (ii) beats the form with $|E|^2/4$.",
        2 * (high**2 + low**2) - (high - low) ** 2,
        (),
        (Square(ONE, high + low),),
    ),
    Identity(
        r"(iii) Linearisation error and cost are together $\mathrm{LSE}(z_t)-\mathrm{LSE}(\bar z)-E_y$.",
        added(mean - E_y, B - A - mean),
        B - A - E_y,
    ),
    Nonnegative(
        r"With $x=e^{\bar z_k}$, $r=e^{E_k}$: $xr\leq x\,e^{\max E}$ in each class ...",
        weight * (high - ratio),
        (weight, high - ratio),
        (Square(ONE, ONE, (0, 1)),),
    ),
    Cited(r"... so $\mathrm{LSE}(\bar z+E)\leq\mathrm{LSE}(\bar z)+\max_kE_k$.", "the logarithm is increasing"),
    Nonnegative(
        r"$\max_kE_k-E_y-J\leq\mathrm{range}(E)$, as $E_y\geq\min_kE_k$ and $J\geq 0$.",
        (high - low) - (high - E_y - gain),
        (E_y - low, gain),
        (Square(ONE, ONE, (0,)), Square(ONE, ONE, (1,))),
    ),
)

WRONG = (
    Identity(
        r"The arguments of KL are exchanged: $D_{\mathrm{LSE}}(z_t,\bar z)=\mathrm{KL}(p_t|\bar p)$.",
        q * (log_q - log_p),
        p * (B - A) - p * (w - v),
    ),
    Nonnegative(
        r"The variance is said to be at most an eighth of the squared range.",
        (high - low) ** 2 / 8 - VARIANCE,
        ((high + low) * mean - high * low - square_mean,),
    ),
    Nonnegative(r"$J$ is dropped from the lower bound.", GAP - linear, (cost, gain)),
)

LSE_ENDS, LSE_HERE, LN2 = sp.log(sp.exp(2) + 1), sp.log(1 + sp.E), sp.log(2)
BOTH_ENDS = LSE_ENDS - 1 - LN2  # KL of (1/2, 1/2) from softmax(2, 0), and by symmetry from softmax(0, 2)
EXAMPLES = (
    Cases(
        r"$y=0$, $z_a=(2,0)$, $z_b=(0,2)$, $z_{1/2}=(0,1)$: $\bar z=(1,1)$ and $E=(-1,0)$, so the linearisation error is $1/2$, "
        r"the cost $\ln(1+e)-\ln 2-\frac{1}{2}$, $J=\ln(e^2+1)-1-\ln 2$, and the gap their sum.",
        (
            (added(LSE_HERE, times(-HALF, LSE_ENDS - 2), times(-HALF, LSE_ENDS)), added(HALF, LSE_HERE - LN2 - HALF, -BOTH_ENDS)),
            (added(times(HALF, -LN2 - (2 - LSE_ENDS)), times(HALF, -LN2 - (0 - LSE_ENDS))), BOTH_ENDS),
        ),
    ),
    Cases(
        r"There bound (ii) is $\frac{1}{2}+\frac{1}{8}-J$ and bound (iii) $1-J$, with range 1.",
        (
            (sp.Subs(RANGED, (linear, spread_2), (HALF, 1)), sp.Rational(5, 8) - gain),
            (sp.Subs(RISEN, rise, 1), 1 - gain),
        ),
    ),
    Cases(
        r"$J$ is needed in the lower bound: with $E=0$ the gap is $-J=\ln 2+1-\ln(e^2+1)=-0.433781$.",
        ((added(LN2, times(-HALF, LSE_ENDS - 2), times(-HALF, LSE_ENDS)), -BOTH_ENDS),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The gap under cross-entropy: KL form and range bounds",
    kind=Kind.TWO_SIDED,
    origins=(Origin("bae2026", note="the KL form"), Origin("here", note="the bounds")),
    statement=(
        r"Let $\bar p=\mathrm{softmax}(\bar z_t)$, $p_t=\mathrm{softmax}(z_t)$ and "
        r"$J=(1-t)\mathrm{KL}(\bar p|p_a)+t\,\mathrm{KL}(\bar p|p_b)$. Under cross-entropy, for every network, "
        r"$g(t)=\mathbb E[\langle\bar p-e_y,E\rangle+\mathrm{KL}(\bar p|p_t)-J]$, hence "
        r"$g\geq\mathbb E[\langle\bar p-e_y,E\rangle-J]$ and $g$ is at most each of (i) $\mathbb E[\langle p_t-e_y,E\rangle-J]$, "
        r"(ii) $\mathbb E[\langle\bar p-e_y,E\rangle+\frac{1}{8}\mathrm{range}(E)^2-J]$, (iii) "
        r"$\mathbb E[\max_kE_k-E_y-J]\leq\mathbb E[\mathrm{range}(E)]$, where $\mathrm{range}(E)=\max_kE_k-\min_kE_k$."
    ),
    equality=r"lower bound and (i) to (iii): $E$ a multiple of the all-ones vector, which changes no probability",
    necessity=(
        r"CROSS_ENTROPY: the squared loss has another $F$, and the bounds fail. $J$ cannot be dropped from the lower bound: "
        r"$E=0$, $z_a=(2,0)$, $z_b=(0,2)$ gives $g(1/2)=-0.4338$."
    ),
    letters=(
        Letter(linear, r"linearisation error, the mean of $\langle\bar p-e_y,E\rangle$"),
        Letter(cost, r"curvature cost, the mean of $\mathrm{KL}(\bar p|p_t)$"),
        Letter(gain, r"ensemble gain $J$, the mean of $(1-t)\mathrm{KL}(\bar p|p_a)+t\,\mathrm{KL}(\bar p|p_b)$"),
        Letter(tilted, r"mean of $\langle p_t-e_y,E\rangle$"),
        Letter(rise, r"mean of $\max_kE_k-E_y$"),
        Letter(spread, r"mean of $\mathrm{range}(E)$"),
        Letter(spread_2, r"mean of $\mathrm{range}(E)^2$"),
        Letter(error_2, r"mean of $|E|^2$"),
    ),
    assumptions=(
        Assumption(
            "CROSS_ENTROPY",
            r"the loss is the mean of $\mathrm{LSE}(z)-z_y$ in nats; for soft labels $e_y$ is the label vector",
            "by type; class weights and label smoothing change the loss",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "gap": GAP,
        "lower": LOWER,
        "tilted": TILTED,
        "ranged": RANGED,
        "risen": RISEN,
        "loose": spread,
        "normed": NORMED,
    },
    kernel=("curvature_cost_is_kl", "kl_nonnegative", "cross_entropy_gap", "cross_entropy_lower", "cross_entropy_risen"),
    traps=(
        r"In $\mathrm{KL}(\bar p|p_t)$ the averaged output comes first; all logarithms are natural.",
        r"Compute $\ln p$ as $z-\mathrm{LSE}(z)$ with the largest logit taken out, never as the logarithm of a softmax.",
    ),
)
