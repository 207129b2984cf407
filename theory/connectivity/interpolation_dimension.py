r"""Where the Jacobian of all outputs has full rank NK, solutions form a manifold of dimension p - NK; the Hessian has rank NK.

Equality always, locally; proved by the implicit function theorem and H = J^T J at zero residual.
"""

from __future__ import annotations

from itertools import permutations

import sympy as sp
from sympy.combinatorics import Permutation

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import matrix, vector
from theory.steps import Cases, Cited, Identity
from theory.symbols import constraints, hidden, parameters, rank, sharpness

_T1, _T2, _Y = sp.symbols("theta_1 theta_2 y", real=True)
_Z = sp.Function("z")(_T1, _T2)
_J, _V = matrix("J", 2, 3), vector("v", 3)

# one hidden unit a s(w.x) of a positively homogeneous activation on one of its pieces, and of s(u) = u^2
_A, _SLOPE = sp.symbols("a s", real=True)
_W, _X, _C = vector("w", 2), vector("x", 2), vector("c", 3)
_LINEAR = _A * _SLOPE * _W.dot(_X)
_SQUARE = _A * _W.dot(_X) ** 2
_MIXED = sp.Add(_C[0] * sp.Derivative(_SQUARE, _W[0]), _C[1] * sp.Derivative(_SQUARE, _W[1]), _C[2] * sp.Derivative(_SQUARE, _A))
_MONOMIALS = (
    (2 * _A * _C[0] * _W[0] + _C[2] * _W[0] ** 2) * _X[0] ** 2
    + (2 * _A * (_C[0] * _W[1] + _C[1] * _W[0]) + 2 * _C[2] * _W[0] * _W[1]) * _X[0] * _X[1]
    + (2 * _A * _C[1] * _W[1] + _C[2] * _W[1] ** 2) * _X[1] ** 2
)

# two units, four examples, six parameters: the minor of the columns w_11, w_12, a_1, w_21
POINTS = ((1, 2), (3, -1), (-2, 1), (1, 1))
UNITS = (((1, 1), 2), ((2, -1), 1))


def _minor(cubic: bool) -> sp.Expr:
    """The 4x4 minor of the Jacobian of a_1 s(w_1.x) + a_2 s(w_2.x), by the sum over permutations, not evaluated."""
    rows = []
    for x in POINTS:
        columns: list[sp.Expr] = []
        for w, a in UNITS:
            u = sp.Integer(w[0] * x[0] + w[1] * x[1])
            value, slope = (u**2 + u**3, 2 * u + 3 * u**2) if cubic else (u**2, 2 * u)
            columns += [a * slope * x[0], a * slope * x[1], value]
        rows.append(columns[:4])
    signs = ((Permutation(list(order)).signature(), order) for order in permutations(range(4)))
    terms = (sign * sp.Mul(*(rows[i][j] for i, j in enumerate(order))) for sign, order in signs)
    return sp.Add(*terms, evaluate=False)


CLAIM = Claim(
    page=__name__,
    title="The rank of the Jacobian counts the constraints",
    kind=Kind.IDENTITY,
    origins=(
        Origin("cooper2018", note="the generic statement"),
        Origin("classical", note="the local form is the implicit function theorem"),
    ),
    statement=(
        r"Let $z(\theta)\in\mathbb R^{NK}$ be all outputs, $p$ the number of parameters, $z(\theta^*)=Y$ and "
        r"$J=\partial z/\partial\theta$ at $\theta^*$. If $\mathrm{rank}\,J=NK$ and $z$ is $C^1$ near $\theta^*$, the solutions "
        r"near $\theta^*$ are a manifold of dimension $p-NK$. For $\frac12|z-Y|^2$ and $z$ in $C^2$ the Hessian at $\theta^*$ is "
        r"$J^TJ$, with exactly $p-NK$ zero eigenvalues. It says nothing about whether the solutions are connected."
    ),
    equality=(
        r"always. Smallest instance: $a_1s(w_1x)+a_2s(w_2x)$ with $s(u)=u^2+u^3$ on $\mathbb R^2$, six parameters: three "
        r"examples have rank 3, four rank 4."
    ),
    necessity=(
        r"RANK: $p\geq NK$ does not suffice. With $s(u)=u^2$ all functions are quadratic forms, a space of dimension 3: four "
        r"examples have rank 3. INTERPOLATES: with a residual the Hessian has a second term, and the flat directions bend."
    ),
    letters=(
        Letter(parameters, "number $p$ of parameters"),
        Letter(constraints, "number $NK$ of outputs on all examples"),
        Letter(hidden, "number of hidden units"),
        Letter(rank, "rank of $J$"),
        Letter(sharpness, "smallest over largest of the $NK$ singular values"),
    ),
    assumptions=(
        Assumption("LAYERS", "a network of dense layers", "structural"),
        Assumption("RANK", "J has rank NK", "singular values above 1e-10 of the largest, with their gap"),
        Assumption("SMOOTH", "the outputs are smooth near the point", "by activation; with kinks: no pre-activation is 0"),
        Assumption("INTERPOLATES", "the targets are the outputs at the point", "by construction"),
    ),
    steps=(
        Cited(
            "If J has full row rank, the solutions near the point are the graph of a function of p - NK parameters.",
            "implicit function theorem",
        ),
        Identity(
            "The Hessian of the squared loss (one output, any function z) is the product of the first derivatives plus the "
            "residual times the second derivative; the latter vanishes where z = y.",
            sp.Derivative((_Z - _Y) ** 2 / 2, _T1, _T2),
            sp.Derivative(_Z, _T1) * sp.Derivative(_Z, _T2) + (_Z - _Y) * sp.Derivative(_Z, _T1, _T2),
        ),
        Identity(
            "J^T J is flat exactly along the kernel of J, since v^T J^T J v = |J v|^2; so it has the rank of J.",
            (_V.T * _J.T * _J * _V)[0],
            sp.Add(*(e**2 for e in _J * _V)),
        ),
        Identity(
            "A hidden unit of a positively homogeneous activation gives a flat direction: its incoming weights grow, its "
            "outgoing weights shrink; so the rank of such a network is at most p minus the number of hidden units.",
            sp.Add(*(w * sp.Derivative(_LINEAR, w) for w in _W)) - _A * sp.Derivative(_LINEAR, _A),
            sp.Integer(0),
        ),
        Identity(
            "With s(u) = u^2 every combination of the derivatives is a combination of three monomials of x: rank at most 3 "
            "for any number of examples.",
            _MIXED,
            _MONOMIALS,
        ),
    ),
    wrong=(
        Identity(
            "The Hessian is the product of the first derivatives also where the residual is not 0 (z = theta^2).",
            sp.Derivative((_T1**2 - _Y) ** 2 / 2, (_T1, 2)),
            sp.Derivative(_T1**2, _T1) ** 2,
        ),
        Identity(
            "The incoming weights grow at constant output also for s(u) = u^2.",
            sp.Add(*(w * sp.Derivative(_SQUARE, w) for w in _W)) - _A * sp.Derivative(_SQUARE, _A),
            sp.Integer(0),
        ),
    ),
    examples=(
        Cases(
            "Two units, four examples: a 4x4 minor of the Jacobian is 0 for s(u) = u^2, and not 0 for s(u) = u^2 + u^3.",
            ((_minor(cubic=False), sp.Integer(0)), (_minor(cubic=True), sp.Integer(-140256))),
        ),
    ),
    formulas={
        "dimension": parameters - constraints,
        "hessian_rank": constraints,
        "homogeneous": parameters - hidden,
    },
    traps=(
        "Dimension says nothing about connectedness: $w_2w_1=y$ has dimension 1 and two components.",
        "Dead units lower the rank.",
        r"Threshold: a tanh network with as many constraints as parameters has singular values near $10^{-6}$ of the largest.",
    ),
)
