r"""Two hidden ReLU layers of widths 2A - 1 and 2B kappa fit any AB distinct points exactly."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Piecewise
from theory.symbols import d_1, d_2, group_size, groups, kappa, largest_weight, n, point_gap, residual
from theory.unevaluated import added, at, times

FIRST = 2 * groups - 1
SECOND = 2 * group_size * kappa
CAPACITY = sp.floor((d_1 + 1) / 2) * sp.floor(d_2 / (2 * kappa))

_Z, _S, _END, _C, _D, _M, _NEXT = sp.symbols("z s s' c d m m'", real=True)
_BRIDGE = (_D - _C) / (_END - _S)
_Z1, _Z2, _Z3, _T1, _T2, _T3 = sp.symbols("z_1 z_2 z_3 t_1 t_2 t_3", real=True)
_M2, _M3 = (_T2 - _T1) / (_Z2 - _Z1), (_T3 - _T2) / (_Z3 - _Z2)
_P, _Y = sp.symbols("p y", real=True)


def _capacities(*cases: tuple[int, int, int, int, int, int]) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """(N, kappa, A, B, d_1, d_2) as equations: both widths, and a capacity of AB."""
    found = []
    for _, outputs, a, b, first, second in cases:
        case = {kappa: outputs, groups: a, group_size: b, d_1: first, d_2: second}
        found += [
            (at(FIRST, case), sp.Integer(first)),
            (at(SECOND, case), sp.Integer(second)),
            (at(CAPACITY, case), sp.Integer(a * b)),
        ]
    return tuple(found)


CLAIM = Claim(
    page=__name__,
    title="Two ReLU layers memorise AB points",
    kind=Kind.IDENTITY,
    origins=(Origin("yun2019", "Theorem 3.1", "the idea, other constants"), Origin("here", note="construction and widths")),
    statement=(
        r"Points $f_i\in R^q$, all different, targets $t_i\in R^\kappa$, $i\leq N\leq AB$. A ReLU network with hidden widths "
        r"$d_1=2A-1$ and $d_2=2B\kappa$, preceded by any number of layers of one unit, outputs $t_i$ at every $f_i$. "
        r"So $N$ points fit whenever $\lfloor\frac{d_1+1}{2}\rfloor\lfloor\frac{d_2}{2\kappa}\rfloor\geq N$: widths of order "
        r"$\sqrt N$ suffice."
    ),
    equality=r"an identity; $(A,B)=(1,N)$ has widths $1$ and $2N\kappa$, $(N,1)$ has $2N-1$ and $2\kappa$",
    necessity=(
        r"DISTINCT: two equal points with different targets are fitted by no function. RELU: the construction bends at the kinks "
        r"of ReLU. FLOAT64: slopes grow like one over the gap; 1,797 points leave a residual of $10^{-6}$ to $10^{-5}$. Order "
        r"$\sqrt N$ is optimal up to constants (Yun et al.); these constants are not known to be optimal."
    ),
    letters=(
        Letter(n, "number $N$ of points"),
        Letter(kappa, r"numbers $\kappa$ memorised per point: 1 for a class index, $K$ for vectors"),
        Letter(groups, "number $A$ of groups"),
        Letter(group_size, "points $B$ per group, at most"),
        Letter(d_1, "width of the first of the two layers"),
        Letter(d_2, "width of the second one"),
        Letter(point_gap, "smallest gap of the points in a line of length 1"),
        Letter(residual, r"largest $|S(f_i)-t_i|$, relative to $\max(1,\max|t|)$"),
        Letter(largest_weight, "largest weight; grows like one over the gap"),
    ),
    assumptions=(
        Assumption("RELU", "the activation is ReLU", "by name"),
        Assumption("DISTINCT", "no two points are equal", r"a random projection with smallest gap above $10^{-9}$ of its range"),
        Assumption(
            "FLOAT64",
            r"the arithmetic carries the network",
            r"the rounding expected from the sizes of its weights, or the residual itself, is at most $10^{-8}$",
        ),
    ),
    steps=(
        Cited(
            "Some u sends distinct points to distinct numbers z_i = u.f_i + offset in [1, 2].",
            "finitely many hyperplanes do not cover R^q",
        ),
        Piecewise("Layers of one unit pass z on, since z >= 1.", sp.Eq(sp.Max(0, _Z), _Z), (sp.Ge(_Z, 1),)),
        Identity(
            "Two knots s < s' in the gap between two groups turn one affine function (slope m, value c at s) into any other "
            "(slope m', value d at s'): the bridge between them has the slope (d-c)/(s'-s).",
            _C + _M * (_Z - _S) + (_BRIDGE - _M) * (_Z - _S) + (_NEXT - _BRIDGE) * (_Z - _END),
            _D + _NEXT * (_Z - _END),
        ),
        Identity("One knot before the first group and two per gap: 2A - 1.", added(1, times(2, groups - 1)), FIRST),
        Identity(
            "Inside a group t_1 + Σ κ_j relu(z - z_{j-1}) with κ_j = m_j - m_{j-1} interpolates: at z_2,",
            added(_T1, times(_M2, _Z2 - _Z1)),
            _T2,
        ),
        Identity(
            "and at z_3, where the slopes telescope (the same for each further point).",
            _T1 + _M2 * (_Z3 - _Z1) + (_M3 - _M2) * (_Z3 - _Z2),
            _T3,
        ),
        Piecewise(
            "A positive bend is relu(κ y), a negative one -relu(|κ| y): p = |κ| goes inside.",
            sp.Eq(sp.Max(0, _P * _Y), _P * sp.Max(0, _Y)),
            (sp.Ge(_P, 0),),
        ),
        Piecewise(
            "The unit of the other sign, and those of bends that the group does not have, are constant -1 there: relu gives 0.",
            sp.Eq(sp.Max(0, _Y), 0),
            (sp.Eq(_Y, -1),),
        ),
        Identity("One unit per output, bend and sign: 2Bκ.", times(kappa, group_size, 2), SECOND),
    ),
    wrong=(
        Identity(
            "The second bend with the slope m_3 in place of m_3 - m_2.",
            _T1 + _M2 * (_Z3 - _Z1) + _M3 * (_Z3 - _Z2),
            _T3,
        ),
        Identity(
            "One knot per gap turns one affine function into any other.",
            _C + _M * (_Z - _S) + (_NEXT - _M) * (_Z - _S),
            _D + _NEXT * (_Z - _S),
        ),
    ),
    examples=(
        Cases(
            "Widths for (N, κ, A, B) = (16,1,4,4), (36,2,6,6), (100,3,10,10), (225,3,15,15), (7,1,1,7), (7,1,7,1).",
            _capacities(
                (16, 1, 4, 4, 7, 8),
                (36, 2, 6, 6, 11, 24),
                (100, 3, 10, 10, 19, 60),
                (225, 3, 15, 15, 29, 90),
                (7, 1, 1, 7, 1, 14),
                (7, 1, 7, 1, 13, 2),
            ),
        ),
    ),
    formulas={"first": FIRST, "second": SECOND, "capacity": CAPACITY},
    traps=(
        "Algebraically true for any number of points, useless in float64 beyond a few hundred: weights reach 1e10.",
        "The class index is one number: classification needs κ = 1, not K.",
    ),
)
