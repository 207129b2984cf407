r"""On a path of constant-output (C) and output-layer-only (O) segments: max L = max over the waypoints, always with equality."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import Network, handed_over, layer, output, vector, zeroed
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import drift, path_max, segment_count, t
from theory.unevaluated import at, times

_NET = Network()
_Z, _V, _Y = vector("z", 3), vector("v", 3), vector("y", 2)
_P = vector("p", 3)
_EPS = sp.Symbol("epsilon", real=True)
_PAIRS = ((0, 1), (0, 2), (1, 2))
_SUM = sp.Add(*(sp.exp(z) for z in _Z))
_LOGSUM = sp.log(sp.Add(*(sp.exp(z + _EPS * v) for z, v in zip(_Z, _V, strict=True))))
_CURVATURE = sp.Add(*(sp.exp(_Z[i] + _Z[j]) * (_V[i] - _V[j]) ** 2 for i, j in _PAIRS)) / _SUM**2
_A, _B, _TOP = sp.symbols("A B M_ab", real=True)

# an output layer that moves from (w, d) to (w', d') over fixed features
_F, _W0, _W1 = vector("f", 2), vector("w", 2), vector("w'", 2)
_D0, _D1 = sp.symbols("d d'", real=True)


def _affine(w: sp.Matrix, d: sp.Expr) -> sp.Expr:
    return sp.Add(w.dot(_F), d)


# units 2 and 3 of layer 1 and unit 3 of layer 2 change or read what changes; the letters in _SILENT are the tested zeros
_MOVING = sp.Matrix(_NET.U) + t * sp.Matrix(4, 2, lambda i, j: sp.Symbol(f"R_{i}{j}", real=True) if i >= 2 else sp.Integer(0))
_OUT_C = output(_NET.w, _NET.d, layer(_NET.V, _NET.c, _NET.features(_MOVING)))
_SILENT = (*(_NET.V[i, j] for i in (0, 1, 2) for j in (2, 3)), _NET.w[0, 3])
_UNTESTED = tuple(letter for letter in _SILENT if letter != _NET.V[0, 2])

# folding: unit 3 is a copy of unit 1, and hands its outgoing column over
_TWIN = sp.Matrix(_NET.U)
_TWIN[3, :] = _TWIN[1, :]
_TWIN_BIAS = sp.Matrix(_NET.b)
_TWIN_BIAS[3] = _TWIN_BIAS[1]
_OUT_T = output(_NET.w, _NET.d, layer(handed_over(_NET.V, 1, 3, t), _NET.c, _NET.features(_TWIN, _TWIN_BIAS)))

_LEVEL = (_Z[0] ** 2 - 1) ** 2

CLAIM = Claim(
    page=__name__,
    title="The maximum of a typed path lies at a waypoint",
    kind=Kind.IDENTITY,
    origins=(
        Origin("kuditipudi2019", note="the mechanism"),
        Origin("nguyen2021", note="the mechanism"),
        Origin("here", note="the three tests and the exact maximum"),
    ),
    statement=(
        r"Let a polygonal path have segments of two types: (C) the outputs $Z$ are constant, (O) only $(W_L,b_L)$ moves. If the "
        r"loss is convex in $Z$, then $\max_\gamma L=\max_{\mathrm{waypoints}}L$. On a C segment the network function is "
        r"constant on every input, so the same holds for the test loss with its own maximum. For the 0-1 error on an O segment "
        r"an example that is wrong at $t$ is wrong at one of the ends, so "
        r"$\mathrm{error}(t)\leq\mathrm{error}(0)+\mathrm{error}(1)$, and nothing better holds."
    ),
    equality=(
        r"always an equality for the loss; the error bound is met by two examples with margins $(-3,1)$ and $(1,-3)$ at the "
        r"ends: error $1/2$ at both ends, $1$ in the middle, cross-entropy $1.680925$ and $1.313262$"
    ),
    necessity=(
        r"CONVEX: $\Psi(z)=(z^2-1)^2$ with the output layer from $z=1$ to $z=-1$: 0 at both waypoints, 1 in the middle. TYPED: a "
        r"chord of two different networks has no type: waypoint maximum 0 and maximum $5/128$ in the exact instance of "
        r"`rebuilt_features`."
    ),
    letters=(
        Letter(path_max, "largest loss over the waypoints"),
        Letter(segment_count, "number of segments, each with a type"),
        Letter(drift, r"$\max|Z(t)-Z(0)|/\max(1,|Z(0)|)$ over the constant segments: rounding only"),
    ),
    assumptions=(
        Assumption("CONVEX", "the loss is convex in the outputs", "cross-entropy and squared loss: by type"),
        Assumption("FULL", "the loss is a deterministic mean over all examples, without weight decay or noise", "declared"),
        Assumption(
            "TYPED",
            "every segment has a type: O, C by the influence test, or T (C by the folding test)",
            "comparisons bit by bit: what moves, what reads what moves, and what is the same network once copies are folded",
        ),
    ),
    steps=(
        Identity(
            "Type O: with fixed features and an output layer on a straight line, the outputs are affine in t.",
            _affine((1 - t) * sp.Matrix(_W0) + t * sp.Matrix(_W1), (1 - t) * _D0 + t * _D1),
            (1 - t) * _affine(sp.Matrix(_W0), _D0) + t * _affine(sp.Matrix(_W1), _D1),
        ),
        Identity(
            "Cross-entropy (three classes shown): the second derivative of log-sum-exp along any direction v is a sum of "
            "squares.",
            sp.Subs(sp.Derivative(_LOGSUM, (_EPS, 2)), _EPS, 0),
            _CURVATURE,
        ),
        Nonnegative(
            "Its numerator is not negative, since p = exp(z) is not.",
            sp.Add(*(_P[i] * _P[j] * (_V[i] - _V[j]) ** 2 for i, j in _PAIRS)),
            tuple(_P),
            tuple(Square(sp.Integer(1), _V[i] - _V[j], (i, j)) for i, j in _PAIRS),
        ),
        Identity(
            "Squared loss (two outputs shown): the second derivative along the segment is the squared distance of the outputs.",
            sp.Derivative(
                sp.Add(*((_Z[k] + t * (_V[k] - _Z[k]) - _Y[k]) ** 2 for k in (0, 1))) / 2,
                (t, 2),
            ),
            sp.Add(*((_V[k] - _Z[k]) ** 2 for k in (0, 1))),
        ),
        Cited(
            "So the loss along an O segment lies below the line between its ends.",
            "a twice differentiable function with second derivative >= 0 is convex, and lies below its chord",
        ),
        Nonnegative(
            "A line between two numbers stays below the larger one, M.",
            _TOP - (1 - t) * _A - t * _B,
            (t, 1 - t, _TOP - _A, _TOP - _B),
            (Square(sp.Integer(1), sp.Integer(1), (1, 2)), Square(sp.Integer(1), sp.Integer(1), (0, 3))),
        ),
        Identity(
            "Type C, influence test: units 2 and 3 of layer 1 move, unit 3 of layer 2 reads them, the other units do not, the "
            "output does not read unit 3; then the output does not depend on t, whatever the activation.",
            zeroed(sp.Derivative(_OUT_C, t), _SILENT),
            sp.Integer(0),
        ),
        Identity(
            "Type T, folding test: unit 3 is a copy of unit 1; while 1 hands its outgoing column to 3, the output stays.",
            sp.Derivative(_OUT_T, t),
            sp.Integer(0),
        ),
        Nonnegative(
            "0-1 error on an O segment: margins a, b >= 0 at the ends give a margin >= 0 in between.",
            (1 - t) * _A + t * _B,
            (t, 1 - t, _A, _B),
            (Square(sp.Integer(1), sp.Integer(1), (1, 2)), Square(sp.Integer(1), sp.Integer(1), (0, 3))),
        ),
        Cited("The path consists of finitely many segments.", "the maximum over a finite union is the largest of the maxima"),
    ),
    wrong=(
        Nonnegative("Without convexity: the second derivative of (z^2-1)^2 is >= 0.", sp.diff(_LEVEL, _Z[0], 2)),
        Identity(
            "With one tested zero dropped (unit 0 of layer 2 reads a moving unit) the output is still constant.",
            zeroed(sp.Derivative(_OUT_C, t), _UNTESTED),
            sp.Integer(0),
        ),
    ),
    examples=(
        Cases(
            "The double well is 0 at both waypoints and 1 between them.",
            tuple((at(_LEVEL, {_Z[0]: z}), sp.Integer(value)) for z, value in ((1, 0), (0, 1), (-1, 0))),
        ),
        Cases(
            "Margins (-3,1) and (1,-3) have both middle margins -1: error 1/2, 1, 1/2 and cross-entropy ln(1+e) in the middle.",
            ((times(sp.Rational(1, 2), -3 + 1), sp.Integer(-1)), (at(sp.log(1 + sp.exp(_Z[0])), {_Z[0]: 1}), sp.log(1 + sp.E))),
        ),
    ),
    kernel=("segment_below_ends", "path_below_waypoints", "waypoint_attains", "margin_between", "cross_entropy_segment"),
    traps=(
        "A mini-batch loss, or waypoints evaluated on a subset of the training set.",
        "Layers in training mode.",
        "The waypoint maximum applied to the 0-1 error.",
        "float32: constant segments drift by rounding that is visible in the loss.",
    ),
)
