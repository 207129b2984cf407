r"""Half of the units of every layer, with old weights and one factor, already does the job: then a path stays as low.

M <= max(L_a, L_b) + eps on at most 4L-1 segments; equality on a three-weight network, where fresh read-outs do better.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import Network, layer, output, zeroed
from theory.steps import Identity, Lemma, Nonnegative, Piecewise, Square
from theory.symbols import (
    L_a,
    depth,
    drift,
    instability,
    path_excess,
    path_max,
    r,
    segment_count,
    target,
    thinned,
    u,
)
from theory.unevaluated import added, times

_NET = Network()
_FEATURES = _NET.features()
_OUT = output(r * _NET.w, _NET.d, layer(_NET.V, _NET.c, _FEATURES))
# units {0, 1} of layer 1 and {2, 3} of layer 2 are kept: what reads the others is set to 0
_DROPPED = (_NET.w[0, 0], _NET.w[0, 1], *(_NET.V[i, j] for i in (2, 3) for j in (2, 3)))
_SMALL = output(
    r * sp.Matrix([[_NET.w[0, 2], _NET.w[0, 3]]]),
    _NET.d,
    layer(_NET.V[2:4, 0:2], sp.Matrix(_NET.c[2:4]), sp.Matrix(_FEATURES[0:2])),
)
_N, _K, _M = sp.symbols("n_p k_p m_p", real=True)

CLAIM = Claim(
    page=__name__,
    title="Dropout stability: thinned halves give a path",
    kind=Kind.EXISTENCE,
    origins=(
        Origin("kuditipudi2019", "Definition 1 and Theorem 1"),
        Origin("here", note="segment counts and the exact instance"),
    ),
    statement=(
        r"An endpoint is $\varepsilon$-dropout stable if for every $l=1,\dots,L-1$ there are at most $\lfloor n_p/2\rfloor$ "
        r"units in each of the layers $p=l,\dots,L-1$ such that keeping only these, with their old weights and a fitted "
        r"factor, gives a loss of at most $L(\theta)+\varepsilon$. If both endpoints are, a path of at most $4L-1$ segments "
        r"(two more with cleaning) has $\max_\gamma L\leq\max(L_a,L_b)+\varepsilon$. It is `rebuilt_features` with the old "
        r"network, thinned and rescaled, as the fresh one; a fresh network can only be better. A set that has been found is a "
        r"proof; none found proves nothing."
    ),
    equality=(
        r"exact instance of `rebuilt_features`: every half and every factor leaves at least $\frac12$, so "
        r"$\varepsilon=\frac12$ and the path has maximum $\frac12$, while re-optimised read-outs of the same halves give 0."
    ),
    necessity=(
        r"ROOM: a layer of one unit has no half; kept whole it has $\varepsilon=0$, and yet no low path. Stability itself is "
        r"not necessary for a path: the exact instance."
    ),
    letters=(
        Letter(target, r"loss of the worse endpoint, $\max(L_a,L_b)$"),
        Letter(L_a, "loss of an endpoint"),
        Letter(thinned, "largest loss of a thinned endpoint"),
        Letter(instability, r"$\varepsilon$: largest excess of a thinned endpoint over its own loss, or 0"),
        Letter(path_max, "largest loss on the path"),
        Letter(path_excess, r"excess of the path over the worse endpoint"),
        Letter(depth, "number $L$ of weight layers"),
        Letter(segment_count, "number of segments"),
        Letter(drift, "largest relative drift of the outputs on constant segments"),
    ),
    assumptions=(
        Assumption("CONVEX", "the loss is convex in the outputs", "cross-entropy and squared loss: by type"),
        Assumption("LAYERS", "a plain feed-forward network of dense layers or convolutions", "structural; others are refused"),
        Assumption("ROOM", "every hidden layer has two units at least, so that it has halves", "integers"),
    ),
    steps=(
        Identity(
            "Dropping units {2, 3} of layer 1 and {0, 1} of layer 2 leaves the small network of the old weights between the "
            "kept units, with the factor on its output weights: its loss is the thinned loss.",
            zeroed(_OUT, _DROPPED),
            _SMALL,
        ),
        Nonnegative(
            "Two halves have room side by side: (R1), (R2) and (R3) hold.",
            _N - _K - _M,
            (_N / 2 - _K, _N / 2 - _M),
            (Square(sp.Integer(1), sp.Integer(1), (0,)), Square(sp.Integer(1), sp.Integer(1), (1,))),
        ),
        Lemma(
            "So there is a path whose maximum is the largest of these losses and the endpoints'.", "connectivity/rebuilt_features"
        ),
        Piecewise(
            "Each of them is at most the worse endpoint's loss plus eps.",
            sp.Le(sp.Max(target, thinned), target + instability),
            (sp.Le(thinned, L_a + instability), sp.Le(L_a, target), sp.Ge(instability, 0)),
        ),
        Piecewise(
            "For ReLU a factor passes through the activation, so one at the output stands for one per layer, up to biases.",
            sp.Eq(sp.Max(0, r * u), r * sp.Max(0, u)),
            (sp.Ge(r, 0),),
        ),
        Identity(
            "Segments: two descents of 2(L-1)-1 and a join of 5.",
            added(times(2, added(times(2, depth - 1), -1)), 5),
            4 * depth - 1,
        ),
        Nonnegative(
            "Exact instance: a kept unit gives (r, 0) against (1, 1), and no factor brings the loss below 1/2.",
            ((r - 1) ** 2 + 1) / 2 - sp.Rational(1, 2),
            (),
            (Square(sp.Rational(1, 2), r - 1),),
        ),
    ),
    wrong=(
        Piecewise(
            "The path stays within eps of each endpoint, also of the better one.",
            sp.Le(sp.Max(target, thinned), L_a + instability),
            (sp.Le(thinned, L_a + instability), sp.Le(L_a, target), sp.Ge(instability, 0)),
        ),
        Piecewise("Factors of either sign pass through ReLU.", sp.Eq(sp.Max(0, r * u), r * sp.Max(0, u))),
    ),
    formulas={
        "maximum": sp.Max(target, thinned),
        "excess": instability,
        "segments": 4 * depth - 1,
        "segments_clean": 4 * depth + 1,
    },
    traps=(
        "Forgetting the biases of the thinned network.",
        "The fitted factor for the training loss, but not for the test loss.",
        "A best of 200 draws against a single draw.",
        "A random half is not required; some half is.",
    ),
)
