r"""The gap is curvature averaged with a tent: g(a) = -∫ G(a,t) φ''(t) dt - Σ_k G(a,t_k) J_k.  Always an equality."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import GAP, HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Primitive, Square
from theory.symbols import J, a, phi, t, u

KERNEL = sp.Min(a, t) * (1 - sp.Max(a, t))
AREA = a * (1 - a) / 2
TOP = a * (1 - a)
AREA_KERNEL = t * (1 - t) / 2
RISING, FALLING = (1 - a) * t, a * (1 - t)  # the tent on t <= a and on t >= a

slope, curvature = phi(t).diff(t), phi(t).diff(t, 2)
left_value = (1 - a) * (a * phi(a).diff(a) - phi(a) + phi(0))
right_value = a * (phi(1) - (1 - a) * phi(a).diff(a) - phi(a))
value, before = phi(u), phi(u).diff(u)  # at a break u: the common value and the slope on its left
after = before + J


def _through(rising: sp.Expr, profile: sp.Expr, falling: sp.Expr) -> sp.Expr:
    """-∫ G φ'' of a polynomial profile, still to be integrated."""
    bend = sp.diff(profile, t, 2)
    return -sp.Integral(rising * bend, (t, 0, a)) - sp.Integral(falling * bend, (t, a, 1))


STEPS = (
    Primitive(
        r"On $t\leq a$ the tent is $G=(1-a)t$, and $G\phi''$ has the antiderivative $G\phi'-\partial_tG\,\phi$.",
        (1 - a) * (t * slope - phi(t)),
        t,
        RISING * curvature,
        (sp.Integer(0), a),
        left_value,
    ),
    Primitive(
        r"On $t\geq a$ the tent is $G=a(1-t)$, and again $G\phi''$ has the antiderivative $G\phi'-\partial_tG\,\phi$.",
        a * ((1 - t) * slope + phi(t)),
        t,
        FALLING * curvature,
        (a, ONE),
        right_value,
    ),
    Identity(r"Without breaks the end values add up to $-g(a)$; the slope at $a$ cancels.", left_value + right_value, -GAP),
    Identity(
        r"Adding the pieces of $\phi$, a break $u\leq a$ leaves the jump of the antiderivative: $-G(a,u)J$, since $\phi$ does "
        r"not jump there (CONTINUOUS).",
        ((1 - a) * (u * before - value)) - ((1 - a) * (u * after - value)),
        -(1 - a) * u * J,
    ),
    Identity(
        r"A break $u\geq a$ leaves $-G(a,u)J$ in the same way.",
        a * ((1 - u) * before + value) - a * ((1 - u) * after + value),
        -a * (1 - u) * J,
    ),
    Identity(
        r"A break at $u=a$ itself leaves $-G(a,a)J$ beside the $-\phi(a)$ that belongs to $-g(a)$.",
        ((1 - u) * (u * before - value)) - u * ((1 - u) * after + value),
        -u * (1 - u) * J - value,
    ),
    Primitive(r"The rising side of the tent.", (1 - a) * t**2 / 2, t, RISING, (sp.Integer(0), a), (1 - a) * a**2 / 2),
    Primitive(r"The falling side of the tent.", -a * (1 - t) ** 2 / 2, t, FALLING, (a, ONE), a * (1 - a) ** 2 / 2),
    Identity("Together the area under the tent.", (1 - a) * a**2 / 2 + a * (1 - a) ** 2 / 2, AREA),
    Nonnegative(r"$G\geq 0$ on $t\leq a$.", RISING, (t, 1 - a), (Square(ONE, ONE, (0, 1)),)),
    Nonnegative(r"$G\geq 0$ on $t\geq a$.", FALLING, (a, 1 - t), (Square(ONE, ONE, (0, 1)),)),
    Nonnegative(r"$G\leq a(1-a)$ on $t\leq a$.", TOP - RISING, (1 - a, a - t), (Square(ONE, ONE, (0, 1)),)),
    Nonnegative(r"$G\leq a(1-a)$ on $t\geq a$.", TOP - FALLING, (a, t - a), (Square(ONE, ONE, (0, 1)),)),
    Primitive(
        r"Area form: $\frac{1}{2}t(1-t)\phi''+\phi$ is a derivative, too.",
        AREA_KERNEL * slope - AREA_KERNEL.diff(t) * phi(t),
        t,
        AREA_KERNEL * curvature + phi(t),
        (sp.Integer(0), ONE),
        (phi(0) + phi(1)) / 2,
    ),
    Primitive(
        r"The chord between the end losses has that same mean, so $\int_0^1 g=-\frac{1}{2}\int_0^1 t(1-t)\phi''$.",
        (t - t**2 / 2) * phi(0) + t**2 / 2 * phi(1),
        t,
        (1 - t) * phi(0) + t * phi(1),
        (sp.Integer(0), ONE),
        (phi(0) + phi(1)) / 2,
    ),
    Identity(
        r"A break at $u$ leaves $-\frac{1}{2}u(1-u)J$ in the area form.",
        (u * (1 - u) / 2 * before - (1 - 2 * u) / 2 * value) - (u * (1 - u) / 2 * after - (1 - 2 * u) / 2 * value),
        -u * (1 - u) / 2 * J,
    ),
    Cited(r"$B=\sup g\geq\int_0^1 g\,da$, as $g\leq B$ on an interval of length 1.", "monotonicity of the integral"),
)

WRONG = (
    Identity(
        r"The sign of the kink is flipped: a break $u\leq a$ is said to leave $+G(a,u)J$.",
        ((1 - a) * (u * before - value)) - ((1 - a) * (u * after - value)),
        (1 - a) * u * J,
    ),
    Identity(r"The area under the tent is said to be $a(1-a)$.", (1 - a) * a**2 / 2 + a * (1 - a) ** 2 / 2, a * (1 - a)),
    Identity(
        r"CONTINUOUS is dropped: with a jump of size $J$ in $\phi$ instead of $\phi'$ nothing is said to be left.",
        ((1 - a) * (u * before - value)) - ((1 - a) * (u * before - value - J)),
        sp.Integer(0),
    ),
)

QUARTER = sp.Rational(1, 4)
polynomial = sp.Add(*(sp.Symbol(f"c_{k}", real=True) * t**k for k in range(9)))
EXAMPLES = (
    Cases(
        r"$\min(a,t)(1-\max(a,t))$ is the rising side for $t\leq a$ and the falling side for $t\geq a$.",
        (
            *(
                (sp.Subs(KERNEL, (a, t), place), sp.Subs(RISING if place[1] < place[0] else FALLING, (a, t), place))
                for place in ((QUARTER, HALF), (HALF, QUARTER), (3 * QUARTER, QUARTER), (QUARTER, 3 * QUARTER))
            ),
            (sp.Subs(KERNEL, (a, t), (HALF, HALF)), QUARTER),
        ),
    ),
    Cases(
        r"$\phi=t^4$: the gap at $1/2$ and the integral are $-7/16$.",
        ((gap_at_half(t**4), sp.Rational(-7, 16)), (sp.Subs(_through(RISING, t**4, FALLING), a, HALF), sp.Rational(-7, 16))),
    ),
    Cases(
        r"$\phi=t^4$: the area form gives $-3/10$, the mean of $t^4-t$.",
        (
            (-HALF * sp.Integral(t * (1 - t) * 12 * t**2, (t, 0, 1)), sp.Rational(-3, 10)),
            (sp.Integral(t**4 - t, (t, 0, 1)), sp.Rational(-3, 10)),
        ),
    ),
    Cases(
        r"$\phi=|t-1/2|$ has one kink with $J=2$: $g(1/2)=-1/2$.",
        ((gap_at_half(sp.Abs(t - HALF)), -HALF), (-2 * sp.Subs(KERNEL, (a, t), (HALF, HALF)), -HALF)),
    ),
    Cases(
        r"Fold net, $\phi=\frac{1}{2}(1-|1-2t|)^2$: curvature $4$, one concave kink with $J=-4$, $g(1/2)=1/2=B$.",
        (
            (gap_at_half((1 - sp.Abs(1 - 2 * t)) ** 2 / 2), HALF),
            (-4 * sp.Subs(AREA, a, HALF) + 4 * sp.Subs(KERNEL, (a, t), (HALF, HALF)), HALF),
        ),
    ),
    Identity(
        r"A polynomial of degree 8 with free coefficients, integrated directly.",
        _through(RISING, polynomial, FALLING),
        sp.Subs(polynomial, t, a) - (1 - a) * sp.Subs(polynomial, t, 0) - a * sp.Subs(polynomial, t, 1),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The gap is curvature averaged with a tent",
    kind=Kind.IDENTITY,
    origins=(
        Origin("classical", note="Green's function of the second derivative"),
        Origin("here", note="as a barrier identity, with kinks"),
    ),
    statement=(
        r"Let $\phi$ be continuous on $[0,1]$ and twice differentiable on finitely many closed pieces, with slope jumps "
        r"$J_k=\phi'(t_k^+)-\phi'(t_k^-)$ at the inner break points $t_k$. For every $a\in[0,1]$, "
        r"$g(a)=-\int_0^1 G(a,t)\,\phi''(t)\,dt-\sum_k G(a,t_k)\,J_k$ with $G(a,t)=\min(a,t)(1-\max(a,t))\geq 0$, "
        r"$\int_0^1 G(a,t)\,dt=\frac{a(1-a)}{2}$ and $\max_t G(a,t)=a(1-a)$. Averaged over $a$: "
        r"$B\geq\int_0^1 g\,da=-\frac{1}{2}\int_0^1 t(1-t)\,\phi''\,dt-\frac{1}{2}\sum_k t_k(1-t_k)\,J_k$."
    ),
    equality=r"always; smooth: $\phi=t^4$, $g(1/2)=-7/16$; one kink: $\phi=|t-1/2|$, $g(1/2)=-1/2$",
    necessity=(
        r"CONTINUOUS: the step $1[t\geq 1/2]$ has no curvature and no slope jump, yet $\sup g=1/2$. "
        r"PIECEWISE: leaving out the kink of the fold net gives $-1/2$ instead of $+1/2$."
    ),
    letters=(
        Letter(a, "position at which the gap is read"),
        Letter(t, "position at which curvature or a kink sits"),
    ),
    assumptions=(
        Assumption("CONTINUOUS", r"$\phi$ is continuous", "activations and loss are continuous, by type"),
        Assumption(
            "PIECEWISE",
            r"$\phi$ is twice differentiable between finitely many known break points $t_k$ with known slope jumps $J_k$",
            "smooth activations and loss: none; piecewise-linear networks: the list of break points is computed",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"kernel": KERNEL, "kernel_integral": AREA, "kernel_max": TOP, "area_kernel": AREA_KERNEL},
    traps=(
        r"Second differences with step $e$ carry an error of about $10^{-16}\phi/e^2$: use $e$ about $10^{-3}$ in float64.",
        "Automatic differentiation of a ReLU network returns only the smooth part of the curvature: the kinks are missing.",
    ),
)
