r"""Five numbers called "barrier": sup g, g(1/2), and the top of the profile above the mean, the larger end, its own line."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Piecewise, Positive, Square
from theory.symbols import B, B_arg, B_half, B_max, B_mean, L_a, L_b, d, high, low, t, top, value

LINE = (1 - t) * L_a + t * L_b
MEAN = (L_a + L_b) / 2
SPREAD = sp.Abs(L_a - L_b)
INSIDE = (t, 1 - t)
TOP_POSITION = sp.Rational(19, 32)

STEPS = (
    Piecewise(
        r"The larger end lies $d/2$ above the mean of the ends.", sp.Eq(sp.Max(L_a, L_b), MEAN + SPREAD / 2, evaluate=False)
    ),
    Piecewise(r"The smaller end lies $d$ below the larger.", sp.Eq(sp.Min(L_a, L_b), sp.Max(L_a, L_b) - SPREAD, evaluate=False)),
    Identity(
        r"So with $s=\sup\phi$ and the mean $h-d/2$ of the ends, $B_{mean}=s-(h-\frac{d}{2})$ is $B_{max}+\frac{d}{2}$ exactly.",
        top - (high - d / 2),
        sp.Subs(B_max + d / 2, B_max, top - high),
    ),
    Cited(
        r"By CONTINUOUS $\phi$ attains $s$, say at $t^*$; so $B_{arg}=g(t^*)$, and every value of $g$ is at most $B$.",
        "a continuous function on a closed interval has a maximum",
    ),
    Piecewise(
        r"$B_{max}\geq 0$: the ends are values of $\phi$, so $s\geq L_a$ and $s\geq L_b$.",
        sp.Ge(top - sp.Max(L_a, L_b), 0, evaluate=False),
        (sp.Ge(top, L_a, evaluate=False), sp.Ge(top, L_b, evaluate=False)),
    ),
    Nonnegative(
        r"$B_{arg}\geq B_{max}$: at $t^*$, as everywhere, the line is not above the larger end $h$.",
        (top - LINE) - (top - high),
        (*INSIDE, high - L_a, high - L_b),
        (Square(ONE, ONE, (1, 2)), Square(ONE, ONE, (0, 3))),
    ),
    Nonnegative(
        r"$B\leq B_{max}+d$: a value $v\leq s$ minus a line that is not below the smaller end $l=h-d$.",
        (top - high + d) - (value - LINE),
        (*INSIDE, L_a - (high - d), L_b - (high - d), top - value),
        (Square(ONE, ONE, (1, 2)), Square(ONE, ONE, (0, 3)), Square(ONE, ONE, (4,))),
    ),
    Identity(
        r"The line leaves the mean of the ends by $(t-\frac{1}{2})(L_b-L_a)$ ...",
        LINE - MEAN,
        (t - HALF) * (L_b - L_a),
    ),
    Piecewise(
        r"... which is at most $\frac{d}{2}$ in size, as $|t-\frac{1}{2}|\leq\frac{1}{2}$.",
        sp.Le(sp.Abs((t - HALF) * (L_b - L_a)), SPREAD / 2, evaluate=False),
        (sp.Ge(t, 0, evaluate=False), sp.Le(t, 1, evaluate=False)),
    ),
    Nonnegative(
        r"Hence $B\leq B_{mean}+\frac{d}{2}$: $v\leq s$ and the line is at least the mean $l$ of the ends minus $\frac{d}{2}$.",
        (top - low + d / 2) - (value - LINE),
        (top - value, LINE - low + d / 2),
        (Square(ONE, ONE, (0,)), Square(ONE, ONE, (1,))),
    ),
    Nonnegative(
        r"And $B\geq g(t^*)\geq B_{mean}-\frac{d}{2}$, with the same mean $l$ of the ends.",
        (top - LINE) - (top - low - d / 2),
        (low + d / 2 - LINE,),
        (Square(ONE, ONE, (0,)),),
    ),
    Identity(
        r"$B_{half}\leq B_{mean}$: at $t=\frac{1}{2}$ the line is the mean of the ends, and $\phi(\frac{1}{2})\leq s$. "
        r"$B_{half}\leq B$, as a value of $g$.",
        sp.Subs(value - LINE, t, HALF),
        value - MEAN,
    ),
    Piecewise(
        r"Equal ends, $d=0$: the chain $B_{max}\leq B_{arg}\leq B\leq B_{max}+d$ closes, and four of the five agree.",
        sp.And(sp.Eq(B, B_max), sp.Eq(B_arg, B_max), sp.Eq(B_mean, B_max)),
        (
            sp.Le(B_max, B_arg, evaluate=False),
            sp.Le(B_arg, B, evaluate=False),
            sp.Le(B, B_max + d, evaluate=False),
            sp.Eq(B_mean, B_max + d / 2, evaluate=False),
            sp.Eq(d, 0, evaluate=False),
        ),
    ),
)

WRONG = (
    Identity(
        r"The half of $d$ is forgotten: $B_{mean}$ is said to be $B_{max}+d$.",
        top - (high - d / 2),
        sp.Subs(B_max + d, B_max, top - high),
    ),
    Nonnegative(
        r"$B\leq B_{max}$ is claimed: the line is said never to be below the larger end.",
        (top - high) - (value - LINE),
        (*INSIDE, high - L_a, high - L_b, top - value),
        (),
    ),
    Nonnegative(
        r"ONE_GRID is dropped: the value $v$ may come from another grid than the top $s$.",
        (top - high + d) - (value - LINE),
        (*INSIDE, L_a - (high - d), L_b - (high - d)),
        (),
    ),
)

PROFILE = 16 * t**2 * (1 - t) ** 2 + t**2 * (3 - 2 * t)
TRUE_B = sp.Rational("1.0077671949468")
NEAR = sp.Rational("0.5310086872")
EPS = sp.Rational(1, 10**12)
TOP = sp.Subs(PROFILE, t, TOP_POSITION)
EXAMPLES = (
    Cases(
        r"$\phi=16t^2(1-t)^2+t^2(3-2t)$ has its top at $t^*=19/32$: the slope there is $0$; $B_{half}=1$, "
        r"$B_{mean}=\frac{70117}{65536}$, $B_{max}=\frac{37349}{65536}$, $B_{arg}=\frac{63973}{65536}$.",
        (
            (sp.Subs(sp.Derivative(PROFILE, t), t, TOP_POSITION), sp.Integer(0)),
            (gap_at_half(PROFILE), ONE),
            (TOP - HALF, sp.Rational(70117, 65536)),
            (TOP - 1, sp.Rational(37349, 65536)),
            (TOP - TOP_POSITION, sp.Rational(63973, 65536)),
        ),
    ),
    Positive(r"No value of $\phi$ is above $\phi(19/32)+10^{-12}$.", TOP.doit() + EPS - PROFILE, t, sp.Integer(0), ONE),
    Positive(
        r"No value of its gap reaches $1.0077671949469$ ...",
        TRUE_B + sp.Rational(1, 10**13) - (PROFILE - t),
        t,
        sp.Integer(0),
        ONE,
    ),
    Positive(
        r"... but near $t=0.5310086872$ it is above $1.0077671949467$.",
        PROFILE - t - TRUE_B + sp.Rational(1, 10**13),
        t,
        NEAR,
        NEAR + sp.Rational(1, 10**10),
    ),
    Cases(
        r"$\phi=t$: $B=B_{max}=B_{arg}=0$, the gap is $0$ everywhere, but $B_{mean}=1/2$.",
        ((gap_at_half(t), sp.Integer(0)), (sp.Subs(t, t, 1) - HALF, HALF)),
    ),
)

CLAIM = Claim(
    page=__name__,
    title='Five numbers called "barrier"',
    kind=Kind.TWO_SIDED,
    origins=(
        Origin("entezari2022", note=r"$B$, the supremum over the line between the ends"),
        Origin("frankle2020", note="the mean of the ends, there on the error"),
        Origin("here", note="the relations"),
    ),
    statement=(
        r"Let $d=|L_a-L_b|$ and $t^*$ a maximiser of $\phi$. Of the five numbers $B=\sup g$, $B_{half}=g(1/2)$, "
        r"$B_{mean}=\sup\phi-\frac{L_a+L_b}{2}$, $B_{max}=\sup\phi-\max(L_a,L_b)$ and $B_{arg}=g(t^*)$: "
        r"$B_{mean}=B_{max}+\frac{d}{2}$; $0\leq B_{max}\leq B_{arg}\leq B\leq B_{max}+d$; $|B-B_{mean}|\leq\frac{d}{2}$; "
        r"$B_{half}\leq\min(B,B_{mean})$. If $d=0$, then $B=B_{mean}=B_{max}=B_{arg}$; $B_{half}$ may be negative."
    ),
    equality=r"$\phi=t$: $B=B_{max}=B_{arg}=0$ and $B_{mean}=1/2=d/2$; equal ends: four of the five agree",
    necessity=(
        r"ONE_GRID: if $B$ is read off a fine grid and $B_{max}$ off a coarse one, $B\leq B_{max}+d$ can fail. On one grid the "
        r"relations hold for every function; continuity only makes $t^*$ exist. Where $\phi$ has several maximisers, $B_{arg}$ "
        r"depends on which one is taken, and the relations hold for each."
    ),
    letters=(
        Letter(L_a, r"loss at $\theta_a$"),
        Letter(L_b, r"loss at $\theta_b$"),
        Letter(d, r"$|L_a-L_b|$"),
        Letter(B, r"$\sup g$, the barrier"),
        Letter(B_half, r"$g(1/2)$"),
        Letter(B_mean, r"$\sup\phi-\frac{L_a+L_b}{2}$"),
        Letter(B_max, r"$\sup\phi-\max(L_a,L_b)$"),
        Letter(B_arg, r"$g(t^*)$ at a maximiser $t^*$ of $\phi$"),
    ),
    assumptions=(
        Assumption("ONE_GRID", "all five are read off the same positions, both ends and 1/2 among them", "by construction"),
        Assumption("CONTINUOUS", r"$\phi$ is continuous", "activations and loss are continuous, by type"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "spread": SPREAD,
        "mean_of_max": B_max + d / 2,
        "upper": B_max + d,
        "upper_of_mean": B_mean + d / 2,
        "lower_of_mean": B_mean - d / 2,
        "upper_of_half": sp.Min(B, B_mean),
    },
    traps=(
        "Loss or error, training or test data, batch statistics frozen or not: all are part of the convention.",
        r"$B_{mean}$ of two good networks of different loss is positive without any barrier: print $d$ beside it.",
    ),
    owes_not={
        "necessity": (
            "no pair can break an assumption: on one grid the relations hold for every function; the test reads two "
            "conventions off different grids and sees them fail"
        )
    },
)
