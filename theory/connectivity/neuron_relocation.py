r"""A used unit moves into a free slot in two segments of constant output: copy its row, then shift its outgoing column."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import Network, handed_over, layer, output, with_rows
from theory.steps import Cases, Identity, Lemma
from theory.symbols import drift, segment_count, spare, t
from theory.unevaluated import added, times

_NET = Network()
_SOURCE, _SLOT = 1, 3


def _copied(weight: sp.Matrix) -> sp.Matrix:
    """Row 3 is row 1."""
    return with_rows(weight, {_SLOT: list(weight[_SOURCE, :])})


def _free(weight: sp.Matrix) -> sp.Matrix:
    """Nothing reads the slot: its column is zero."""
    changed = sp.Matrix(weight)
    changed[:, _SLOT] = sp.zeros(weight.rows, 1)
    return sp.ImmutableMatrix(changed)


def _shifting(first: sp.Matrix, second: sp.Matrix) -> sp.Expr:
    """The output while unit 1 of both hidden layers hands over to unit 3."""
    bias_1 = with_rows(_NET.b, {_SLOT: [_NET.b[_SOURCE]]})
    bias_2 = with_rows(_NET.c, {_SLOT: [_NET.c[_SOURCE]]})
    features = layer(handed_over(second, _SOURCE, _SLOT, t), bias_2, _NET.features(first, bias_1))
    return output(handed_over(_free(_NET.w), _SOURCE, _SLOT, t), _NET.d, features)


_H, _G, _W, _W_SLOT = sp.symbols("h g w w'", real=True)
_HANDED = handed_over(_free(_NET.V), _SOURCE, _SLOT, t)

CLAIM = Claim(
    page=__name__,
    title="Used units move into free slots at constant output",
    kind=Kind.IDENTITY,
    origins=(Origin("kuditipudi2019", "Lemma 4"), Origin("here", note="all layers at once in two segments")),
    statement=(
        r"Let unit $j$ of layer $p$ have zero outgoing weights to all active units and to the output. `copy` (the incoming row "
        r"and bias of $j$ become those of $i$) and then `shift` ($W_{p+1}[:,j]\mathrel{+}=t\,W_{p+1}[:,i]$, "
        r"$W_{p+1}[:,i]\mathrel{*}=1-t$) leave the outputs constant on every input; afterwards $i$ is free. Any number of "
        r"disjoint pairs in all layers may do so at once, rows copied from the old parameters. So any set of active units "
        r"moves to any free set of the same size in 2 segments. Permutations therefore cost no alignment: a used half is "
        r"permuted in 4 segments; with one free slot per layer a transposition takes 3 relocations, 6 segments."
    ),
    equality="exact: the outputs do not move at all",
    necessity=(
        r"FREE: one layer, $x=1$, features $(1,3)$, outgoing weights $(1,1)$: copying unit 0 into the used unit 1 changes the "
        r"output from 4 to 2."
    ),
    letters=(
        Letter(spare, "free slots of the narrowest layer"),
        Letter(segment_count, "number of segments"),
        Letter(drift, r"$\max|Z(t)-Z(0)|/\max(1,|Z(0)|)$ along them: rounding only"),
    ),
    assumptions=(
        Assumption("FREE", "no active unit and no output reads the slot", "zero columns on the active rows and the output"),
        Assumption("LAYERS", "a feed-forward network in layers; nothing is asked of the activation", "by type"),
    ),
    steps=(
        Lemma("copy: the slot's row moves and nothing active reads it, which is type C.", "connectivity/waypoint_certificate"),
        Identity(
            "shift, one row: two units with the same feature h share the weight w + w', however it is split between them.",
            (1 - t) * _W * _H + (_W_SLOT + t * _W) * _H,
            (_W + _W_SLOT) * _H,
        ),
        Identity(
            "shift in both hidden layers at once, pair (1, 3), any activation: the output does not depend on t, because the rows "
            "of a pair agree in each layer and so its features do, layer by layer.",
            sp.Derivative(_shifting(_copied(_NET.U), _copied(_NET.V)), t),
            sp.Integer(0),
        ),
        Identity(
            "At t = 1 every row of the next layer has weight 0 on the old unit: it is free.",
            sp.Subs(sp.Add(*(_HANDED[row, _SOURCE] ** 2 for row in range(4))), t, 1),
            sp.Integer(0),
        ),
    ),
    wrong=(
        Identity(
            "Without copying the row in the first layer the shift leaves the output constant.",
            sp.Derivative(_shifting(_NET.U, _copied(_NET.V)), t),
            sp.Integer(0),
        ),
        Identity(
            "Two units with different features h and g share a weight however it is split.",
            (1 - t) * _W * _H + (_W_SLOT + t * _W) * _G,
            _W * _H + _W_SLOT * _G,
        ),
    ),
    examples=(
        Cases(
            "A slot that is read: features (1, 3) and weights (1, 1) give 4, after the copy 2.",
            ((added(times(1, 1), times(3, 1)), sp.Integer(4)), (added(times(1, 1), times(1, 1)), sp.Integer(2))),
        ),
    ),
    traps=(
        "Copy from the parameters saved before any row changed.",
        "The outgoing columns of a unit are one block per map after a flatten.",
        "This does not contradict matching methods: they ask for a chord, here the path bends.",
    ),
)
