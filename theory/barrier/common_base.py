r"""Two solutions seen from a common base: radii and angle fix |Δ| and the distance of the midpoint, and nothing else."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import Delta_norm, angle, beta, dbar_norm, r, r_1, r_2
from theory.unevaluated import added, at, times

DELTA_2 = r_1**2 + r_2**2 - 2 * r_1 * r_2 * sp.cos(angle)
DBAR_2 = (r_1**2 + r_2**2 + 2 * r_1 * r_2 * sp.cos(angle)) / 4
PARALLELOGRAM = 2 * (r_1**2 + r_2**2)
COS, SIN = sp.cos(angle / 2), sp.sin(angle / 2)
EQUAL_DELTA, EQUAL_DBAR = 2 * r * SIN, r * COS
SMOOTH = beta / 2 * r**2 * SIN**2
STATIONARY = SMOOTH / 2

# coordinates in the plane of both displacements: along the first one, and along the bisector where the radii are equal
first, second = (r_1, sp.Integer(0)), (r_2 * sp.cos(angle), r_2 * sp.sin(angle))
left, right = (r * COS, -r * SIN), (r * COS, r * SIN)


def _square_of_sum(one: tuple[sp.Expr, ...], other: tuple[sp.Expr, ...], sign: int, factor: sp.Expr = ONE) -> sp.Expr:
    """factor^2 |one + sign * other|^2, written out."""
    return sp.Add(*((factor * (p + sign * q)) ** 2 for p, q in zip(one, other, strict=True)), evaluate=False)


STEPS = (
    Cited(
        r"Three points lie in a plane: there $\delta_1=r_1(1,0)$ and $\delta_2=r_2(\cos A,\sin A)$.",
        "lengths and angles do not change under a rotation",
    ),
    Identity(r"$\Delta=\delta_2-\delta_1$.", _square_of_sum(second, first, -1), DELTA_2),
    Identity(r"$\bar\delta=\frac{1}{2}(\delta_1+\delta_2)$.", _square_of_sum(second, first, 1, ONE / 2), DBAR_2),
    Identity(r"Parallelogram law: the angle drops out.", added(DELTA_2, times(4, DBAR_2)), PARALLELOGRAM),
    Nonnegative(
        r"So at given radii the angle trades the length of the chord for the depth of its midpoint: $|\bar\delta|^2$ is "
        r"$\frac{1}{4}|\Delta|^2$ less than the mean square of the radii.",
        PARALLELOGRAM / 4 - (PARALLELOGRAM - Delta_norm**2) / 4,
        (),
        (Square(sp.Rational(1, 4), Delta_norm),),
    ),
    Identity(
        r"Equal radii, with the bisector as the first axis: $|\Delta|=2r\sin\frac{A}{2}$, as $0\leq A\leq\pi$.",
        _square_of_sum(right, left, -1),
        EQUAL_DELTA**2,
    ),
    Identity(r"And $|\bar\delta|=r\cos\frac{A}{2}$.", _square_of_sum(right, left, 1, ONE / 2), EQUAL_DBAR**2),
    Identity(
        r"With $r=1$ this gives the angle of two unit vectors without loss of digits: "
        r"$\tan\frac{A}{2}=\frac{|\hat\delta_1-\hat\delta_2|}{|\hat\delta_1+\hat\delta_2|}$.",
        sp.Subs(EQUAL_DELTA / (2 * EQUAL_DBAR), r, 1),
        sp.tan(angle / 2),
    ),
    Lemma(r"If the loss is $\beta$-smooth on the chord, $B\leq\frac{\beta|\Delta|^2}{8}$.", "barrier/curvature_bound"),
    Identity(
        r"At equal radii this is $\frac{\beta}{2}r^2\sin^2\frac{A}{2}$.",
        at(beta * Delta_norm**2 / 8, {Delta_norm: EQUAL_DELTA}),
        SMOOTH,
    ),
    Lemma(r"With equal end slopes $B\leq\frac{\beta|\Delta|^2}{16}$.", "barrier/ridge_bound"),
    Identity(r"Half of it.", at(beta * Delta_norm**2 / 16, {Delta_norm: EQUAL_DELTA}), STATIONARY),
)

WRONG = (
    Identity(r"The sign of the cosine is flipped.", _square_of_sum(second, first, -1), 4 * DBAR_2),
    Identity(r"The mean is taken for the sum.", DELTA_2 + DBAR_2, PARALLELOGRAM),
    Identity(
        r"BASE is dropped: the radius is measured from another point, $r_1$ off.",
        _square_of_sum(right, left, -1),
        4 * (r + r_1) ** 2 * SIN**2,
    ),
)

THIRD, QUARTER = sp.pi / 3, sp.pi / 2
EXAMPLES = (
    Cases(
        r"Radii 3 and 4 at $90°$: $|\Delta|=5$, $|\bar\delta|=\frac{5}{2}$.",
        (
            (sp.Subs(DELTA_2, (r_1, r_2, angle), (3, 4, QUARTER)), sp.Integer(25)),
            (sp.Subs(DBAR_2, (r_1, r_2, angle), (3, 4, QUARTER)), sp.Rational(25, 4)),
        ),
    ),
    Cases(
        r"Radius 1 at $60°$: $|\Delta|=1$, $|\bar\delta|=\frac{\sqrt 3}{2}=0.866025\ldots$.",
        (
            (sp.Subs(EQUAL_DELTA, (r, angle), (1, THIRD)), sp.Integer(1)),
            (sp.Subs(EQUAL_DBAR, (r, angle), (1, THIRD)), sp.sqrt(3) / 2),
        ),
    ),
    Cases(
        r"Orthogonal displacements: $|\bar\delta|=\frac{r}{\sqrt 2}$.",
        ((sp.Subs(EQUAL_DBAR, (r, angle), (1, QUARTER)), 1 / sp.sqrt(2)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="What the angle knows",
    kind=Kind.IDENTITY,
    origins=(
        Origin("singh2024", note="the angle from a common base; their base may be the initialisation or the branching point"),
        Origin("classical", note="the formulas"),
    ),
    statement=(
        r"Let $\delta_i=\theta_i-\theta_0$, $r_i=|\delta_i|$, $A$ the angle between them, "
        r"$\bar\delta=\frac{1}{2}(\delta_1+\delta_2)$. Then $|\Delta|^2=r_1^2+r_2^2-2r_1r_2\cos A$ and "
        r"$4|\bar\delta|^2=r_1^2+r_2^2+2r_1r_2\cos A$, so $|\Delta|^2+4|\bar\delta|^2=2(r_1^2+r_2^2)$. Equal radii: "
        r"$|\Delta|=2r\sin\frac{A}{2}$, $|\bar\delta|=r\cos\frac{A}{2}$, and for a $\beta$-smooth loss "
        r"$B\leq\frac{\beta}{2}r^2\sin^2\frac{A}{2}$, with equal end slopes half of it."
    ),
    equality=r"always; radii 3 and 4 at $90°$: $|\Delta|=5$, $|\bar\delta|=\frac{5}{2}$",
    necessity="BASE: radii and angle from two different points say nothing about the chord.",
    letters=(
        Letter(r_1, r"$|\theta_a-\theta_0|$"),
        Letter(r_2, r"$|\theta_b-\theta_0|$"),
        Letter(r, "both radii, where they are equal"),
        Letter(angle, r"angle at $\theta_0$ in radians, between 0 and $\pi$"),
        Letter(Delta_norm, r"length $|\Delta|$ of the chord"),
        Letter(dbar_norm, r"distance of the midpoint from $\theta_0$"),
        Letter(beta, "smoothness constant of the loss on the chord"),
    ),
    assumptions=(
        Assumption(
            "BASE",
            r"one point $\theta_0$, other than both ends, from which both are seen",
            "the pair names it: the branching point or the initialisation",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "Delta_2": DELTA_2,
        "dbar_2": DBAR_2,
        "parallelogram": PARALLELOGRAM,
        "equal_Delta": EQUAL_DELTA,
        "equal_dbar": EQUAL_DBAR,
        "smooth": SMOOTH,
        "stationary": STATIONARY,
    },
    traps=(
        r"The arc cosine loses half of the digits near $0°$ and $180°$: use $2\,\mathrm{atan2}(|\hat\delta_1-\hat\delta_2|,"
        r"|\hat\delta_1+\hat\delta_2|)$.",
        "Independent runs have no common initialisation: say which base was used.",
        r"The angle alone ranks pairs badly where $|\Delta|$ varies, and from the branching point it need not grow with it.",
    ),
    owes_not={
        "necessity": (
            "the identity holds for any three points of a vector space, so no pair can break it; without a base there is nothing "
            "to compare"
        )
    },
)
