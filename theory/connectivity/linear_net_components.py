r"""The solutions of a square linear network of l layers have 2^(l-1) components; the least way between two costs sigma_h^2/2."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import matrix
from theory.steps import Cases, Cited, Identity, Nonnegative, Square
from theory.symbols import components, count, depth, drift, factor, path_max, sigma_r, sign_a, sign_b, t
from theory.unevaluated import added, at, power, times

_G, _W, _V = matrix("g", 2, 2), matrix("w", 2, 2), matrix("v", 2, 2)
_MOVED = (_V * _G.adjugate() / _G.det()) * (_G * _W)

_S1, _S2, _ANGLE, _P, _A, _B, _C = sp.symbols("s_1 s_2 theta p a b c", real=True)
_TURN = sp.Matrix([[sp.cos(_ANGLE), -sp.sin(_ANGLE)], [sp.sin(_ANGLE), sp.cos(_ANGLE)]])


COMPONENTS = 2 ** (depth - 1)


def _patterns(layers: int) -> sp.Expr:
    """Sign patterns whose product is 1, the sign of det M: the sum of (1 + (-1)^(i_1 + .. + i_l))/2 over i_k = 0, 1."""
    places = sp.symbols(f"i_1:{layers + 1}", integer=True)
    return sp.Sum((1 + (-1) ** sp.Add(*places)) / 2, *((i, 0, 1) for i in places))


def _images(vector: tuple[int, int]) -> list[sp.Expr]:
    """[[2, -1], [-1, 2]] times the vector, row by row."""
    return [added(*(times(entry, x) for entry, x in zip(row, vector, strict=True))) for row in ((2, -1), (-1, 2))]


CLAIM = Claim(
    page=__name__,
    title="Square linear networks: 2^(l-1) components of solutions, and what lies between them",
    kind=Kind.IDENTITY,
    origins=(Origin("zhao2025", note="the components"), Origin("here", note="the level between them, and the skip connection")),
    statement=(
        r"$W_1,\dots,W_\ell\in\mathbb R^{h\times h}$ without biases, $X$ of rank $h$, $Y=XM^T$ with $\det M\neq0$, loss "
        r"$\frac cN|XP^T-Y|_F^2$ with the product $P=W_\ell\cdots W_1$. The solutions $\{P=M\}$ are one orbit of "
        r"$GL(h)^{\ell-1}$ and have exactly $2^{\ell-1}$ components, labelled by "
        r"$(\mathrm{sign}\det W_1,\dots,\mathrm{sign}\det W_\ell)$. The least $\max_\gamma L$ between two of them is "
        r"$c\,\sigma_h(Y)^2/N$, and below that level the same signs tell the components of every sublevel set. "
        r"With a skip connection, $h=1$ and $\ell=3$: $w_3(w_2w_1+1)=1$ has 3 components instead of 4."
    ),
    equality=(
        r"exact: $h=1$, $\ell=3$, $w_3w_2w_1=1$ has the components $(+,+,+)$, $(+,-,-)$, $(-,+,-)$, $(-,-,+)$; "
        r"$Y=[[2,-1],[-1,2]]$, $X=I$, three layers: the level is $\frac12$ of the sum, on a path that shrinks the last singular "
        r"value to 0 and regrows it"
    ),
    necessity=(
        r"SQUARE: $h=1$ and two units in the middle: $(1,0)$ and $(-1,0)$ turn around 0 at constant product. If $\det M=0$ the "
        r"set of solutions is another variety."
    ),
    letters=(
        Letter(depth, r"number $\ell$ of layers"),
        Letter(sigma_r, r"$\sigma_h$, the smallest singular value of $Y$"),
        Letter(count, "examples $N$"),
        Letter(factor, "factor $c$ of the squared loss"),
        Letter(components, "sign patterns that random factorisations show"),
        Letter(sign_a, r"product of the signs of $\det W_1..\det W_{\ell-1}$ at endpoint a"),
        Letter(sign_b, "the same at endpoint b"),
        Letter(drift, "largest change of the product along the curve between solutions of one class"),
        Letter(path_max, "largest loss on the path that is built"),
    ),
    assumptions=(
        Assumption("LINEAR", "linear activation, at least two layers, no biases", "by name"),
        Assumption("SQUARED", "the loss is c |z-y|^2", "by type"),
        Assumption("SQUARE", "all widths are equal", "integers"),
        Assumption("INVERTIBLE", r"$X$ has rank $h$, $Y=XM^T$ and $\det M\neq0$", "singular values, with their size"),
        Assumption("BELOW", "both ends lie below the level; exact solutions do", "two losses"),
    ),
    steps=(
        Identity(
            "A change of basis g between two layers leaves the product alone: (V g^{-1})(g W) = V W (one entry of 2 x 2 shown).",
            sp.Add(_MOVED[0, 1]),
            sp.Add((_V * _W)[0, 1]),
        ),
        Cited(
            "Every solution arises so: with the partial products P_i and P'_i, g_i = P'_i P_i^{-1} turns the one into the other.",
            "invertible matrices: W'_i = g_i W_i g_{i-1}^{-1} with g_0 = g_l = 1",
        ),
        Identity(
            "The sign of a determinant is multiplied by that of g, so equal signs in all layers mean det g_i > 0.",
            sp.Add((_G * _W).det()),
            _G.det() * _W.det(),
        ),
        Identity("A rotation has determinant 1 at every angle.", _TURN.det(), sp.Integer(1)),
        Cited(
            "g(t) from 1 to g with det g > 0: g = QS, Q(t) = exp(t log Q) turns in planes, S(t) = S^t stays positive definite.",
            "polar decomposition; a rotation is a product of plane rotations, eigenvalues -1 in pairs",
        ),
        Identity(
            "The product of the signs is that of det M: flipping the last sign exchanges the patterns of either product, so half "
            "of all 2^l remain.",
            2 * 2 ** (depth - 1),
            2**depth,
        ),
        Cited(
            "A sign that changes along a continuous path passes a singular factor, so the product has rank below h there.",
            "intermediate value theorem",
        ),
        Identity(
            "A product of rank 1 misses Y by at least the smallest singular value: for its kernel vector (cos, sin) of unit "
            "length the difference of the squares is this.",
            _S1**2 * sp.cos(_ANGLE) ** 2 + _S2**2 * sp.sin(_ANGLE) ** 2 - _S2**2,
            (_S1**2 - _S2**2) * sp.cos(_ANGLE) ** 2,
        ),
        Cited(
            "So the loss is at least the level there, for any h.",
            "Eckart-Young theorem; the rows of the rest are at least as long as their image of a unit vector",
        ),
        Identity(
            "Below the level the last factor turns straight into one of a solution: the outputs run straight, the loss is a "
            "square and falls (one output, residual r).",
            times(sp.Rational(1, 2), power((1 - t) * _A)),
            (1 - t) ** 2 * (_A**2 / 2),
        ),
        Cited(
            "Attained: each class holds a diagonal solution in the singular basis of Y, X turned into orthonormal columns.",
            "X = QR with R absorbed in W_1; columns of Q do not change lengths",
        ),
        Nonnegative(
            "While the last singular value p runs from sigma down to 0 and back, the loss (sigma - p)^2/2 stays below sigma^2/2.",
            _S2**2 - (_S2 - _P) ** 2,
            (_P, _S2 - _P),
            (Square(sp.Integer(2), sp.Integer(1), (0, 1)), Square(sp.Integer(1), _P)),
        ),
        Identity(
            "Skip connection: the third weight is a function of the first two, w_3 = 1/(1 + w_1 w_2), so the set is the plane "
            "without the hyperbola w_1 w_2 = -1, which has two branches and cuts it into three.",
            sp.Subs(_C * (_B * _A + 1), _C, 1 / (1 + _A * _B)),
            sp.Integer(1),
        ),
    ),
    wrong=(
        Cases("Every sign pattern has solutions.", ((_patterns(3), sp.Integer(2**3)),)),
        Identity("The order of a change of basis does not matter.", sp.Add((_V * _G * _W)[0, 1]), sp.Add((_G * _V * _W)[0, 1])),
    ),
    examples=(
        Cases(
            "Patterns of l = 2, 3, 4 layers: 2, 4, 8, for any h.",
            tuple((at(COMPONENTS, {depth: layers}), sp.Integer(number)) for layers, number in ((2, 2), (3, 4), (4, 8))),
        ),
        Cases(
            "Counted one by one for l = 2, 3, 4, 5.",
            tuple((_patterns(layers), at(COMPONENTS, {depth: layers})) for layers in (2, 3, 4, 5)),
        ),
        Cases(
            "Y = [[2,-1],[-1,2]] has the singular values 3 and 1, so the level of the sum is 1/2.",
            tuple(
                (image, sp.Integer(value * entry))
                for value, vector in ((3, (1, -1)), (1, (1, 1)))
                for image, entry in zip(_images(vector), vector, strict=True)
            ),
        ),
        Identity(
            "One unit, two layers: on the branch w_2 = 1/w_1 the loss is 0.",
            sp.Subs((_B * _A - 1) ** 2 / 2, _B, 1 / _A),
            sp.Integer(0),
        ),
    ),
    formulas={"components": COMPONENTS, "level": factor * sigma_r**2 / count},
    traps=(
        "A generic matrix logarithm of a matrix with positive determinant can be complex: use the polar form.",
        "Components are counted as they are; permutations of hidden units join some of them.",
        "A large discrete step of training can jump between components; continuous training below the level cannot.",
    ),
)
