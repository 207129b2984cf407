r"""Linearly separable kept features: K free units per later layer suffice for a path with excess E = 0 exactly."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Piecewise
from theory.symbols import (
    classes,
    depth,
    drift,
    largest_weight,
    margin,
    path_excess,
    rebuilt,
    scale,
    segment_count,
    spare,
    target,
)
from theory.unevaluated import added, at, times

SCALE = sp.log((classes - 1) / (sp.exp(target) - 1)) / margin
REBUILT = sp.log(1 + (classes - 1) * sp.exp(-scale * margin))

_U, _Z, _OFFSET = sp.symbols("u z offset", real=True)
_U0, _SLOPE, _SHRINK, _SIGMA0 = sp.symbols("u_0 alpha eta sigma_0", real=True)
_WIDTH, _KEPT, _WIDEST, _FIRST = sp.symbols("n k n_1 k_1", real=True)
_HIDDEN = _SIGMA0 + _SLOPE * _SHRINK * _Z  # sigma(u_0 + eta z) on the affine piece
_E, _E_G = sp.symbols("e e_g", real=True)
_HALF, _THIRD, _TWO_THIRDS = sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(2, 3)

CLAIM = Claim(
    page=__name__,
    title="Separable features: almost no spare width",
    kind=Kind.EXISTENCE,
    origins=(
        Origin("nguyen2021", "second corollary"),
        Origin("here", note="the exact form with excess 0"),
    ),
    statement=(
        r"Cross-entropy, $K$ classes, an activation with an affine piece of slope $\alpha\neq0$. If for both endpoints and "
        r"$l=1,\dots,L-1$ the kept features $F_l[:,I_l]$ are linearly separable into their classes, $|I_1|\leq\lfloor "
        r"n_1/2\rfloor$, and $|I_l|\leq n_l-K$, $n_l\geq2K$ for $l\geq2$, then a path joins the endpoints whose loss never "
        r"exceeds that of the worse one: $E=0$, with at most $4L-1$ segments ($4L+1$ with cleaning). A read-out with margin "
        r"$g$, scaled by $s\geq\frac1g\ln\frac{K-1}{e^\ell-1}$, has loss at most $\ell=\max(L_a,L_b)$."
    ),
    equality=(
        r"$E=0$: the maximum is the loss of the worse endpoint. The rebuilt loss meets $\ln(1+(K-1)e^{-sg})$ when all margins "
        r"are equal: two examples of two classes"
    ),
    necessity=(
        r"SEPARABLE: one kept feature with values $0,1,2$ and labels $0,1,0$: no separator, and every read-out has "
        r"cross-entropy at least $\frac23\ln\frac32+\frac13\ln3=0.636514$, above any smaller endpoint loss. ROOM: one hidden "
        r"unit, $x=\pm1$, two classes: the incoming weight has to change its sign, and where it is 0 the loss is at least "
        r"$\ln2$. Whether separability itself is needed for connectivity is not known."
    ),
    letters=(
        Letter(classes, "number $K$ of classes"),
        Letter(target, r"loss $\ell$ of the worse endpoint"),
        Letter(margin, r"margin $g$: the smallest $z_y-z_k$ of the separators, largest entry 1 on standardised features"),
        Letter(scale, "factor $s\\geq1$ of the read-out"),
        Letter(depth, "number $L$ of weight layers"),
        Letter(rebuilt, r"largest loss $\Phi^e_l$ after a swap"),
        Letter(path_excess, "excess $E$ of the path that was built"),
        Letter(segment_count, "number of segments"),
        Letter(drift, "largest relative drift of the outputs on constant segments"),
        Letter(largest_weight, "largest absolute weight on the path; grows like $1/g$"),
        Letter(spare, "units to spare in the tightest room inequality"),
    ),
    assumptions=(
        Assumption("CE", "the loss is cross-entropy", "by type"),
        Assumption("LAYERS", "a plain feed-forward network of dense layers or convolutions with biases", "structural"),
        Assumption(
            "AFFINE", "the activation is affine on an interval, with nonzero slope", "by name: relu, leaky_relu, hard_tanh"
        ),
        Assumption(
            "SEPARABLE",
            "the kept features of layers 1..L-1 are linearly separable for both endpoints",
            "a read-out without errors whose margin is evaluated again; against: probabilities that meet the moment condition",
        ),
        Assumption(
            "ROOM", r"the widths leave room: $2|I_1|\leq n_1$, $|I_l|+K\leq n_l$ and $2K\leq n_l$ for $l\geq2$", "integers"
        ),
    ),
    steps=(
        Piecewise("ReLU is the identity on arguments >= 1.", sp.Eq(sp.Max(0, _U), _U), (sp.Ge(_U, 1),)),
        Identity(
            "So logits with an offset pass all layers above, and the output layer takes the offset back: the result is s z.",
            scale * (_Z + _OFFSET) - scale * _OFFSET,
            scale * _Z,
        ),
        Identity(
            "General activation, affine around u_0: the next layer repeats the pre-activation u_0 + η z.",
            at(_U0 + (_U - _SIGMA0) / _SLOPE, {_U: _HIDDEN}),
            _U0 + _SHRINK * _Z,
        ),
        Identity(
            "and the output layer undoes both: the result is s z.",
            at(scale * (_U - _SIGMA0) / (_SLOPE * _SHRINK), {_U: _HIDDEN}),
            scale * _Z,
        ),
        Cited(
            "With all margins at least g, each of the K-1 terms of the loss log(1 + Σ exp(-s m_k)) is at most exp(-s g).",
            "exp and log are increasing",
        ),
        Identity(
            "At s = ln((K-1)/(e^ℓ-1))/g that bound is ℓ.",
            sp.exp(at(REBUILT, {scale: SCALE})),
            sp.exp(target),
        ),
        Cited(
            "For small ℓ the larger scale ln((K-1)/ℓ)/g is used, which loses no digits.",
            "e^ℓ - 1 >= ℓ, and the bound decreases with s",
        ),
        Piecewise(
            "Room, with K units in every fresh layer: k <= n - K and n >= 2K give (R1), k + K <= n, and (R2) and (R3), "
            "K + K <= n; in layer 1 two halves fit, (R3).",
            sp.And(sp.Le(_KEPT + classes, _WIDTH), sp.Le(classes + classes, _WIDTH), sp.Le(_FIRST + _FIRST, _WIDEST)),
            (sp.Le(_KEPT, _WIDTH - classes), sp.Ge(_WIDTH, 2 * classes), sp.Le(_FIRST, _WIDEST / 2)),
        ),
        Identity("Segments, down to layer 1 and with cleaning.", added(times(4, depth - 1), 5), 4 * depth + 1),
        Lemma(
            "The path of these sub-networks has the maximum max(L_a, L_b, Φ) with every Φ <= max(L_a, L_b).",
            "connectivity/rebuilt_features",
        ),
    ),
    wrong=(
        Piecewise("Without the offset: ReLU is the identity.", sp.Eq(sp.Max(0, _U), _U)),
        Piecewise(
            "Room for one fresh network only: n >= K is said to give K + K <= n.",
            sp.Le(classes + classes, _WIDTH),
            (sp.Ge(_WIDTH, classes), sp.Ge(classes, 1)),
        ),
        Identity(
            "At s = ln(K/(e^ℓ-1))/g the bound is ℓ.",
            1 + (classes - 1) * sp.exp(-sp.log(classes / (sp.exp(target) - 1))),
            sp.exp(target),
        ),
    ),
    examples=(
        Cases(
            "Feature 0, 1, 2 with labels 0, 1, 0: p = (2/3, 1/3) meets the moment condition for weight and bias of class 1.",
            (
                (added(times(_THIRD, 0), times(_THIRD - 1, 1), times(_THIRD, 2)), sp.Integer(0)),
                (added(_THIRD, _THIRD - 1, _THIRD), sp.Integer(0)),
                (added(times(_TWO_THIRDS, sp.log(3) - sp.log(2)), _THIRD * sp.log(3)), sp.log(3) - _TWO_THIRDS * sp.log(2)),
            ),
        ),
    ),
    formulas={
        "excess": sp.Integer(0),
        "scale": SCALE,
        "scale_of_small_target": sp.log((classes - 1) / target) / margin,
        "rebuilt": REBUILT,
        "segments": 4 * depth + 1,
    },
    traps=(
        r"Output weights grow like $1/g$: norms are reported.",
        "Standardise before the linear program; its rows are N(K-1).",
        "On 100 examples everything is separable: use the full training set.",
    ),
)
