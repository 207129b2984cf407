r"""One free unit per layer joins all permuted copies of a network; m units realise a function of r in T(r, m) subspaces."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import SIGMA
from theory.steps import Cases, Cited, Identity, Lemma
from theory.symbols import (
    components,
    dimension_max,
    dimension_min,
    drift,
    m,
    path_excess,
    r,
    segment_count,
    subspaces,
    t,
)

_I, _U = sp.Symbol("i", integer=True, nonnegative=True), sp.Symbol("u", integer=True, nonnegative=True)


def _surjections(units: sp.Expr) -> sp.Expr:
    """r! S(units, r): labellings of the units by r labels, each used."""
    return sp.Sum((-1) ** (r - _I) * sp.binomial(r, _I) * _I**units, (_I, 1, r))


COPIES = _surjections(m)
LABELLINGS = sp.Sum(sp.binomial(m, _U) * _surjections(m - _U) * sp.bell(_U), (_U, 0, m - r))

_A, _A1, _C, _W, _V = sp.symbols("a a_1 c w v", real=True)
_K1, _K2, _B, _D, _K = sp.symbols("k_1 k_2 b d k", real=True)


def _counts(formula: sp.Expr, *cases: tuple[int, int, int]) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(r, m, count) as equations."""
    return tuple((formula.subs({r: a, m: b}), sp.Integer(count)) for a, b, count in cases)


CLAIM = Claim(
    page=__name__,
    title="One more unit per layer connects the permuted minima",
    kind=Kind.EXISTENCE,
    origins=(
        Origin("simsek2021", note="counts and connectedness"),
        Origin("brea2019", note="permutation paths"),
    ),
    statement=(
        r"(i) A network with a free unit in each hidden layer is joined to every hidden permutation of itself by a path of "
        r"constant output. (ii) One hidden layer of $m$ units realises a function of $r\leq m$ distinct units $(w_i,a_i)$, "
        r"$a_i\neq0$: each unit is a copy of some $i$, each $i$ at least once, copies have $w=w_i$ and outgoing weights that sum "
        r"to $a_i$; or it lies in a group of cancelling units, which share any $w$ and whose outgoing weights sum to 0. Each "
        r"labelling is an affine subspace of constant output. There are $G(r,m)=r!\,S(m,r)$ labellings without cancelling "
        r"groups and $T(r,m)=\sum_{u=0}^{m-r}\binom mu G(r,m-u)B_u$ in all ($S$ Stirling, $B$ Bell numbers). For $m=r$ they are "
        r"$r!$ isolated points, for $m>r$ their union is connected."
    ),
    equality=(
        r"constant, and exact counts; $r=1$, $m=2$: $\{v_1=v_2=w,\,a_1+a_2=a\}$ meets $\{v_1=w,\,a_1=a,\,a_2=0\}$ at "
        r"$(a_1,a_2)=(a,0)$ and $\{v_2=w,\,a_2=a,\,a_1=0\}$ at $(0,a)$"
    ),
    necessity=(
        r"FREE: a slot that is read changes the output. EXTRA: $m=r$ has $r!$ components. DISTINCT: of two equal units the "
        r"exchanged labellings are one subspace. That all solutions of width $m$ are of this form is not claimed: it needs "
        r"conditions on $\sigma$ and the data."
    ),
    letters=(
        Letter(r, "distinct units $r$ of the function"),
        Letter(m, "width $m$ it is embedded in"),
        Letter(subspaces, "number of labelled subspaces"),
        Letter(components, "connected components of their union"),
        Letter(dimension_min, "smallest dimension of a subspace"),
        Letter(dimension_max, "largest dimension of a subspace"),
        Letter(segment_count, "segments of the path to a permuted copy"),
        Letter(path_excess, "its excess $E$"),
        Letter(drift, r"$\max|Z(t)-Z(0)|/\max(1,|Z(0)|)$ on it: rounding only"),
    ),
    assumptions=(
        Assumption("LAYERS", "a feed-forward network in layers; nothing is asked of the activation", "by type"),
        Assumption("FREE", "each hidden layer has a unit that nothing reads", "zero columns; a unit per layer is taken away"),
        Assumption("DISTINCT", "the $w_i$ are distinct and no $a_i$ is 0", "the rows and columns of the units that are used"),
        Assumption("EXTRA", "$m>r$: at least one unit more than the function has", "integers"),
    ),
    steps=(
        Lemma("(i) A cycle of k units is k + 1 relocations, the free slot as buffer.", "connectivity/neuron_relocation"),
        Cited("Every permutation is a product of disjoint cycles.", "elementary group theory"),
        Identity(
            "(ii) Constant output: two copies of a unit that share its outgoing weight, and a cancelling group of two, for any "
            "activation.",
            _A1 * SIGMA(_W) + (_A - _A1) * SIGMA(_W) + _C * SIGMA(_V) - _C * SIGMA(_V),
            _A * SIGMA(_W),
        ),
        Cited(
            "Count: choose the u cancelling units, partition them into groups, and label the others, each label used.",
            "Bell numbers count partitions of a set, r! S(n, r) surjections of n elements on r",
        ),
        Identity(
            "Dimension: unknowns of all units minus equations of the copies and of the groups (here two labels, one group).",
            (_K1 + _K2 + _B) * (_D + _K) - ((_K1 + _K2) * _D + 2 * _K) - ((_B - 1) * _D + _K),
            (_K1 - 1) * _K + (_K2 - 1) * _K + (_D + (_B - 1) * _K),
        ),
        Cited(
            "For m > r each subspace meets one with single cancelling units only (all outgoing weights of a group 0), and that "
            "one meets those where a single unit is a copy of i (w = w_i, outgoing weight 0): so all are joined to labellings "
            "with one copy of each i.",
            "two affine subspaces meet where their joint system has a solution",
        ),
        Identity(
            "Such a labelling moves one copy to a free unit inside the subspace where both are copies: weight (1-t)a and ta.",
            sp.Derivative((1 - t) * _A * SIGMA(_W) + t * _A * SIGMA(_W), t),
            sp.Integer(0),
        ),
        Cited("With one free unit these moves reach every placing of the r copies.", "cycles through a free place"),
    ),
    wrong=(
        Identity(
            "Copies with different incoming weights share the outgoing weight of the unit.",
            _A1 * SIGMA(_W) + (_A - _A1) * SIGMA(_V),
            _A * SIGMA(_W),
        ),
        Identity(
            "A cancelling group of b units has d + b k free numbers.",
            (_K1 + _B) * (_D + _K) - (_K1 * _D + _K) - ((_B - 1) * _D + _K),
            (_K1 - 1) * _K + (_D + _B * _K),
        ),
    ),
    examples=(
        Cases(
            "G(r, m) for (1,3), (2,3), (2,4), (2,5), (3,3), (3,4), (3,5), (4,4), (4,5).",
            _counts(
                COPIES,
                (1, 3, 1),
                (2, 3, 6),
                (2, 4, 14),
                (2, 5, 30),
                (3, 3, 6),
                (3, 4, 36),
                (3, 5, 150),
                (4, 4, 24),
                (4, 5, 240),
            ),
        ),
        Cases(
            "T(r, m) for r = 1: 3, 10, 37; r = 2: 2, 12, 62, 320; r = 3: 6, 60, 450, 3120; r = 4: 24, 360.",
            _counts(
                LABELLINGS,
                (1, 2, 3),
                (1, 3, 10),
                (1, 4, 37),
                (2, 2, 2),
                (2, 3, 12),
                (2, 4, 62),
                (2, 5, 320),
                (3, 3, 6),
                (3, 4, 60),
                (3, 5, 450),
                (3, 6, 3120),
                (4, 4, 24),
                (4, 5, 360),
            ),
        ),
    ),
    formulas={"copies": COPIES, "labellings": LABELLINGS},
    traps=(
        "Subspaces overlap: T is not a number of components.",
        r"Equal or opposite $w_i$ (odd $\sigma$) add further coincidences.",
        "The path bends; a chord between permuted copies has a barrier in general.",
    ),
)
