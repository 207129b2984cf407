r"""Piecewise-linear networks have piecewise-polynomial profiles: their supremum is found exactly, where no grid is safe."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity
from theory.steps import Piecewise as Implied
from theory.symbols import B, c, d, factor, m, n, out_weight, p_a, p_b, residual, t, u, v, x
from theory.unevaluated import at

CROSSING = p_a / (p_a - p_b)
JUMP = 2 * factor * residual * out_weight * sp.Abs(p_b - p_a)


def _between(start: sp.Expr, end: sp.Expr) -> sp.Expr:
    return (1 - t) * start + t * end


unit = _between(c, d) * _between(p_a, p_b)  # output weight times pre-activation, where the gate is open
output = m + n * t + v * t**2
others, weight = sp.Function("z"), sp.Function("v")  # what the other units give, and this unit's output weight
slope = sp.Symbol("s", real=True)  # p' of the unit whose gate changes at u
target = sp.Symbol("y", real=True)

STEPS = (
    Identity(
        r"A pre-activation of the first layer is affine on the chord, $(1-t)p_a+tp_b$, and vanishes at $t^*$.",
        sp.Subs(_between(p_a, p_b), t, CROSSING),
        sp.Integer(0),
    ),
    Implied(
        r"It lies inside the chord if the ends have opposite signs: one gate change per example and unit.",
        sp.And(x > 0, x < 1),
        (p_a > 0, p_b < 0, sp.Eq(x * (p_a - p_b), p_a)),
    ),
    Implied(
        r"Without opposite signs there is none; a pre-activation that is 0 at an end does not break the inside.",
        _between(p_a, p_b) > 0,
        (p_a >= 0, p_b >= 0, p_a + p_b > 0, t > 0, t < 1),
    ),
    Identity(
        r"Between gate changes a unit adds a quadratic to the output.",
        sp.Derivative(unit, (t, 3)),
        sp.Integer(0),
    ),
    Identity(
        r"So the squared residual is a quartic there, and $g'$ a cubic.",
        sp.Derivative((output - target) ** 2, (t, 5)),
        sp.Integer(0),
    ),
    Cited(
        r"In general the pre-activations of layer $l$ have at most the degree $l$ and the loss of depth $L$ at most $2L$; the "
        r"break points are the roots of odd multiplicity of the pre-activations (PIECEWISE).",
        "degrees of polynomials add up under multiplication, and a polynomial changes its sign at roots of odd multiplicity only",
    ),
    Identity(
        r"The profile is continuous: where its gate changes the unit adds nothing.",
        sp.Subs(_between(c, d) * _between(p_a, p_b), t, CROSSING),
        sp.Integer(0),
    ),
    Identity(
        r"A gate that opens at $u$, $p=s(t-u)$, changes the slope by $2c(z-y)vs$, $c$ the factor of the loss.",
        sp.Subs(
            sp.Derivative(
                factor * (others(t) + weight(t) * slope * (t - u) - target) ** 2 - factor * (others(t) - target) ** 2, t
            ),
            t,
            u,
        ),
        2 * factor * (others(u) - target) * weight(u) * slope,
    ),
    Identity(
        r"One that closes, $p=-s(t-u)$, takes its term away: the same jump. So $J=2c(z-y)v|p_b-p_a|$, and the kink is concave "
        r"where residual and output weight have opposite signs.",
        -sp.Subs(
            sp.Derivative(
                factor * (others(t) - weight(t) * slope * (t - u) - target) ** 2 - factor * (others(t) - target) ** 2, t
            ),
            t,
            u,
        ),
        2 * factor * (others(u) - target) * weight(u) * slope,
    ),
    Cited(
        r"So $B$ is the largest value of $g$ at finitely many points: the break points and the real roots of $g'$ between them.",
        "a continuous function on an interval is largest at an end or where its derivative vanishes",
    ),
    Cited(
        r"With rational weights and data (RATIONAL) these are algebraic numbers, and every comparison of them is decidable.",
        "real roots of rational polynomials can be isolated and compared exactly",
    ),
)

WRONG = (
    Identity(
        r"The break point is taken for the share of the other end.",
        sp.Subs(_between(p_a, p_b), t, p_b / (p_a - p_b)),
        sp.Integer(0),
    ),
    Identity(r"The output is said to be affine between gate changes.", sp.Derivative(unit, (t, 2)), sp.Integer(0)),
    Identity(
        r"PIECEWISE is dropped: the activation adds a cubic term, as that of tanh.",
        sp.Derivative((output + p_a * t**3 - target) ** 2, (t, 5)),
        sp.Integer(0),
    ),
    Implied(
        r"Ends of one sign are said to have a break point, too.",
        sp.And(x > 0, x < 1),
        (p_a > 0, sp.Eq(x * (p_a - p_b), p_a)),
    ),
)


def _net(where: sp.Expr, start: tuple[tuple[int, ...], ...], end: tuple[tuple[int, ...], ...], example: int) -> sp.Expr:
    """sum_j v_j relu(w_j x + b_j) at a position of the chord, for (w, b, v) at both ends."""
    rows = (zip(left, right, strict=True) for left, right in zip(start, end, strict=True))
    mixed = [[(1 - where) * p + where * q for p, q in row] for row in rows]
    return sp.Add(*(out * sp.Max(0, w * example + b) for w, b, out in zip(*mixed, strict=True)))


def _gap(where: sp.Expr, start: tuple[tuple[int, ...], ...], end: tuple[tuple[int, ...], ...], data: dict[int, int]) -> sp.Expr:
    def loss(at: sp.Expr) -> sp.Expr:
        return sp.Add(*((_net(at, start, end, example) - y) ** 2 for example, y in data.items())) / (2 * len(data))

    return loss(where) - (1 - where) * loss(sp.Integer(0)) - where * loss(ONE)


FIRST = ((1, -1), (0, 1), (1, 1)), ((-1, 2), (1, -1), (2, 1)), {1: 1, 2: 2, -1: 2}
SECOND = ((-1, -1), (0, 0), (-2, -1)), ((0, 2), (2, 1), (0, 0)), {1: 1, -1: 2}
LAST_PIECE = 26 * t**4 - 65 * t**3 + sp.Rational(193, 4) * t**2 - sp.Rational(31, 4) * t - sp.Rational(3, 2)
KNOTS = [sp.Max(0, t - sp.Rational(numerator, 512)) for numerator in (258, 259, 260)]
SPIKE = 512000 * (KNOTS[0] - 2 * KNOTS[1] + KNOTS[2])


def _spike(where: sp.Expr) -> sp.Expr:
    return sp.Subs(SPIKE**2, t, where)


EXAMPLES = (
    Cases(
        r"Two units, three examples: $B=\frac{103}{486}$ at the concave kink $t=\frac{1}{3}$; on $[\frac{1}{3},\frac{2}{5}]$ "
        r"$g=\frac{19}{6}t^4-\frac{19}{3}t^3+\frac{19}{6}t^2-\frac{5}{6}t+\frac{1}{3}$.",
        (
            (at(_gap(t, *FIRST), {t: ONE / 3}), sp.Rational(103, 486)),
            (
                sp.Subs(sp.Rational(19, 6) * (t**4 - 2 * t**3 + t**2) - sp.Rational(5, 6) * t + ONE / 3, t, ONE / 3),
                sp.Rational(103, 486),
            ),
        ),
    ),
    Cases(
        r"Two units, two examples: on $[\frac{1}{2},1]$ $g=26t^4-65t^3+\frac{193}{4}t^2-\frac{31}{4}t-\frac{3}{2}$, and "
        r"$B=0.66522851\ldots$ at an irrational root of $g'$.",
        tuple((_gap(where, *SECOND), sp.Subs(LAST_PIECE, t, where)) for where in (HALF, 3 * ONE / 4, ONE)),
    ),
    Cases(
        r"Three neurons: the loss is 0 at $\frac{50}{100}$, $\frac{51}{100}$, $\frac{12}{24}$, $\frac{13}{24}$, $\frac{24}{49}$, "
        r"$\frac{25}{49}$, the nearest points of the grids of 11, 25, 50 and 101 points, and $10^6$ at $\frac{259}{512}$.",
        (
            *((_spike(sp.Rational(*at)), sp.Integer(0)) for at in ((50, 100), (51, 100), (13, 24), (24, 49), (25, 49))),
            (_spike(sp.Rational(259, 512)), sp.Integer(10**6)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The supremum, not a grid value",
    kind=Kind.IDENTITY,
    origins=(Origin("here"),),
    statement=(
        r"For a piecewise-linear activation and the squared loss the profile is piecewise polynomial. With one hidden layer each "
        r"pair of an example and a unit changes its gate at most once, at $t^*=\frac{p_a}{p_a-p_b}$ where its pre-activation has "
        r"opposite signs at the ends; between these break points $\phi$ is a quartic, at them its slope jumps by "
        r"$2c(z-y)v|p_b-p_a|$. With $L$ layers the pieces have at most the degree $2L$. So $B=\sup g$ is the largest of finitely "
        r"many algebraic numbers and is computed exactly; a grid of any number of points may read 0 and miss it."
    ),
    equality="always; a spike of three neurons is 0 on grids of 11, 25, 50 and 101 points and has $B=10^6$",
    necessity=(
        r"PIECEWISE: a profile of a tanh network has no pieces, and no polynomial of any degree is equal to it. SIZE is no "
        r"assumption of the claim but of the check: with many gates the exact computation takes minutes."
    ),
    letters=(
        Letter(p_a, r"pre-activation of a unit on an example at $\theta_a$"),
        Letter(p_b, r"and at $\theta_b$"),
        Letter(out_weight, "output weight of the unit where its gate changes"),
        Letter(residual, "output minus target there"),
        Letter(factor, r"$c$ of the squared loss $c|z-y|^2$"),
        Letter(B, r"$\sup g$"),
    ),
    assumptions=(
        Assumption("PIECEWISE", "piecewise-linear activation and squared loss", "their types"),
        Assumption("RATIONAL", "weights and data are rational numbers", "floats are the dyadic rationals that they are"),
        Assumption("SIZE", "few enough gates for a check that takes a second", "examples times units"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"crossing": CROSSING, "jump": JUMP},
    traps=(
        "A pre-activation that is 0 at an end (a dead unit, a first bias of 0) makes no break point inside.",
        "Roots from floating point may lie a little outside of their piece: clip them, never drop them.",
        r"Second derivatives see nothing of the kinks, and a concave kink is where most maxima sit.",
        r"The error of a grid has no bound that does not know $\phi''$ or a Lipschitz constant (grid_certificate).",
    ),
)
