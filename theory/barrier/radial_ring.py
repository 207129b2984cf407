r"""A loss that depends on the distance from θ_0 alone: at equal radii the angle sets the barrier, B = h(r cos(A/2)) - h(r)."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import R, angle, high, low, r, r_1, r_2, t, value

h = sp.Function("h")
COS, SIN = sp.cos(angle / 2), sp.sin(angle / 2)
MIDDLE = r * COS
RING = R**2 * (1 - COS) ** 2 / 2
RADIUS_2 = MIDDLE**2 + (2 * t - 1) ** 2 * r**2 * SIN**2
SLOT = sp.Symbol("rho", real=True)

STEPS = (
    Cited(
        r"In the plane of both displacements, with their bisector as the first axis, the ends are "
        r"$r(\cos\frac{A}{2},\mp\sin\frac{A}{2})$ (EQUAL_RADII).",
        "lengths and angles do not change under a rotation",
    ),
    Identity(
        r"The squared radius along the chord.",
        (MIDDLE * ((1 - t) + t)) ** 2 + (-(1 - t) * r * SIN + t * r * SIN) ** 2,
        RADIUS_2,
    ),
    Nonnegative(
        r"It is smallest in the middle, where the radius is $r\cos\frac{A}{2}\geq 0$, as $A\leq\pi$; with $l=r\sin\frac{A}{2}$.",
        (2 * t - 1) ** 2 * low**2,
        (),
        (Square(ONE, (2 * t - 1) * low),),
    ),
    Identity(
        r"And it is largest at the ends: $r^2$ exceeds it by $4t(1-t)r^2\sin^2\frac{A}{2}$.",
        r**2 - RADIUS_2,
        4 * t * (1 - t) * r**2 * SIN**2,
    ),
    Identity(
        r"Both ends have the loss $h(r)$ (RADIAL), so the line between them is constant.",
        h(SLOT) - (1 - t) * h(r) - t * h(r),
        h(SLOT) - h(r),
    ),
    Nonnegative(
        r"By FALLING no value $v$ of $h$ between the radii is above $h(r\cos\frac{A}{2})$, so $g$ is largest in the middle.",
        (high - low) - (value - low),
        (high - value,),
        (Square(ONE, ONE, (0,)),),
    ),
    Nonnegative(
        r"The ring $h(\rho)=\frac{1}{2}(\rho-R)^2$ is falling inside: $2h(r_1)\geq 2h(r_2)$ for $r_1\leq r_2\leq R$.",
        (r_1 - R) ** 2 - (r_2 - R) ** 2,
        (r_2 - r_1, R - r_1, R - r_2),
        (Square(ONE, ONE, (0, 1)), Square(ONE, ONE, (0, 2))),
    ),
    Identity(
        r"With $r=R$ its ends have loss 0, and $B=\frac{R^2}{2}(1-\cos\frac{A}{2})^2$.",
        sp.Subs((SLOT - R) ** 2 / 2, SLOT, R * COS) - sp.Subs((SLOT - R) ** 2 / 2, SLOT, R),
        RING,
    ),
    Lemma(
        r"Unequal radii: the midpoint lies at the distance $|\bar\delta|$, so "
        r"$g(\frac{1}{2})=h(|\bar\delta|)-\frac{h(r_1)+h(r_2)}{2}$.",
        "barrier/common_base",
    ),
)

WRONG = (
    Identity(
        r"The whole angle is taken for the half.",
        (MIDDLE * ((1 - t) + t)) ** 2 + (-(1 - t) * r * SIN + t * r * SIN) ** 2,
        (r * sp.cos(angle)) ** 2 + (2 * t - 1) ** 2 * r**2 * sp.sin(angle) ** 2,
    ),
    Nonnegative(
        r"FALLING is dropped: some value of $h$ between the radii may be larger than the one in the middle.",
        (high - low) - (value - low),
        (high - low,),
        (),
    ),
    Nonnegative(
        r"The ring is said to be falling outside of $R$, too.",
        (r_1 - R) ** 2 - (r_2 - R) ** 2,
        (r_2 - r_1, r_1 - R),
        (),
    ),
)

EXAMPLES = (
    Cases(
        r"$R=1$: $60°$, $90°$, $120°$ and $180°$ cost $\frac{(2-\sqrt 3)^2}{8}=0.00897460$, $\frac{3-2\sqrt 2}{4}=0.04289322$, "
        r"$\frac{1}{8}$ and $\frac{1}{2}$.",
        tuple(
            (sp.Subs(RING, (R, angle), (1, where)), truth)
            for where, truth in (
                (sp.pi / 3, (2 - sp.sqrt(3)) ** 2 / 8),
                (sp.pi / 2, (3 - 2 * sp.sqrt(2)) / 4),
                (2 * sp.pi / 3, sp.Rational(1, 8)),
                (sp.pi, HALF),
            )
        ),
    ),
    Cases(
        r"The hill $h=e^{-\rho^2/2}$ with $r=1$ at $90°$: $e^{-1/4}-e^{-1/2}=0.17227012$.",
        (
            (
                sp.Subs(sp.exp(-(MIDDLE**2) / 2) - sp.exp(-(r**2) / 2), (r, angle), (1, sp.pi / 2)),
                sp.exp(-ONE / 4) - sp.exp(-ONE / 2),
            ),
        ),
    ),
    Cases(
        r"EQUAL_RADII is needed: on the ring $R=1$ with radii 1 and 2 at $180°$ the midpoint lies at $\frac{1}{2}$: "
        r"$g(\frac{1}{2})=\frac{1}{8}-\frac{1}{4}=-\frac{1}{8}$.",
        ((sp.Subs((SLOT - 1) ** 2 / 2, SLOT, HALF) - (0 + HALF) / 2, -sp.Rational(1, 8)),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The angle sets the barrier",
    kind=Kind.IDENTITY,
    origins=(Origin("here"),),
    statement=(
        r"Let $L=h(|\theta-\theta_0|)$, both ends at the distance $r$ from $\theta_0$ and $A$ the angle between them there. Then "
        r"$g(\frac{1}{2})=h(r\cos\frac{A}{2})-h(r)$, and if $h$ does not increase between these two radii, this is $B$. The ring "
        r"$h=\frac{1}{2}(\rho-R)^2$ with $r=R$: $B=\frac{R^2}{2}(1-\cos\frac{A}{2})^2$. Unequal radii: "
        r"$g(\frac{1}{2})=h(|\bar\delta|)-\frac{h(r_1)+h(r_2)}{2}$."
    ),
    equality=r"always; opposite points of the ring, $A=180°$: $B=\frac{R^2}{2}$",
    necessity=(
        r"EQUAL_RADII: radii 1 and 2 at $180°$ on the ring $R=1$: $g(\frac{1}{2})=-\frac{1}{8}$; the formula says $\frac{1}{2}$. "
        r"FALLING: from outside the ring the chord first falls to it, and $B=0$ is above $g(\frac{1}{2})$. "
        r"RADIAL: on an ellipse two chords of one angle have different barriers."
    ),
    letters=(
        Letter(r, r"distance of both ends from $\theta_0$"),
        Letter(angle, r"angle at $\theta_0$ in radians, between 0 and $\pi$"),
        Letter(R, "radius of the ring"),
    ),
    assumptions=(
        Assumption("RADIAL", r"$L=h(|\theta-\theta_0|)$", "the formula of the landscape, and its centre as the base of the pair"),
        Assumption("EQUAL_RADII", r"$|\theta_a-\theta_0|=|\theta_b-\theta_0|$", "both distances"),
        Assumption(
            "FALLING",
            r"$h$ does not increase from $r\cos\frac{A}{2}$ to $r$",
            "its values at 65 radii between the two",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"middle_radius": MIDDLE, "ring": RING},
    traps=(r"The loss has a kink at its centre, which the chord meets at $A=180°$.",),
    owes_not={"trained check": "no trained network has a loss that depends on a distance alone; common_base measures its angle"},
)
