r"""A network and its copy with two rescaled units: zero loss at both ends, a barrier after every permutation, at every width."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Identity, Lemma, Nonnegative, Piecewise, Square
from theory.symbols import m, u
from theory.unevaluated import at, inner

Q = (m - 1) ** 2 / m  # q = m + 1/m - 2
SPREAD = m**2 + m**-2
OWN = Q**2 / 16
OWN_DEAD = Q**2 / 32 + sp.Rational(1, 8)
DEAD = sp.Rational(1, 4)
CROSSED = DEAD + SPREAD / 8
CROSSED_DEAD = DEAD + SPREAD / 32

# incoming and outgoing weights of the live units at both ends; unit i answers to input e_i
e_1, e_2, nothing = sp.Matrix([1, 0]), sp.Matrix([0, 1]), sp.zeros(2, 1)
A_1, A_2 = (e_1, e_1), (e_2, e_2)
B_1, B_2 = (e_1 / m, m * e_1), (m * e_2, e_2 / m)
NONE = (nothing, nothing)
Unit = tuple[sp.Matrix, sp.Matrix]


def _barrier(*slots: tuple[Unit, Unit]) -> sp.Expr:
    """|ΔV ΔW|²/32 for the units that share a slot at the ends a and b: the price of two_layer_linear with c = 1, two examples."""
    bend = sp.MatAdd(*(sp.MatMul(v_b - v_a, (w_b - w_a).T) for (w_a, v_a), (w_b, v_b) in slots))
    return inner(bend, bend) / 32


POSITIVE = (m,)
q = sp.Symbol("q", real=True)
STEPS = (
    Lemma(
        r"No weight is negative and the inputs are $e_1,e_2$, so no unit changes its sign: $B=\frac{1}{32}|\Delta V\Delta W|^2$.",
        "barrier/two_layer_linear",
    ),
    Identity(r"Both live units on their own slots: $-q$ twice, with $q=m+\frac{1}{m}-2$.", _barrier((A_1, B_1), (A_2, B_2)), OWN),
    Identity(
        r"One on its own slot, the other on a dead one.",
        _barrier((A_1, B_1), (A_2, NONE), (NONE, B_2)),
        OWN_DEAD,
    ),
    Identity(
        r"The same with the other unit.",
        _barrier((A_2, B_2), (A_1, NONE), (NONE, B_1)),
        OWN_DEAD,
    ),
    Identity(r"Both on dead slots: nothing is shared.", _barrier((A_1, NONE), (A_2, NONE), (NONE, B_1), (NONE, B_2)), DEAD),
    Identity(r"Both on each other's slots.", _barrier((A_1, B_2), (A_2, B_1)), CROSSED),
    Identity(
        r"One on the other's slot, that one on a dead one.",
        _barrier((A_1, B_2), (A_2, NONE), (NONE, B_1)),
        CROSSED_DEAD,
    ),
    Identity(
        r"And the same with the units exchanged. These are all matchings.",
        _barrier((A_2, B_1), (A_1, NONE), (NONE, B_2)),
        CROSSED_DEAD,
    ),
    Identity(
        r"$q=\frac{(m-1)^2}{m}$, so that $q>0$ for $m>0$, $m\neq 1$: no matching of width 2 or 3 has $B=0$.",
        Q,
        m + 1 / m - 2,
    ),
    Nonnegative(
        r"Crossing twice is never better than crossing once: $\frac{1}{8}\geq\frac{1}{32}$.",
        (CROSSED - CROSSED_DEAD) * m**2,
        (m**2,),
        (Square(sp.Rational(3, 32), m**2), Square(sp.Rational(3, 32), ONE)),
    ),
    Nonnegative(
        r"Crossing once is worse than both on dead slots.",
        (CROSSED_DEAD - DEAD) * m**2,
        (m**2,),
        (Square(sp.Rational(1, 32), m**2), Square(sp.Rational(1, 32), ONE)),
    ),
    Piecewise(
        r"One own and one dead is the mean of both own and both dead, with $u=\frac{q^2}{16}$: never below the smaller one. "
        r"So from width 4 on, where there are two dead slots, the least is $\min(\frac{q^2}{16},\frac{1}{4})$.",
        sp.Ge(u / 2 + sp.Rational(1, 8), sp.Min(u, sp.Rational(1, 4)), evaluate=False),
    ),
    Identity(
        r"Both own beats both dead iff $q<2$: $\frac{1}{4}-\frac{q^2}{16}=\frac{(2-q)(2+q)}{16}$.",
        DEAD - q**2 / 16,
        (2 - q) * (2 + q) / 16,
    ),
)

WRONG = (
    Identity(
        r"The second unit is said to be rescaled by $m$ as well, instead of $\frac{1}{m}$: then crossing costs something else.",
        _barrier((A_1, (m * e_2, e_2 / m)), (A_2, (m * e_1, e_1 / m))),
        CROSSED,
    ),
    Piecewise(
        r"At width 4, one own and one dead is said to be the best.",
        sp.Le(u / 2 + sp.Rational(1, 8), sp.Min(u, sp.Rational(1, 4)), evaluate=False),
    ),
)

LEAST_2 = sp.Min(OWN, CROSSED)
LEAST_3 = sp.Min(OWN, OWN_DEAD, CROSSED_DEAD)
LEAST = sp.Min(OWN, DEAD)


def _truths(value: int, *numbers: str) -> Cases:
    widths = (LEAST_2, LEAST_3, LEAST)
    return Cases(
        rf"$m={value}$: widths 2, 3 and 4.",
        tuple((sp.Subs(least, m, value), sp.Rational(number)) for least, number in zip(widths, numbers, strict=True)),
    )


EXAMPLES = (
    _truths(2, "1/64", "1/64", "1/64"),
    _truths(3, "1/9", "1/9", "1/9"),
    _truths(5, "0.64", "0.445", "1/4"),
    _truths(10, "4.100625", "2.1753125", "1/4"),
    Cases(r"$q=2$ at $m=2+\sqrt{3}$.", ((at(Q, {m: 2 + sp.sqrt(3)}), sp.Integer(2)),)),
)

CLAIM = Claim(
    page=__name__,
    title="At every width, permutations are not enough",
    kind=Kind.COUNTEREXAMPLE,
    origins=(
        Origin("classical", "", "our statement of a known construction"),
        Origin("here", "", "the least over all matchings"),
    ),
    statement=(
        r"ReLU networks with one hidden layer of width $n\geq 2$ and no biases, examples $(e_1,e_1)$, $(e_2,e_2)$, loss "
        r"$\frac{1}{2}\sum|f-y|^2$. $\theta_a$: unit $i=1,2$ has the weights $w_i=v_i=e_i$; $\theta_b$: $w_1=\frac{1}{m}e_1$, "
        r"$v_1=me_1$ and $w_2=me_2$, $v_2=\frac{1}{m}e_2$, with $m>0$, $m\neq 1$; all other units are 0. Both losses are 0. The "
        r"least barrier over all permutations is, with $q=m+\frac{1}{m}-2>0$: width 2, "
        r"$\min(\frac{q^2}{16},\frac{1}{4}+\frac{m^2+m^{-2}}{8})$; width 3, "
        r"$\min(\frac{q^2}{16},\frac{q^2}{32}+\frac{1}{8},\frac{1}{4}+\frac{m^2+m^{-2}}{32})$; width 4 and more, "
        r"$\min(\frac{q^2}{16},\frac{1}{4})$: never 0, and there never more than $\frac{1}{4}$."
    ),
    equality=r"always; both units on their own slots are best iff $q<2$, that is $m<2+\sqrt 3$ and $\frac{1}{m}<2+\sqrt 3$",
    necessity=(
        r"PERMUTATIONS: rescaling, which keeps the function, sends $\theta_b$ to $\theta_a$, and then $B=0$: the pair refutes "
        r"permutations alone, not all symmetries. DATA: with one more example that no unit answers the mean is smaller."
    ),
    letters=(Letter(m, "factor of the rescaling, read off the weights"),),
    assumptions=(
        Assumption("CONSTRUCTION", "the ends are those of the statement, with hidden units in any order", "the weights"),
        Assumption("DATA", "the examples are the two of the statement", "inputs and targets"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "own": OWN,
        "own_dead": OWN_DEAD,
        "dead": DEAD,
        "crossed": CROSSED,
        "crossed_dead": CROSSED_DEAD,
        "least_2": LEAST_2,
        "least_3": LEAST_3,
        "least": LEAST,
    },
    traps=(
        r"At width 4 and more the least barrier does not grow with $m$: dead units take the live ones in.",
        r"The project's loss is a mean: $\frac{1}{2}\sum|f-y|^2$ over two examples is $E|f-y|^2$.",
    ),
)
