r"""N + 1 units in the first hidden layer: any two points are joined at the loss of the worse one; equality always."""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.connectivity._model import SIGMA, matrix, zeroed
from theory.steps import Cases, Cited, Identity, Lemma, Piecewise
from theory.symbols import count, depth, n_1, path_excess, path_max, pivot, rank, segment_count, sigma_N, t
from theory.unevaluated import added, at, times

SEGMENTS = 4 * n_1 + 1
PIECES = 4 * n_1 + 2 * depth

_F = sp.symbols("f_1:4", real=True)
_W = sp.symbols("w_1:4", real=True)
_C = sp.symbols("c_1:4", real=True)
_X, _U, _V = sp.symbols("x u v", real=True)
_SEEN = sp.Add(*(c * f for c, f in zip(_C, _F, strict=True)))


def _output(step: sp.Expr) -> sp.Expr:
    """One example, one output, while the third column moves along the kernel vector c."""
    return sp.Add(*(f * (w - step * _W[2] * c / _C[2]) for f, w, c in zip(_F, _W, _C, strict=True)))


_A, _B = sp.symbols("a b", real=True)
_READ = _A * SIGMA(_U * _X) + _B * SIGMA(_V * _X)

_N, _R, _WIDTH = sp.symbols("N R n", integer=True)

_TOP = matrix("w", 2, 3)
_GRAM = _TOP * _TOP.T
_GOAL = sp.Matrix([sp.symbols("g_1 g_2", real=True)])
_UNDER = _GOAL * _GRAM.adjugate() * _TOP / _GRAM.det()
_UP, _DOWN, _SLOPE = sp.symbols("z y s", real=True)

# one example x = y = 1 and two units of slope 1/2: features (1, 1), then (1, -1), then (-1, -1)
_STEPS = (
    ((1, 1), (1, 0), (1, 0)),
    ((1, -1), (1, 0), (0, -1)),
    ((-1, -1), (0, -1), (-1, 0)),
)


def _along(step: int) -> sp.Expr:
    """The output while W_2 moves over the features of a step."""
    seen, before, after = _STEPS[step]
    return added(*(times(f, added((1 - t) * p, t * q)) for f, p, q in zip(seen, before, after, strict=True)))


CLAIM = Claim(
    page=__name__,
    title="One more unit than examples in the first layer: no barrier at all",
    kind=Kind.EXISTENCE,
    origins=(
        Origin("nguyen2019"),
        Origin("nguyen2021sublevel", note="width N+1"),
        Origin("here", note="the count of segments, and one unit less with a bias"),
    ),
    statement=(
        r"Let the first hidden layer have $n_1\geq N+1$ units, or $n_1\geq N$ if layer 2 has a bias, $N$ the number of "
        r"different examples, and let the loss be convex in the outputs. (a) Two layers, any activation with GENERIC: any two "
        r"points are joined by a piecewise-linear path of $4n_1+1$ segments with $E=\max_\gamma L-\max(L_a,L_b)=0$. "
        r"(b) $\ell\geq3$ layers, an activation that is a bijection of $\mathbb R$, widths $n_2>n_3>\dots>n_\ell$ and upper "
        r"weight matrices of full rank along the line between the ends: any two points are joined by a continuous path of "
        r"$4n_1+2\ell$ pieces with $E=0$. So every sublevel set is connected."
    ),
    equality=(
        r"$E=0$ always; $N=1$, $x=y=1$, slope $\frac12$, no bias: $W_1=(1,1)\to(1,-2)\to(-2,-2)$ with "
        r"$W_2=(1,0)\to(0,-1)\to(-1,0)$ has the output 1 all along"
    ),
    necessity=(
        r"WIDTH: $n_1=N=1$ without bias, $(w_1,w_2)$ from $(1,1)$ to $(-2,-1)$: the output passes 0, so the loss passes "
        r"$\frac12$ on every path. PYRAMID: widths 1-2-1-1: the last weight, a square matrix, changes its sign. CONVEX: "
        r"$(z^2-1)^2$ from $z=1$ to $z=-1$. That the activation has to be bijective is not known."
    ),
    letters=(
        Letter(count, "different examples $N$"),
        Letter(n_1, "units of the first hidden layer"),
        Letter(depth, r"number $\ell$ of weight layers"),
        Letter(rank, r"rank of the fresh features $[\hat F,1]$"),
        Letter(sigma_N, "their smallest singular value"),
        Letter(pivot, r"smallest $|c_j|$ that an exchange divides by"),
        Letter(segment_count, "segments or pieces of the path"),
        Letter(path_max, "largest loss on the path"),
        Letter(path_excess, "its excess $E$"),
    ),
    assumptions=(
        Assumption("LAYERS", "a network of at least two dense layers", "by type"),
        Assumption("CONVEX", "the loss is convex in the outputs", "cross-entropy and squared loss: by type"),
        Assumption("WIDTH", "$n_1\\geq N+1$, or $n_1\\geq N$ if layer 2 has a bias", "integers; equal rows of $X$ count once"),
        Assumption(
            "GENERIC",
            r"a random first layer has features $[\hat F,1]$ of rank $N$, any $m$ columns of which have rank $\min(m,N)$",
            "rank by singular values, and a pivot above 1e-9 in every step of the exchange",
        ),
        Assumption("BIJECTIVE", "three layers or more: the activation is a bijection of the reals", "by name and slope"),
        Assumption(
            "PYRAMID",
            r"three layers or more: $n_2>n_3>\dots>n_\ell$, and $W_3..W_\ell$ keep full rank along the line between the ends",
            "integers; singular values above 1e-6 at 21 positions",
        ),
    ),
    steps=(
        Identity(
            "Silence a unit: moving the rows of W_2 along a kernel vector c of the features changes an output by a multiple of "
            "F c, which is 0 (three columns shown, the third is silenced).",
            _output(t) - _output(sp.Integer(0)),
            -t * _W[2] / _C[2] * _SEEN,
        ),
        Identity(
            "At the end of the move its outgoing weight is 0.", sp.Subs(_W[2] - t * _C[2] * _W[2] / _C[2], t, 1), sp.Integer(0)
        ),
        Identity(
            "Renew it: a unit that nobody reads may take any row, whatever the activation.",
            zeroed(sp.Derivative(_READ, _V), [_B]),
            sp.Integer(0),
        ),
        Piecewise(
            "While a unit is left, the kernel of all columns has a larger dimension than that of the R columns renewed so far.",
            sp.Gt(_WIDTH - _N, sp.Max(0, _R - _N)),
            (sp.Ge(_WIDTH, _N + 1), sp.Ge(_R, 0), sp.Le(_R, _WIDTH - 1), sp.Ge(_N, 1)),
        ),
        Piecewise(
            "With the column of ones, which is there from the start, one unit less suffices.",
            sp.Gt(_WIDTH + 1 - _N, sp.Max(0, _R + 1 - _N)),
            (sp.Ge(_WIDTH, _N), sp.Ge(_R, 0), sp.Le(_R, _WIDTH - 1), sp.Ge(_N, 1)),
        ),
        Cited(
            "So some kernel vector has a nonzero entry at a unit that is left, and the exchange goes on to the end.",
            "a subspace is not contained in one of smaller dimension; generic columns have rank min(m, N)",
        ),
        Lemma(
            "(a) Both ends now have the same first layer: the output layer moves straight, and the maximum is at a waypoint.",
            "connectivity/waypoint_certificate",
        ),
        Identity(
            "(b) Through a layer whose matrix W has full row rank every G has features A with A W^T = G, the least ones "
            "A = G (W W^T)^{-1} W (two rows of three shown).",
            sp.Add((_UNDER * _TOP.T)[0]),
            _GOAL[0],
        ),
        Piecewise(
            "The leaky ReLU is undone by dividing what is negative by the slope (slope s between 0 and 1).",
            sp.Eq(sp.Max(_UP, _SLOPE * _UP), _DOWN),
            (sp.Gt(_SLOPE, 0), sp.Lt(_SLOPE, 1), sp.Lt(_DOWN, 0), sp.Eq(_SLOPE * _UP, _DOWN)),
        ),
        Identity(
            "Two features with the same pre-activations above share them with every point of the line between.",
            (1 - t) * _A * _W[0] + t * (_A * _W[0]),
            _A * _W[0],
        ),
        Lemma("The outputs then move straight, and the loss stays below the worse end.", "connectivity/waypoint_certificate"),
        Identity("(a) Two exchanges of 2n segments and the turn between them.", added(times(2, times(2, n_1)), 1), SEGMENTS),
        Identity(
            "(b) At each end an exchange, the least norm and one move per layer above the second; then layers and outputs.",
            added(times(2, added(2 * n_1, 1, depth - 2)), 2),
            PIECES,
        ),
    ),
    wrong=(
        Identity(
            "The column moves along c without being divided by its entry, and is silenced all the same.",
            _W[2] - _W[2] * _C[2],
            sp.Integer(0),
        ),
        Piecewise(
            "N units without a bias suffice.",
            sp.Gt(_WIDTH - _N, sp.Max(0, _R - _N)),
            (sp.Ge(_WIDTH, _N), sp.Ge(_R, 0), sp.Le(_R, _WIDTH - 1), sp.Ge(_N, 1)),
        ),
    ),
    examples=(
        *(Identity(f"Two units, move {i + 1} of W_2: the output stays 1.", _along(i), sp.Integer(1)) for i in range(3)),
        Cases(
            "Segments of 3-11-2 without and 3-10-2 with a bias, pieces of 3-11-6-4-2 and 3-11-4-2: 45, 41, 52, 50.",
            tuple(
                (at(formula, {n_1: width, depth: layers}), sp.Integer(number))
                for formula, width, layers, number in (
                    (SEGMENTS, 11, 2, 45),
                    (SEGMENTS, 10, 2, 41),
                    (PIECES, 11, 4, 52),
                    (PIECES, 11, 3, 50),
                )
            ),
        ),
    ),
    formulas={"excess": sp.Integer(0), "segments": SEGMENTS, "pieces": PIECES},
    traps=(
        "Published statements differ on a strict or weak pyramid: equal widths leave a determinant whose sign cannot change.",
        "The path of (b) is not polygonal in the second layer: sample it.",
        "Always check that the two halves of the path meet, in the second layer too.",
        "It is a statement about training loss and more units than examples; nothing follows for the test loss.",
    ),
)
