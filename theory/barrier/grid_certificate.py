r"""From grid values to the supremum: with φ'' >= -K and step h, max g(t_i) <= B <= max g(t_i) + K h²/8."""

from __future__ import annotations

import sympy as sp

from theory.barrier._peano import ZERO
from theory.barrier._profiles import HALF, ONE, gap_at_half
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import K, L_a, L_b, Lambda, g_left, g_max, g_right, h, n, phi, t, u, v, x
from theory.unevaluated import at

UPPER = g_max + K * h**2 / 8
LIPSCHITZ = g_max + Lambda * h / 2  # g_max here is the largest mean of two neighbouring grid values

interpolant = (1 - t) * g_left + t * g_right
line = (1 - x) * L_a + x * L_b

STEPS = (
    Identity(
        r"On the cell from $u$ to $u+h$ read the profile as $\psi(t)=\phi(u+ht)$, $t\in[0,1]$: its curvature is $h^2\phi''$.",
        sp.Derivative(phi(u + h * t), (t, 2)),
        h**2 * phi(x).diff(x, 2).subs(x, u + h * t),
    ),
    Lemma(
        r"So $\psi''\geq-Kh^2$ (RANGE), and $\psi$ is at most $\frac{t(1-t)}{2}Kh^2$ above the segment that joins its ends "
        r"(C11; convex kinks do no harm).",
        "barrier/curvature_bound",
    ),
    Identity(
        r"The same holds for the gap: the line that is taken off is its own segment on the cell.",
        (1 - t) * line.subs(x, u) + t * line.subs(x, u + h),
        line.subs(x, u + h * t),
    ),
    Nonnegative(
        r"The height of that parabola is at most $\frac{1}{8}Kh^2$: "
        r"$\frac{1}{8}-\frac{t(1-t)}{2}=\frac{1}{2}(t-\frac{1}{2})^2$.",
        K * h**2 / 8 - t * (1 - t) / 2 * K * h**2,
        (K,),
        (Square(HALF, (t - HALF) * h, (0,)),),
    ),
    Nonnegative(
        r"The segment between the grid values $g_{left},g_{right}\leq g_{max}$ stays below $g_{max}$.",
        g_max - interpolant,
        (t, 1 - t, g_max - g_left, g_max - g_right),
        (Square(ONE, ONE, (1, 2)), Square(ONE, ONE, (0, 3))),
    ),
    Nonnegative(
        r"Together every value $v$ of the gap on the cell is at most $g_{max}+\frac{1}{8}Kh^2$.",
        UPPER - v,
        (K, t, 1 - t, g_max - g_left, g_max - g_right, interpolant + t * (1 - t) / 2 * K * h**2 - v),
        (
            Square(ONE, ONE, (5,)),
            Square(ONE, ONE, (2, 3)),
            Square(ONE, ONE, (1, 4)),
            Square(HALF, (t - HALF) * h, (0,)),
        ),
    ),
    Cited(
        r"Without any curvature: $|g'|=|\phi'-(L_b-L_a)|\leq\Lambda$ gives $v\leq g_{left}+\Lambda ht$ and "
        r"$v\leq g_{right}+\Lambda h(1-t)$ for every value $v$ on the cell.",
        "mean value inequality",
    ),
    Nonnegative(
        r"The mean of the two does not depend on $t$: $v\leq\frac{1}{2}(g_{left}+g_{right})+\frac{1}{2}\Lambda h$.",
        LIPSCHITZ.subs(g_max, (g_left + g_right) / 2) - v,
        (g_left + Lambda * h * t - v, g_right + Lambda * h * (1 - t) - v),
        (Square(HALF, ONE, (0,)), Square(HALF, ONE, (1,))),
    ),
    Identity(
        r"Sharp: for $\phi=-\frac{K}{2}t^2$ and an odd number $n$ of cells the grid positions next to $\frac{1}{2}$ are "
        r"$\frac{n\pm 1}{2n}$, with the value $\frac{K}{8}(1-\frac{1}{n^2})$; the bound is $\frac{K}{8}=B$.",
        sp.Subs(K * x * (1 - x) / 2, x, (n - 1) / (2 * n)) + sp.Subs(K * h**2 / 8, h, 1 / n),
        K / 8,
    ),
)

WRONG = (
    Nonnegative(
        r"The constant 8 is replaced by 12.",
        K * h**2 / 12 - t * (1 - t) / 2 * K * h**2,
        (K, t, 1 - t),
        (Square(HALF, (t - HALF) * h, (0,)),),
    ),
    Identity(
        r"The curvature on a cell is said to shrink with $h$ instead of $h^2$.",
        sp.Derivative(phi(u + h * t), (t, 2)),
        h * phi(x).diff(x, 2).subs(x, u + h * t),
    ),
    Nonnegative(
        r"RANGE is dropped: nothing bounds the gap inside the cell.",
        UPPER - v,
        (K, t, 1 - t, g_max - g_left, g_max - g_right),
        (),
    ),
    Nonnegative(
        r"The Lipschitz bound is said to need only a quarter of $\Lambda h$.",
        (g_left + g_right) / 2 + Lambda * h / 4 - v,
        (g_left + Lambda * h * t - v, g_right + Lambda * h * (1 - t) - v, t, 1 - t, h, Lambda),
        (),
    ),
)


def _evader(place: sp.Rational) -> sp.Expr:
    """f^2/2 of the grid evader at a position, left for the checker to evaluate."""
    kinks = (sp.Rational(17, 32), sp.Rational(35, 64), sp.Rational(9, 16))
    unit = [sp.Max(0, t - kink) for kink in kinks]
    return at((64000 * (unit[0] - 2 * unit[1] + unit[2])) ** 2 / 2, {t: place})


EXAMPLES = (
    Cases(
        r"$K=8$, $\phi=-4t^2$: with 1, 3, 5, 7 cells the largest grid value plus $\frac{1}{8}Kh^2$ is $1=g(1/2)$.",
        (
            *(
                (sp.Subs(4 * x * (1 - x), x, sp.Rational(cells // 2, cells)) + sp.Rational(1, cells**2), ONE)
                for cells in (1, 3, 5, 7)
            ),
            (gap_at_half(-4 * t**2), ONE),
        ),
    ),
    Cases(
        r"The grid evader, $\frac{1}{2}f^2$ for three ReLU units: $0$ at every $\frac{i}{10}$, and $500000$ at $\frac{35}{64}$.",
        (
            *((_evader(sp.Rational(i, 10)), ZERO) for i in range(11)),
            (_evader(sp.Rational(35, 64)), sp.Integer(500000)),
        ),
    ),
    Cases(
        r"The grid of 21 positions reports $320000$ for it, that of 51 positions $156800$.",
        (
            (sp.Max(*(_evader(sp.Rational(i, 20)) for i in range(21)), evaluate=False), sp.Integer(320000)),
            (sp.Max(*(_evader(sp.Rational(i, 50)) for i in range(51)), evaluate=False), sp.Integer(156800)),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="From grid values to the supremum",
    kind=Kind.TWO_SIDED,
    origins=(
        Origin("classical", note="error of linear interpolation"),
        Origin("here", note="its use as a certificate of a barrier"),
    ),
    statement=(
        r"On a grid $0=t_0<\dots<t_n=1$ of step $h$, if $\phi''\geq-K$ on $[0,1]$ with $K\geq 0$, then "
        r"$\max_ig(t_i)\leq B\leq\max_ig(t_i)+\frac{Kh^2}{8}$. If only $|\phi'-(L_b-L_a)|\leq\Lambda$ is known, "
        r"$B\leq\max_i\frac{g(t_i)+g(t_{i+1})}{2}+\frac{\Lambda h}{2}$."
    ),
    equality=r"$\phi=-\frac{K}{2}t^2$ with an odd number of cells: both the bound and $B$ are $\frac{K}{8}$",
    necessity=(
        r"C11: the grid evader, a ReLU network with three units, has $\phi''\geq 0$ off its kinks and is $0$ at every "
        r"$\frac{i}{10}$, but $B=500000$ at $t=\frac{35}{64}$."
    ),
    letters=(
        Letter(g_max, r"largest grid value of the gap; in the Lipschitz form the largest mean of two neighbours"),
        Letter(h, "step of the grid"),
        Letter(n, "number of cells"),
        Letter(K, r"bound with $\phi''\geq-K$ on the whole chord"),
        Letter(Lambda, r"bound on $|\phi'-(L_b-L_a)|$ on the whole chord"),
    ),
    assumptions=(
        Assumption(
            "C11",
            r"$\phi'$ is absolutely continuous, or has convex kinks only; the Lipschitz form does not need it",
            "activations and loss have Lipschitz derivatives, by type; or the computed list of break points shows it",
        ),
        Assumption(
            "RANGE",
            r"$\phi''\geq-K$ on the whole chord",
            "exact for polynomial profiles, certified by enclosures, or declared; sampled values are estimates",
        ),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"upper": UPPER, "lipschitz": LIPSCHITZ},
    traps=(
        r"$\frac{i}{10}$ is not dyadic: the evader is exactly $0$ there in rational arithmetic and about $10^{-25}$ in float64.",
        r"A sampled $K$ is too small: between the positions of a grid neither the gap nor its curvature is known.",
    ),
)
