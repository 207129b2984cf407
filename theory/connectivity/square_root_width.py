r"""Last two hidden layers of order sqrt(N) and a good read-out of half of the last one suffice for a path."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import (
    R_left,
    R_right,
    depth,
    kappa,
    largest_weight,
    n,
    n_left,
    n_right,
    path_excess,
    path_max,
    q,
    rebuilt,
    residual,
    segment_count,
    target,
)
from theory.unevaluated import added, at, times

CAPACITY = sp.floor((R_left + 1) / 2) * sp.floor(R_right / (2 * kappa))
NEEDED = (2 * kappa + 2) * sp.ceiling(n / R_left)
_K = sp.Symbol("i", integer=True, nonnegative=True)
COVER = sp.Rational(2) ** (1 - n) * sp.Sum(sp.binomial(n - 1, _K), (_K, 0, q))

_X, _Y, _S, _C, _J = sp.symbols("x y s c j", real=True)
_ONE = sp.Integer(1)

# why the read-out stays: least squares on the kept unit of F = [[1,0],[0,1],[0,0]] with intercept, target (1, 2, 0)
_W, _B = sp.symbols("w b", real=True)
_LOSS = ((_W + _B - 1) ** 2 + (_B - 2) ** 2 + _B**2) / 2


def _capacities(*cases: tuple[int, int, int]) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(equal width, kappa, left side of (W1)) as equations."""
    return tuple((at(CAPACITY, {R_left: w // 2, R_right: w // 2, kappa: k}), sp.Integer(c)) for w, k, c in cases)


CLAIM = Claim(
    page=__name__,
    title="Two layers of order the square root of N",
    kind=Kind.EXISTENCE,
    origins=(
        Origin("nguyen2021", "first corollary", "our statement; other constants"),
        Origin("here", note="the constants"),
    ),
    statement=(
        r"ReLU, $L\geq3$ weight layers, $R=\lfloor n_{L-2}/2\rfloor$, $R'=\lfloor n_{L-1}/2\rfloor$, $\kappa=1$ for "
        r"classification with cross-entropy and $\kappa=K$ for squared loss. Let $\lfloor\frac{R+1}{2}\rfloor\lfloor\frac{R'}"
        r"{2\kappa}\rfloor\geq N$ (W1), $R'\geq(2\kappa+2)\lceil N/R\rceil$ (W2), and two units in each layer before. If "
        r"for both endpoints kept features of the layers up to $L-3$ tell targets apart, and half of layer $L-2$ is in general "
        r"position, then a path with at most $4L+1$ segments stays below $\max\{L_a,L_b,\Phi^a_{L-1},\Phi^b_{L-1}\}$, where "
        r"$\Phi_{L-1}$ is the loss of a read-out of half of the last hidden layer. (W1) and (W2) hold for "
        r"$n_{L-2}n_{L-1}\geq16\kappa N$ up to rounding."
    ),
    equality=r"the path's maximum is the larger of the endpoints' losses and the read-outs', so $E=0$ where these are low enough",
    necessity=(
        r"GENERAL: two equal rows with different labels are fitted by no network: cross-entropy is at least $\frac2N\ln2$. "
        r"RELU: the memorisers need its kinks. WIDTHS: here only the construction fails; whether the conclusion can fail is not "
        r"known. The read-out stays because nothing nonlinear is left above the last hidden layer: for features "
        r"$(1,0),(0,1),(0,0)$, weights $(1,2)$ and unit 1 freed, the best squared loss is 1 where it was 0."
    ),
    letters=(
        Letter(n, "number $N$ of examples"),
        Letter(kappa, r"numbers $\kappa$ memorised per example"),
        Letter(n_left, "width $n_{L-2}$"),
        Letter(n_right, "width $n_{L-1}$"),
        Letter(R_left, r"$R=\lfloor n_{L-2}/2\rfloor$"),
        Letter(R_right, r"$R'=\lfloor n_{L-1}/2\rfloor$"),
        Letter(q, "features of a read-out, in Cover's count"),
        Letter(depth, "number $L$ of weight layers"),
        Letter(target, "loss of the worse endpoint"),
        Letter(rebuilt, r"larger of the read-outs' losses $\Phi^e_{L-1}$"),
        Letter(residual, "largest residual of the memorisers"),
        Letter(path_max, "maximum of the path"),
        Letter(path_excess, "its excess $E$"),
        Letter(segment_count, "number of segments"),
        Letter(largest_weight, "largest weight on the path"),
    ),
    assumptions=(
        Assumption("CONVEX", "a loss convex in the outputs, a full-batch mean without weight decay", "by type, declared"),
        Assumption("RELU", "a ReLU network with biases and at least two hidden layers", "by name and structure"),
        Assumption("WIDTHS", "(W1), (W2), and two units in each layer before the last two", "integers"),
        Assumption(
            "DISTINCT",
            "in each layer up to $L-3$ the kept features of examples with different targets are different",
            "gap on a random line; equal rows only where the memoriser's residual shows that their targets agree",
        ),
        Assumption(
            "GENERAL",
            "half of layer $L-2$ is in general position for the grouping used",
            "condition and gap, several kept sets and groupings",
        ),
        Assumption("FLOAT64", "the memorisers carry in float64", r"residual at most $10^{-8}$, at most 225 examples"),
    ),
    steps=(
        Lemma(
            "Layers l <= L-3: one number passes up to L-3, and layers L-2, L-1 memorise.",
            "connectivity/deep_memoriser",
        ),
        Lemma("Layer L-2: layer L-1 memorises.", "connectivity/shallow_memoriser"),
        Identity(
            "Cross-entropy: one number c = y becomes logits s(2kc - k²), which differ from that of class y by s(y-k)² >= s.",
            _S * (2 * _C * _C - _C**2) - _S * (2 * _J * _C - _J**2),
            _S * (_C - _J) ** 2,
        ),
        Lemma("With these margins and s large enough the loss is below the worse endpoint's.", "connectivity/separable_features"),
        Nonnegative(
            "Room in a layer of width n >= 2R: R kept units and at most R fresh ones.",
            n_left - _X - _Y,
            (n_left - 2 * R_left, R_left - _X, R_left - _Y),
            (Square(_ONE, _ONE, (0,)), Square(_ONE, _ONE, (1,)), Square(_ONE, _ONE, (2,))),
        ),
        Lemma("The path of these sub-networks has the maximum of all their losses.", "connectivity/rebuilt_features"),
        Identity("Segments, down to layer 1 and with cleaning.", added(times(4, depth - 1), 5), 4 * depth + 1),
        Identity(
            "Up to rounding (W1) is R R'/(4κ) >= N, with R = n/2: the product of the widths is at least 16 κ N.",
            at(R_left / 2 * (R_right / (2 * kappa)), {R_left: n_left / 2, R_right: n_right / 2}),
            n_left * n_right / (16 * kappa),
        ),
        Identity(
            "and (W2) needs R R' >= (2κ+2) N, that is (8κ+8) N, which is no more.",
            times(4, 2 * kappa + 2, n),
            (8 * kappa + 8) * n,
        ),
        Cited(
            "A random two-class labelling of N points in general position in R^q is separable with probability "
            "2^(1-N) Σ_{k<=q} C(N-1, k): without the read-out condition the construction cannot start.",
            "Cover's function counting theorem",
        ),
    ),
    wrong=(
        Identity(
            "Logits s(2kc - k) in place of s(2kc - k²) differ by s(y-k)².",
            _S * (2 * _C * _C - _C) - _S * (2 * _J * _C - _J),
            _S * (_C - _J) ** 2,
        ),
        Identity(
            "(W1) needs n n' >= 4 κ N only.",
            at(R_left / 2 * (R_right / (2 * kappa)), {R_left: n_left / 2, R_right: n_right / 2}),
            n_left * n_right / (4 * kappa),
        ),
    ),
    examples=(
        Cases(
            "Left side of (W1) at equal widths (n, κ) = (245, 10), (245, 1), (500, 10), (500, 1).",
            _capacities((245, 10, 366), (245, 1, 3721), (500, 10, 1500), (500, 1, 15625)),
        ),
        Cases("Cover at (N, q) = (40, 19) is 1/2.", ((COVER.subs({n: 40, q: 19}), sp.Rational(1, 2)),)),
        Cases(
            "The kept unit alone: the loss is stationary at w = 0, b = 1 and has the value 1 there.",
            (
                (at(sp.Derivative(_LOSS, _W), {_W: 0, _B: 1}), sp.Integer(0)),
                (at(sp.Derivative(_LOSS, _B), {_W: 0, _B: 1}), sp.Integer(0)),
                (at(_LOSS, {_W: 0, _B: 1}), sp.Integer(1)),
            ),
        ),
    ),
    formulas={"capacity": CAPACITY, "needed": NEEDED, "segments": 4 * depth + 1, "cover": COVER},
    traps=(
        r"Width 245 is $\sqrt{60000}$, the order and not the condition: 984 are needed with $\kappa=1$, 3118 with $\kappa=10$.",
        "State N: on a subset of 10,000 images width 500 meets the conditions that it misses on all of them.",
        "Memorisers with a residual above 1e-8 are refused.",
    ),
)
