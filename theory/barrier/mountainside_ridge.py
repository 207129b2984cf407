r"""Two runs descend a mountain on two sides of a ridge, and their chord climbs back: five hypotheses, each with its own word."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Identity, Lemma, Nonnegative, Square
from theory.symbols import (
    Delta_norm,
    L_bar,
    L_m,
    R,
    angle,
    c,
    d,
    dbar_norm,
    ell,
    on_run,
    parameters,
    r,
    run_slope,
    sigma,
    t,
    u,
    x,
)
from theory.unevaluated import added, power, times

CLIMB, RIDGE = on_run - L_bar, L_m - on_run
RHO = (L_m - L_bar) / CLIMB
COS, SIN = sp.cos(angle / 2), sp.sin(angle / 2)
ACROSS, OUTWARD = Delta_norm**2 * run_slope / dbar_norm, dbar_norm * run_slope
SCALE = 1 / (1 + COS) ** 2
WALLS = parameters * SIN**2

H = sp.Function("H")  # the loss as a function of the squared distance: smooth at the top
SLOPE = sp.Derivative(H(u), u)


def _slope(at: sp.Expr) -> sp.Expr:
    """H' at the squared distance `at`."""
    return sp.Subs(SLOPE, u, at)


radius = sp.Function("f")  # the distance from the base along the chord, on the ring
FALL, RISE = sp.Symbol("H_1", real=True), sp.Symbol("S", real=True)  # minus H', and sin A

STEPS = (
    Identity(
        r"What the midpoint is above the ends is what the runs were above them at its distance $d=|\bar\delta|$, and the ridge "
        r"above the runs.",
        added(CLIMB, RIDGE),
        L_m - L_bar,
    ),
    Identity(r"So $\rho_2$ exceeds 1 by the share of the ridge: M2 says that the ridge is not higher.", RHO, 1 + RIDGE / CLIMB),
    Lemma(
        r"The midpoint of the chord lies at the distance $|\bar\delta|$ from $\theta_0$, at equal radii $r\cos\frac{A}{2}$.",
        "barrier/common_base",
    ),
    Identity(
        r"MOUNTAIN: $L=h(\rho)=H(\rho^2)$, $\rho=|\theta-\theta_0|$. A run is on its way down at the slope $h'=2\rho H'$.",
        sp.Derivative(H(x**2), x),
        2 * x * _slope(x**2),
    ),
    Identity(
        r"At the distance $d$ runs and midpoint have the same loss $H(d^2)$: $\rho_2=1$ (M2).",
        sp.Subs(RHO, (L_m, on_run), (H(d**2), H(d**2))),
        ONE,
    ),
    Identity(
        r"The loss falls along $\bar\delta$ as it does on a run: $\langle\nabla L,\bar\delta\rangle=d\,h'(d)$ (M3b).",
        sp.Subs(sp.Derivative(H((x * d) ** 2), x), x, 1),
        d * (2 * d * _slope(d**2)),
    ),
    Identity(
        r"EQUAL_RADII: the chord is orthogonal to $\bar\delta$; with $\ell=\frac{1}{2}|\Delta|$ its squared distance is "
        r"$d^2+(2t-1)^2\ell^2$, and $\phi''(\frac{1}{2})=|\Delta|^2\frac{h'(d)}{d}<0$: it crosses a ridge (M3a).",
        sp.Subs(sp.Derivative(H(d**2 + (2 * t - 1) ** 2 * ell**2), (t, 2)), t, HALF),
        (2 * ell) ** 2 * (2 * d * _slope(d**2)) / d,
    ),
    Identity(
        r"M1: the barrier is $H(r^2\cos^2\frac{A}{2})-H(r^2)$, and with the angle it changes by $-\frac{1}{2}r^2\sin A\cdot H'$.",
        sp.Derivative(H(r**2 * COS**2), angle),
        -(r**2) * SIN * COS * _slope(r**2 * COS**2),
    ),
    Nonnegative(
        r"With $H'\leq 0$ (FALLING) that is not negative: a smaller angle, a smaller barrier.",
        r**2 * RISE * FALL / 2,
        (RISE, FALL),
        (Square(HALF, r, (0, 1)),),
    ),
    Identity(
        r"A ring of minima, $L=\frac{1}{2}(\rho-R)^2$: with $\rho=f(t)$ along the chord the curvature is $f'^2+(f-R)f''$.",
        sp.Derivative((radius(t) - R) ** 2 / 2, (t, 2)),
        radius(t).diff(t) ** 2 + (radius(t) - R) * radius(t).diff(t, 2),
    ),
    Identity(
        r"As $f^2=R^2\cos^2\frac{A}{2}+(2t-1)^2R^2\sin^2\frac{A}{2}$ and $f(0)=R$, $f'(0)=-2R\sin^2\frac{A}{2}$ at an end.",
        sp.Subs(sp.Derivative(R**2 * COS**2 + (2 * t - 1) ** 2 * R**2 * SIN**2, t), t, 0) / (2 * R),
        -2 * R * SIN**2,
    ),
    Identity(
        r"So $h_0=h_1=4R^2\sin^4\frac{A}{2}$, and the ratio of M5 is $\frac{1}{(1+\cos(A/2))^2}$.",
        (R**2 * (1 - COS) ** 2 / 2) / (2 * (2 * R * SIN**2) ** 2 / 16),
        SCALE,
    ),
    Nonnegative(
        r"It lies between $\frac{1}{4}$, that of the quartic well, for a small angle, and 1 for opposite runs: $4-(1+c)^2\geq 0$ "
        r"for $0\leq c\leq 1$.",
        4 - (1 + c) ** 2,
        (c, 1 - c),
        (Square(sp.Integer(3), ONE, (1,)), Square(ONE, ONE, (0, 1))),
    ),
    Identity(
        r"M4: the Hessian in the valley has the trace 1, and $|\Delta|^2=4R^2\sin^2\frac{A}{2}$: the walls are "
        r"$p\sin^2\frac{A}{2}$ times as sharp as a random direction.",
        times(power(2 * R * SIN**2), power(2 * R * SIN, -2), parameters),
        WALLS,
    ),
)

WRONG = (
    Identity(r"The ridge is counted twice.", RHO, 1 + 2 * RIDGE / CLIMB),
    Identity(
        r"MOUNTAIN is dropped: the ridge raises the midpoint by $\sigma$.",
        sp.Subs(RHO, (L_m, on_run), (H(d**2) + sigma, H(d**2))),
        ONE,
    ),
    Identity(
        r"EQUAL_RADII is dropped: the chord is not orthogonal to $\bar\delta$.",
        sp.Subs(sp.Derivative(H(d**2 + (2 * t - 1) * c + (2 * t - 1) ** 2 * ell**2), (t, 2)), t, HALF),
        (2 * ell) ** 2 * (2 * d * _slope(d**2)) / d,
    ),
    Nonnegative(r"FALLING is dropped: the loss may rise on the way.", r**2 * RISE * FALL / 2, (RISE,), ()),
    Identity(r"The ratio of M5 is said to be that of the well at every angle.", SCALE, ONE / 4),
)

RIDGED = (x**2 + t**2 - 1) ** 2 / 4 + 3 * (x**2 - t**2) ** 2 / 10
"""A mountain with four valleys and four ridges, in the coordinates (x, t); its valleys lie on the diagonals."""


def _on(point: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    return sp.Subs(RIDGED, (x, t), point)


DIAGONAL = 1 / sp.sqrt(2)
EXAMPLES = (
    Cases(
        r"The unit ring at $90°$: $\rho_2=1$, and the ratio of M5 is $6-4\sqrt 2=0.3431$; at $180°$ it is 1.",
        (
            (sp.Subs(SCALE, angle, sp.pi / 2), 6 - 4 * sp.sqrt(2)),
            (sp.Subs(SCALE, angle, sp.pi), ONE),
        ),
    ),
    Cases(
        r"A mountain with ridges, $\frac{1}{4}(|\theta|^2-1)^2+\frac{3}{10}(\theta_1^2-\theta_2^2)^2$, and the minima on two "
        r"diagonals: at half of the way, $d=\frac{1}{\sqrt 2}$, the runs were at $\frac{1}{16}$ and the midpoint is at "
        r"$\frac{11}{80}$: $\rho_2=\frac{11}{5}$, and M2 fails.",
        (
            (_on((DIAGONAL, DIAGONAL)), sp.Integer(0)),
            (_on((HALF, HALF)), ONE / 16),
            (_on((DIAGONAL, sp.Integer(0))), sp.Rational(11, 80)),
            (sp.Subs(RHO, (L_m, on_run, L_bar), (sp.Rational(11, 80), ONE / 16, 0)), sp.Rational(11, 5)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Mountainside and ridge",
    kind=Kind.PREDICTOR,
    origins=(
        Origin("singh2024", note="the perspective; hypotheses and wording may differ from theirs"),
        Origin("here", note="the operational checks, and the mountain on which all of them are theorems"),
    ),
    statement=(
        r"Two runs part at $\theta_0$ and end with the mean loss $\bar L$. M1: beyond some branching step no pair has a barrier, "
        r"and the angle seen from the initialisation falls. M2: the midpoint climbs back to where the runs were at its distance, "
        r"$\rho_2=\frac{L(\theta_{1/2})-\bar L}{L_{run}(|\bar\delta|)-\bar L}$ is between $\frac{1}{2}$ and 2. M3a: "
        r"$\phi''(\frac{1}{2})<0$ where there is a barrier, and only there. M3b: the ridge falls along $\bar\delta$. M4: the "
        r"chord leaves both ends up walls that are sharper than a random direction. M5: $B$ is a stable multiple of its estimate "
        r"from the ends. On a mountain $L=h(|\theta-\theta_0|)$ with falling $h$ and equal radii $B$ falls with the angle (M1), "
        r"and M2 with $\rho_2=1$, M3a and M3b are theorems; on a ring M5 is $\frac{1}{(1+\cos(A/2))^2}$ and M4 holds where "
        r"$p\sin^2\frac{A}{2}>1$. On networks they are measured, and some fail."
    ),
    equality=(
        r"on a mountain: $\rho_2=1$, $\phi''(\frac{1}{2})=|\Delta|^2\frac{h'(d)}{d}$ and "
        r"$\langle\nabla L,\bar\delta\rangle=d\,h'(d)$ at every angle"
    ),
    necessity=(
        r"MOUNTAIN: a ridge between two valleys raises the midpoint above the runs, and $\rho_2$ is as large as it likes. "
        r"EQUAL_RADII: the chord is not orthogonal to $\bar\delta$, and its curvature mixes wall and ridge. FALLING: beyond the "
        r"valley the loss rises again, and the chord first goes down."
    ),
    letters=(
        Letter(L_m, r"loss $L(\theta_{1/2})$ at the midpoint"),
        Letter(L_bar, "mean loss of the ends"),
        Letter(on_run, r"mean loss of the runs at the distance $|\bar\delta|$ from $\theta_0$"),
        Letter(run_slope, "their mean slope there, per unit of distance"),
        Letter(dbar_norm, r"distance $|\bar\delta|$ of the midpoint from $\theta_0$"),
        Letter(Delta_norm, r"length $|\Delta|$ of the chord"),
        Letter(angle, r"angle at $\theta_0$ in radians, between 0 and $\pi$"),
        Letter(parameters, "number $p$ of parameters"),
    ),
    assumptions=(
        Assumption("BASE", r"both runs part at $\theta_0$, other than both ends", "the pair names it"),
        Assumption(
            "MOUNTAIN",
            r"$L=h(|\theta-\theta_0|)$",
            "the formula of the landscape; on networks the words of the five hypotheses stand in its place",
        ),
        Assumption("FALLING", r"$h$ does not rise from $r\cos\frac{A}{2}$ to $r$", "its values at 65 radii between the two"),
        Assumption("EQUAL_RADII", r"$|\theta_a-\theta_0|=|\theta_b-\theta_0|$", "both distances"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "climb": CLIMB,
        "ridge": RIDGE,
        "rho_2": RHO,
        "across": ACROSS,
        "outward": OUTWARD,
        "scale": SCALE,
        "walls": WALLS,
    },
    traps=(
        "M2 and M3b are tempting, and small networks refute them: the ridge is higher than the mountain, and rises outwards.",
        "The angle from the branching point need not fall with the branching step; the one from the initialisation does.",
        r"A ray from $\theta_0$ to an end is not the run: where the points of a run are at hand, use them.",
        r"On networks with kinks $\phi''$ does not see all of the ridge.",
    ),
)
