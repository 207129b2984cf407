r"""Last hidden width equal to the rank of the targets: two classes of solutions, every path between them costs sigma_r^2/2.

Equality for two layers over an invertible input and a bijective activation; proved by one determinant that cannot vanish
below the level.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import matrix, vector
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import classes, count, factor, narrowest, sigma_r, sign_a, sign_b, t
from theory.unevaluated import added, at, times

_G, _H, _E = matrix("g", 2, 2), matrix("h", 2, 2), matrix("e", 2, 2)
_COLUMN = vector("x", 2)
_C, _S1, _S2, _ANGLE = sp.symbols("c s_1 s_2 theta", real=True)

# an output bias: u is orthogonal to the ones, so it does not see b
_F3, _U = vector("f", 3), vector("u", 2)
_U3 = sp.Matrix([_U[0], _U[1], -_U[0] - _U[1]])
_W, _B = sp.symbols("w b", real=True)

# Y = diag(s_1, s_2) in its own bases; the last outgoing column shrinks by 1 - t
_DROP = sp.diag(_S1, _S2) - sp.diag(_S1, (1 - t) * _S2)
_SWAP = sp.Matrix([[0, 1], [1, 0]])

_PHI, _M = sp.symbols("phi m", real=True)
_P1, _P2 = sp.symbols("p_1 p_2", real=True)


def _entries(m: sp.Matrix) -> sp.Expr:
    return sp.Add(*(e**2 for e in m))


def _balanced(k: int) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """Balanced one-hot rows: the second moment of the centred targets has the eigenvalue 1/k on every difference."""
    moment = sp.eye(k) / k - sp.ones(k, k) / k**2
    difference = sp.Matrix([1, -1] + [0] * (k - 2))
    images = (added(*(times(moment[i, j], difference[j]) for j in range(k))) for i in range(k))
    return tuple((image, difference[i] / sp.Integer(k)) for i, image in enumerate(images))


LEVEL = factor * sigma_r**2 / count


def _one_sixth() -> tuple[sp.Expr, sp.Expr]:
    """The level for c = 1/2 where sigma_r^2 = N/3, with six examples."""
    return at(LEVEL, {factor: sp.Rational(1, 2), sigma_r: sp.sqrt(2), count: 6}), sp.Rational(1, 6)


LEVELS = (
    sp.Integer(2),
    sp.Rational(1, 2),
    3 - 2 * sp.sqrt(2),
    (7 - 3 * sp.sqrt(5)) / 4,
    (7 - 4 * sp.sqrt(3)) / 2,
)

CLAIM = Claim(
    page=__name__,
    title="As narrow as the rank of the targets: two classes of solutions",
    kind=Kind.LOWER,
    origins=(
        Origin("nguyen2021sublevel", note="disconnected sublevel sets at width N, two layers"),
        Origin("here", note="the rank form for any depth, and the exact level"),
    ),
    statement=(
        r"Squared loss $\frac cN|Z-Y|_F^2$. Let $Y_0=Y$ if the output layer has no bias and $Y_0=(I-11^T/N)Y$ if it has one, "
        r"and let the last hidden layer be as wide as the rank of $Y_0=USV^T$, $n_{L-1}=r$, with smallest singular value "
        r"$\sigma_r$. Then for any depth, activation and $N$ the sign $D(\theta)=\mathrm{sign}\det(U^TF_{L-1}(\theta))$ is "
        r"constant along every continuous path with $L<c\,\sigma_r^2/N$. Two points with opposite $D$ have "
        r"$\max_\gamma L\geq c\,\sigma_r^2/N$ on every path; swapping two units of the last hidden layer flips $D$. For two "
        r"layers, $X$ of rank $N$ and a bijective activation there are exactly two components of solutions and the level is "
        r"attained. One-hot targets of $K$ balanced classes have the level $\frac1{2K}$ for $c=\frac12$."
    ),
    equality=(
        r"$Y$ the second-difference matrix of size $N$, $X=I$, $c=\frac12$, sum over the examples: the least maximum is "
        r"$8\sin^4\frac{\pi}{2(N+1)}$: $2$, $\frac12$, $3-2\sqrt2$, $\frac{7-3\sqrt5}4$, $\frac{7-4\sqrt3}2$, $\dots$, on a path "
        r"of five segments (three for $N=1$): drop, copy, shift, reset, regrow."
    ),
    necessity=(
        r"RANK: with one more unit, $N=1$, $x=y=1$, $(1,-2)$ over leaky units: the output layer moves from $(1,0)$ to $(0,-1)$ "
        r"at loss 0. SQUARED: cross-entropy has no finite minimiser and no such level."
    ),
    letters=(
        Letter(sigma_r, r"smallest singular value of $Y_0$"),
        Letter(count, "number $N$ of examples"),
        Letter(factor, r"factor $c$ of the squared loss $c|z-y|^2$"),
        Letter(sign_a, "$D$ at endpoint a"),
        Letter(sign_b, "$D$ at endpoint b"),
        Letter(narrowest, r"smallest singular value of $U^TZV$ at a point"),
    ),
    assumptions=(
        Assumption("LAYERS", "a network of dense layers with at least one hidden layer", "structural"),
        Assumption("SQUARED", "the loss is c |z-y|^2", "by type"),
        Assumption("RANK", "the last hidden layer is as wide as the rank of the targets", "singular values, with their gap"),
        Assumption("BELOW", "both ends lie below the level", "two losses"),
    ),
    steps=(
        Identity(
            "An output bias is not seen: U is orthogonal to the ones (one column u and one output shown).",
            (_U3.T * (_F3 * _W + sp.ones(3, 1) * _B))[0],
            (_U3.T * _F3)[0] * _W,
        ),
        Identity(
            "U^T Z V is the product of the square matrices U^T F and (V^T W)^T, so if it is regular, so is U^T F (r = 2 shown).",
            sp.Add((_G * _H).det()),
            _G.det() * _H.det(),
        ),
        Identity(
            "If it is singular there is a unit vector x with U^T Z V x = 0; S x is at least as long as the smallest singular "
            "value, since for x = (cos, sin) the difference of the squares is this.",
            _S1**2 * sp.cos(_ANGLE) ** 2 + _S2**2 * sp.sin(_ANGLE) ** 2 - _S2**2,
            (_S1**2 - _S2**2) * sp.cos(_ANGLE) ** 2,
        ),
        Nonnegative(
            "And U^T(Y - Z)V x is at most as long as the Frobenius norm of the matrix times the length of x (one row shown).",
            (_E[0, 0] ** 2 + _E[0, 1] ** 2) * (_COLUMN[0] ** 2 + _COLUMN[1] ** 2)
            - (_E[0, 0] * _COLUMN[0] + _E[0, 1] * _COLUMN[1]) ** 2,
            (),
            (Square(sp.Integer(1), _E[0, 0] * _COLUMN[1] - _E[0, 1] * _COLUMN[0]),),
        ),
        Cited(
            "So where the determinant vanishes |Z - Y| is at least the smallest singular value, and the loss at least the level.",
            "matrices with orthonormal columns do not lengthen: |U^T E V| <= |E| in the Frobenius norm",
        ),
        Cited(
            "Below the level the determinant is continuous and never 0, so its sign is the same all along.",
            "intermediate value theorem",
        ),
        Identity("Swapping two units flips the sign.", sp.Determinant(_G * _SWAP), -_G.det()),
        Identity(
            "Attained: with F = U the last outgoing column shrinks, and the loss rises to the level, c/N times the square of the "
            "smallest singular value.",
            factor * _entries(_DROP) / count,
            t**2 * sp.Subs(LEVEL, sigma_r, _S2),
        ),
        Identity(
            "All solutions with one sign hang together: F = U g and W^T = g^{-1} S V^T have the same product U S V^T for every "
            "regular g (r = 2, a row u of U and a column x of S V^T shown) ...",
            ((_U.T * _G) * (_G.adjugate() * _COLUMN / _G.det()))[0],
            (_U.T * _COLUMN)[0],
        ),
        Cited(
            "... and these are all solutions of two layers; X of rank N and a bijective activation let F be any matrix.",
            "a product of rank r through r columns fixes their span; the real matrices with det > 0, and those with det < 0, are "
            "path-connected",
        ),
        Lemma(
            "The unit that has become free takes over another one's row and column at constant output; then the other one "
            "is free, takes the old row, and regrows.",
            "connectivity/neuron_relocation",
        ),
        Identity(
            "Second differences: sin(m phi) is an eigenvector with the eigenvalue 2 - 2 cos(phi).",
            2 * sp.sin(_M) - sp.expand_trig(sp.sin(_M - _PHI)) - sp.expand_trig(sp.sin(_M + _PHI)),
            (2 - 2 * sp.cos(_PHI)) * sp.sin(_M),
        ),
        Identity(
            "Half its square is 8 sin^4 of the half angle.",
            (2 - 2 * sp.expand_trig(sp.cos(2 * _PHI))) ** 2 / 2,
            8 * sp.sin(_PHI) ** 4,
        ),
        Identity(
            "Two classes with the shares p_1, p_2 and an output bias: the second moment of the centred one-hot rows has the "
            "eigenvalue 2 p_1 p_2, so for c = 1/2 the level is p_1 p_2.",
            sp.Subs(_P1 * (1 - _P1) + _P1 * _P2, _P1, 1 - _P2),
            sp.Subs(2 * _P1 * _P2, _P1, 1 - _P2),
        ),
        Identity(
            "K balanced classes: on a difference of two classes, entries p_1 and p_2 = -p_1, the second moment I/K - 11^T/K^2 is "
            "1/K, so the level is 1/(2K).",
            sp.Subs(_P1 / classes - (_P1 + _P2) / classes**2, _P2, -_P1),
            _P1 / classes,
        ),
    ),
    wrong=(
        Identity("Any g may stand behind U, without its inverse in W.", ((_U.T * _G) * _COLUMN)[0], (_U.T * _COLUMN)[0]),
        Identity(
            "The level is twice as high.",
            factor * _entries(_DROP) / count,
            2 * t**2 * sp.Subs(LEVEL, sigma_r, _S2),
        ),
        Identity("Swapping two units keeps the sign.", sp.Determinant(_G * _SWAP), _G.det()),
    ),
    examples=(
        Cases(
            "Second differences of size 1 to 5: 8 sin^4(pi/(2(N+1))).",
            tuple((at(8 * sp.sin(sp.pi / (2 * (_M + 1))) ** 4, {_M: n}), level) for n, level in enumerate(LEVELS, start=1)),
        ),
        Cases("Balanced one-hot rows of 3 classes: eigenvalue 1/3, so the level is 1/6.", (*_balanced(3), _one_sixth())),
        Cases(
            "Counts (2,1): 2/9; counts (3,3): 1/4.",
            (
                (times(sp.Rational(2, 3), sp.Rational(1, 3)), sp.Rational(2, 9)),
                (times(sp.Rational(1, 2), sp.Rational(1, 2)), sp.Rational(1, 4)),
            ),
        ),
    ),
    formulas={
        "level": LEVEL,
        "level_at": factor * sp.Max(0, sigma_r - narrowest) ** 2 / count,
    },
    traps=(
        "An output bias is one more unit: centre the targets.",
        "Sum and mean over the examples differ by N.",
        "For ReLU features the lower bound holds; that it is attained is not claimed.",
        "A barrier finder that reports less than the level is wrong: a coarse grid misses the crossing.",
    ),
)
