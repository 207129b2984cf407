r"""Where the output error is born: E_l = e_{l-1} W_t^T - t(1-t) ΔF_{l-1} ΔW_l^T in each layer, and gates that change sign."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Piecewise, Step
from theory.symbols import c, commuted, gated, t
from theory.unevaluated import added, times

UPPER = commuted + gated

# one entry of a layer: weight, feature and bias at both ends, and the error of the feature at t
w_a, w_b, f_a, f_b, b_a, b_b, e, E = sp.symbols("w_a w_b f_a f_b b_a b_b e E", real=True)
z_a, z_b, u, v = sp.symbols("z_a z_b u v", real=True)
activation = sp.Function("sigma")
# norms of three layers: |W_l|_2, the commutator part c_l = t(1-t)|Delta F Delta W^T| and the gate part A_l
W_2, W_3, c_2, c_3, A_1, A_2 = sp.symbols("W_2 W_3 c_2 c_3 A_1 A_2", real=True)


def _between(start: sp.Expr, end: sp.Expr) -> sp.Expr:
    return (1 - t) * start + t * end


def _ramp(of: sp.Expr) -> sp.Expr:
    return sp.Max(0, of)


MEAN = _between(z_a, z_b)
DEFECT = _ramp(MEAN) - _between(_ramp(z_a), _ramp(z_b))
CHORD = (t >= 0, t <= 1)
LAYER = _between(w_a, w_b) * (_between(f_a, f_b) + e) + _between(b_a, b_b)
MEAN_LAYER = _between(w_a * f_a + b_a, w_b * f_b + b_b)

STEPS: tuple[Step, ...] = (
    Identity(
        r"One weight and one feature; every entry of $F_{l-1}W_l^T$ is a sum of such terms: "
        r"$W_t\bar F=(1-t)W_aF_a+tW_bF_b-t(1-t)\,\Delta W\Delta F$.",
        _between(w_a, w_b) * _between(f_a, f_b),
        _between(w_a * f_a, w_b * f_b) - t * (1 - t) * (w_b - w_a) * (f_b - f_a),
    ),
    Identity(
        r"With the error $e$ that the feature already has, and biases, which drop out: "
        r"$E_l=e_{l-1}W_t^T-t(1-t)\,\Delta F_{l-1}\Delta W_l^T$.",
        LAYER - MEAN_LAYER,
        e * _between(w_a, w_b) - t * (1 - t) * (f_b - f_a) * (w_b - w_a),
    ),
    Identity(
        r"Through the activation: $e_l$ is the change that $E_l$ makes, plus the defect $A_l=\sigma(\bar Z)-(1-t)F_a-tF_b$, for "
        r"any $\sigma$.",
        activation(MEAN + E) - _between(activation(z_a), activation(z_b)),
        added(activation(MEAN + E) - activation(MEAN), activation(MEAN) - _between(activation(z_a), activation(z_b))),
    ),
    Piecewise(
        r"ReLU defect, both pre-activations positive: none.",
        sp.Eq(DEFECT, 0, evaluate=False),
        (z_a >= 0, z_b >= 0, *CHORD),
    ),
    Piecewise(r"Both negative: none.", sp.Eq(DEFECT, 0, evaluate=False), (z_a <= 0, z_b <= 0, *CHORD)),
    Piecewise(
        r"Negative and then positive: $A=-\min\left((1-t)|z_a|,t|z_b|\right)$.",
        sp.Eq(DEFECT, -sp.Min(-(1 - t) * z_a, t * z_b), evaluate=False),
        (z_a <= 0, z_b >= 0, *CHORD),
    ),
    Piecewise(
        r"Positive and then negative: the same.",
        sp.Eq(DEFECT, -sp.Min((1 - t) * z_a, -t * z_b), evaluate=False),
        (z_a >= 0, z_b <= 0, *CHORD),
    ),
    Piecewise(
        r"A leaky ReLU, $\max(u,cu)$ with $c\leq 1$, is $cu$ plus $1-c$ times the ReLU, and so is its defect $1-c$ times that.",
        sp.Eq(sp.Max(u, c * u), c * u + (1 - c) * _ramp(u), evaluate=False),
        (c <= 1,),
    ),
    Piecewise(
        r"LIPSCHITZ for the ReLU: $|\sigma(u)-\sigma(v)|\leq|u-v|$.",
        sp.Le(sp.Abs(_ramp(u) - _ramp(v)), sp.Abs(u - v), evaluate=False),
    ),
    Cited(
        r"So $|e_l|\leq|E_l|+|A_l|$ and $|E_l|\leq|W_{t,l}|_2\,|e_{l-1}|+t(1-t)|\Delta F_{l-1}\Delta W_l^T|$, with $e_0=0$ and "
        r"$\Delta F_0=0$.",
        "triangle inequality; the spectral norm bounds what a matrix does to a vector",
    ),
    Identity(
        r"Unrolled for three layers: $c_l$ and $A_l$ each times the norms of the layers above it.",
        W_3 * ((W_2 * A_1 + c_2) + A_2) + c_3,
        (c_3 + W_3 * c_2) + (W_3 * W_2 * A_1 + W_3 * A_2),
    ),
    Cited(r"In the same way for every number of layers.", "induction over the layers"),
    Identity(
        r"Two linear layers: no defects, so $E=-t(1-t)\,X\Delta W^T\Delta V^T$, here for one unit.",
        _between(w_a, w_b) * _between(f_a, f_b) - _between(w_a * f_a, w_b * f_b),
        -t * (1 - t) * (f_b - f_a) * (w_b - w_a),
    ),
    Lemma(
        r"All products zero and no gate changes: $E_L=0$, so there is no barrier for any convex loss.", "barrier/bregman_identity"
    ),
)

WRONG: tuple[Step, ...] = (
    Identity(
        r"The error is passed on by $W_a$ instead of $W_t$.",
        LAYER - MEAN_LAYER,
        e * w_a - t * (1 - t) * (f_b - f_a) * (w_b - w_a),
    ),
    Identity(
        r"The product of the differences enters without $t(1-t)$.",
        LAYER - MEAN_LAYER,
        e * _between(w_a, w_b) - (f_b - f_a) * (w_b - w_a),
    ),
    Piecewise(
        r"Gates that change are forgotten: the ReLU is said to have no defect.",
        sp.Eq(DEFECT, 0, evaluate=False),
        (z_a <= 0, z_b >= 0, *CHORD),
    ),
    Piecewise(
        r"LIPSCHITZ is dropped: twice the ReLU is said to stretch nothing.",
        sp.Le(sp.Abs(2 * _ramp(u) - 2 * _ramp(v)), sp.Abs(u - v), evaluate=False),
    ),
)

FOLD = -sp.Min(HALF * sp.Abs(z_a), HALF * sp.Abs(z_b))
EXAMPLES = (
    Identity(
        r"$(w_1,w_2)$ from $(1,1)$ to $(2,\frac{1}{2})$, $x=1$: $\Delta W\Delta F=-\frac{1}{2}$ and $E=\frac{1}{2}t(1-t)$.",
        (1 + t) * (1 - t / 2) - 1,
        -t * (1 - t) * (HALF - 1) * (2 - 1),
    ),
    Cases(
        r"Gate part: the fold net at $x=1$ has $z=(1,-1)$ and then $(-1,1)$, and $\Delta W_2=0$; both units have "
        r"$A=-\frac{1}{2}$, so $E(\frac{1}{2})=-1$; the bound is $\sqrt 2\cdot\frac{1}{\sqrt 2}=1$.",
        (
            (sp.Subs(FOLD, (z_a, z_b), (1, -1)) + sp.Subs(FOLD, (z_a, z_b), (-1, 1)), sp.Integer(-1)),
            (times(sp.sqrt(2), sp.sqrt(HALF**2 + HALF**2)), sp.Integer(1)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Where output error is born",
    kind=Kind.UPPER,
    origins=(
        Origin("zhou2023", "Theorem 1", "the condition that the products vanish, with weak additivity of ReLU"),
        Origin("here", note="the recursion and the bound"),
    ),
    statement=(
        r"Let $e_l=F_l(\theta_t)-(1-t)F_l^a-tF_l^b$ be the error of the features of layer $l$, and $E_l$ that of its "
        r"pre-activations. Exactly $E_l=e_{l-1}W_{t,l}^T-t(1-t)\,\Delta F_{l-1}\Delta W_l^T$ with $\Delta F_0=0$. With the "
        r"defect $A_l=\sigma(\bar Z_l)-(1-t)F_l^a-tF_l^b$, which for ReLU is $-\min\left((1-t)|z_a|,t|z_b|\right)$ where "
        r"$z_az_b<0$ and 0 elsewhere, and an activation that stretches nothing, "
        r"$|E_L|\leq\sum_{l\geq 2}\left(\prod_{k>l}|W_{t,k}|_2\right)t(1-t)|\Delta F_{l-1}\Delta W_l^T|$ "
        r"$+\sum_{l<L}\left(\prod_{k>l}|W_{t,k}|_2\right)|A_l|$. If no gate changes and all products "
        r"vanish, the outputs are linear along the chord and no convex loss has a barrier."
    ),
    equality=(
        r"two linear layers with one output: $(1,1)$ to $(2,\frac{1}{2})$ has $|E|=\frac{1}{2}t(1-t)$; the fold net meets the "
        r"gate part, $|E(\frac{1}{2})|=1$"
    ),
    necessity=(
        r"LIPSCHITZ: the GELU has slopes up to 1.13, and three layers with $\Delta W_2=\Delta W_3=0$ can pass on more than its "
        r"first defect. The gate part: the fold net has all products 0, yet $E(\frac{1}{2})=-1$."
    ),
    letters=(
        Letter(commuted, r"sum of the parts $\left(\prod_{k>l}|W_{t,k}|_2\right)t(1-t)|\Delta F_{l-1}\Delta W_l^T|$"),
        Letter(gated, r"sum of the parts $\left(\prod_{k>l}|W_{t,k}|_2\right)|A_l|$"),
        Letter(t, "position on the chord"),
    ),
    assumptions=(
        Assumption("FEED_FORWARD", "affine layers with one element-wise activation between them", "the architecture"),
        Assumption("LIPSCHITZ", r"$|\sigma(u)-\sigma(v)|\leq|u-v|$", "the type of the activation"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"upper": UPPER},
    traps=(
        r"The norms are those of $W_t$, not of $W_a$.",
        "The bound holds position by position: for the whole chord take its largest value.",
        "Norms multiply up: with four layers the bound is often ten times the error.",
    ),
)
