r"""Keep some units of each layer, put a fresh small network that fits into the free room on top: the path's maximum is known.

M = max{L_a, L_b, Phi^e_l : endpoint e, layer l}, at most 4(L-l*)+3 segments (+2 with cleaning), always with equality.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import Network, layer, output, zeroed
from theory.steps import Cases, Identity, Lemma, Piecewise
from theory.symbols import (
    depth,
    drift,
    entry,
    largest_weight,
    path_excess,
    path_max,
    rebuilt,
    segment_count,
    spare,
    t,
    target,
)
from theory.unevaluated import added, at, times

_NET = Network()
_FEATURES = _NET.features()
_SECOND = layer(_NET.V, _NET.c, _FEATURES)
_OUT = output(_NET.w, _NET.d, _SECOND)

# active units of layer 2: {0, 1}; the fresh rows {2, 3} move from (V, c) by (R, r)
_ROWS = sp.Matrix(_NET.V) + t * sp.Matrix(4, 4, lambda i, j: sp.Symbol(f"R_{i}{j}", real=True) if i >= 2 else sp.Integer(0))
_BIASES = sp.Matrix(_NET.c) + t * sp.Matrix(4, 1, lambda i, _: sp.Symbol(f"r_{i}", real=True) if i >= 2 else sp.Integer(0))
_WRITE = output(_NET.w, _NET.d, layer(_ROWS, _BIASES, _FEATURES))
_UNREAD = (_NET.w[0, 2], _NET.w[0, 3])

# the output layer moves
_W_T = sp.Matrix(_NET.w) + t * sp.Matrix(1, 4, lambda _, j: sp.Symbol(f"q_{j}", real=True))
_SWAP = output(_W_T, _NET.d + t * sp.Symbol("q", real=True), _SECOND)

# after the swap of stage 1: only the fresh units {2, 3} are read, and they read only the kept units {0, 1} of layer 1
_OLD = (_NET.w[0, 0], _NET.w[0, 1], *(_NET.V[i, j] for i in (2, 3) for j in (2, 3)))
_SMALL = output(
    sp.Matrix([[_NET.w[0, 2], _NET.w[0, 3]]]),
    _NET.d,
    layer(_NET.V[2:4, 0:2], sp.Matrix(_NET.c[2:4]), sp.Matrix(_FEATURES[0:2])),
)
_FREED = (_NET.U[2, 0], _NET.U[3, 1], _NET.b[2], _NET.V[0, 1], _NET.V[1, 3], _NET.c[0])

# the exact instance: chord of theta_a = ((1,1), I), theta_b = ((1,2), [[0,1/2],[1,0]]) at x = 1
_HIDDEN = sp.Matrix([1, 1 + t])
_LAST = (1 - t) * sp.eye(2) + t * sp.Matrix([[0, sp.Rational(1, 2)], [1, 0]])
_RESIDUAL = _LAST * _HIDDEN - sp.Matrix([1, 1])
_LOSS = _RESIDUAL.dot(_RESIDUAL) / 2
_CHORD = sp.Rational(5, 8) * t**2 * (1 - t) ** 2

CLAIM = Claim(
    page=__name__,
    title="Kept features and a fresh network in the free room",
    kind=Kind.EXISTENCE,
    origins=(
        Origin("nguyen2021", "main theorem"),
        Origin("here", note="room as inequalities, last stage 0 or 1, numbers of segments"),
    ),
    statement=(
        r"For both endpoints $e$ and every layer $l=L-1,\dots,l^*$ ($l^*\in\{0,1\}$) keep units $I^e_l$ and let $S^e_l$ be any "
        r"small network on these features, with loss $\Phi^e_l$. If the widths have room, (R1) $k_p+m^{p-1}_p\leq n_p$, (R2) "
        r"$m^l_p+m^{l-1}_p\leq n_p$, (R3) $|A^a_p|+|A^b_p|\leq n_p$, then a polygonal path of at most $4(L-l^*)+3$ segments (two "
        r"more with cleaning) joins the endpoints with $\max_\gamma L=\max\{L_a,L_b,\Phi^e_l\}$; its excess over the worse "
        r"endpoint is $E=\max(0,\max\Phi-\max(L_a,L_b))$. Nothing is asked of the activation, the data, or the endpoints."
    ),
    equality=(
        r"always. Exact instance: one example $x=1$, ReLU, widths $(1,2,2)$, no biases, $\frac12|Z-(1,1)|^2$; "
        r"$\theta_a=((1,1),I)$, $\theta_b=((1,2),[[0,1/2],[1,0]])$: chord $\frac58t^2(1-t)^2$ with barrier $5/128$; keeping "
        r"unit 0 with read-out $(1,1)$ gives $\Phi=0$, 7 segments (9 with cleaning) and maximum 0"
    ),
    necessity=(
        r"ROOM: one hidden unit, $x=\pm1$, two classes: keeping the unit gives a small $\Phi$, but (R3) needs $2\leq 1$, and a "
        r"path must turn the sign of the incoming weight, where the output is constant and the loss at least chance. CONVEX: "
        r"the double well of `waypoint_certificate`."
    ),
    letters=(
        Letter(target, r"loss of the worse endpoint, $\max(L_a,L_b)$"),
        Letter(rebuilt, r"largest $\Phi^e_l$"),
        Letter(path_max, "largest loss on the path"),
        Letter(path_excess, r"excess $E$ of the path"),
        Letter(depth, "number $L$ of weight layers"),
        Letter(entry, r"last stage $l^*$ of the descent"),
        Letter(segment_count, "number of segments"),
        Letter(drift, "largest relative drift of the outputs on constant segments"),
        Letter(largest_weight, "largest absolute weight on the path"),
        Letter(spare, "units to spare in the tightest room inequality"),
    ),
    assumptions=(
        Assumption("CONVEX", "the loss is convex in the outputs", "cross-entropy and squared loss: by type"),
        Assumption("LAYERS", "a plain feed-forward network of dense layers or convolutions", "structural; others are refused"),
        Assumption("ROOM", "the inequalities (R1), (R2), (R3) hold", "integers, no tolerance"),
        Assumption("SHAPES", "the small networks use the architecture's activation and have biases where it has", "shapes"),
    ),
    steps=(
        Identity(
            "write: the output reads units 0 and 1 of layer 2; the rows and biases of 2 and 3 move, and the output stays.",
            zeroed(sp.Derivative(_WRITE, t), _UNREAD),
            sp.Integer(0),
        ),
        Identity(
            "swap: only the output layer moves, and the output is affine in t.",
            sp.Derivative(_SWAP, (t, 2)),
            sp.Integer(0),
        ),
        Identity(
            "After the swap of stage 1 the network is the small network on the kept features, so its loss is Φ_1.",
            zeroed(_OUT, _OLD),
            _SMALL,
        ),
        Identity(
            "What has been left behind is free: the output does not depend on any weight or bias of a unit outside the active "
            "sets (the squares of six such derivatives, one letter of each kind, add up to 0).",
            zeroed(sp.Add(*(sp.Derivative(_OUT, letter) ** 2 for letter in _FREED)), _OLD),
            sp.Integer(0),
        ),
        Lemma("join, copy and shift: units that both small networks use move out of the way.", "connectivity/neuron_relocation"),
        Lemma(
            "join, write and swap are as above; tidy moves only free rows; so every segment has a type, and the maximum lies "
            "at a waypoint.",
            "connectivity/waypoint_certificate",
        ),
        Piecewise(
            "The waypoints have the losses L_a, L_b (the worse is the target) and Φ: the excess is max(0, Φ - worse).",
            sp.Eq(sp.Max(target, rebuilt) - target, sp.Max(0, rebuilt - target)),
        ),
        Identity(
            "Segments: two descents of 2(L-l*)-1 and a join of 5.",
            added(times(2, added(times(2, depth - entry), -1)), 5),
            4 * (depth - entry) + 3,
        ),
    ),
    wrong=(
        Identity(
            "Without room a fresh row lands on an active unit (the output reads unit 2), and the output still stays.",
            zeroed(sp.Derivative(_WRITE, t), _UNREAD[1:]),
            sp.Integer(0),
        ),
        Piecewise(
            "The excess is the largest rebuilt loss minus the worse endpoint, without the maximum with 0.",
            sp.Eq(sp.Max(target, rebuilt) - target, rebuilt - target),
        ),
    ),
    examples=(
        Cases(
            "The exact instance: the chord's loss is 5/8 t²(1-t)² at five positions, with 5/128 at the middle.",
            (
                *((at(_CHORD, {t: s}), at(_LOSS, {t: s})) for s in (0, sp.Rational(1, 4), sp.Rational(1, 3), 1)),
                (at(_LOSS, {t: sp.Rational(1, 2)}), sp.Rational(5, 128)),
            ),
        ),
    ),
    formulas={
        "maximum": sp.Max(target, rebuilt),
        "excess": sp.Max(0, rebuilt - target),
        "segments": 4 * (depth - entry) + 3,
        "segments_clean": 4 * (depth - entry) + 5,
    },
    traps=(
        "A kept set that contains dead units.",
        "Forgetting the biases of the fresh units; zeroing their columns instead of their rows.",
        "Counting room with halves when widths are odd.",
        r"At $l=0$ the condition only says that a small network fits the data; what is said of the solution lies in $l\geq1$.",
    ),
)
