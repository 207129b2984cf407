r"""Two linear layers on a chord: V_t W_t misses the line by t(1-t) ΔV ΔW, which prices a permutation of the hidden units."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Piecewise, Square
from theory.symbols import bent, c, factor, m, t, targets_2
from theory.unevaluated import inner

BUMP = t**2 * (1 - t) ** 2
SIXTEENTH = sp.Rational(1, 16)
PROFILE = factor * BUMP * bent
BARRIER = factor * bent / 16
RESCALED = factor * ((m - 1) ** 2 / (4 * m)) ** 2 * targets_2

# one hidden unit between one input and one output: its weights at both ends; a network is a sum of such products
v_a, v_b, w_a, w_b = sp.symbols("v_a v_b w_a w_b", real=True)
v_i, v_j, w_i, w_j = sp.symbols("v_i v_j w_i w_j", real=True)
z_a, z_b, bias_a, bias_b = sp.symbols("z_a z_b b_a b_b", real=True)  # a pre-activation at both ends, the output bias
STEP = (v_b - v_a) * (w_b - w_a)


def _between(start: sp.Expr, end: sp.Expr) -> sp.Expr:
    return (1 - t) * start + t * end


STEPS = (
    Identity(
        r"One hidden unit between one input and one output; every entry of $V_tW_t$ is a sum of such terms: "
        r"$V_tW_t=(1-t)V_aW_a+tV_bW_b-t(1-t)\,\Delta V\Delta W$.",
        _between(v_a, v_b) * _between(w_a, w_b),
        _between(v_a * w_a, v_b * w_b) - t * (1 - t) * STEP,
    ),
    Identity(
        r"With biases: the first belongs to $W$ with the constant input 1, and an output bias does not bend at all.",
        _between(v_a, v_b) * _between(w_a, w_b) + _between(bias_a, bias_b),
        _between(v_a * w_a + bias_a, v_b * w_b + bias_b) - t * (1 - t) * STEP,
    ),
    Piecewise(
        r"GATES for ReLU, $\max(u,cu)$ with $0\leq c\leq 1$: a unit that is nowhere negative at the ends is not between them, "
        r"so that it is linear there ...",
        sp.Eq(sp.Max(_between(z_a, z_b), c * _between(z_a, z_b)), _between(z_a, z_b), evaluate=False),
        (z_a >= 0, z_b >= 0, t >= 0, t <= 1, c >= 0, c <= 1),
    ),
    Piecewise(
        r"... and one that is nowhere positive is $c$ times a linear one; so with the gates $D(x)$, "
        r"$E_t(x)=-t(1-t)\,\Delta V D(x)(\Delta Wx+\Delta b)$.",
        sp.Eq(sp.Max(_between(z_a, z_b), c * _between(z_a, z_b)), c * _between(z_a, z_b), evaluate=False),
        (z_a <= 0, z_b <= 0, t >= 0, t <= 1, c >= 0, c <= 1),
    ),
    Identity(
        r"INTERPOLATION: $z_a=z_b=y$, so the error of the output on the chord is $E_t$ alone, here for one output.",
        factor * (_between(v_a * w_a, v_a * w_a) - t * (1 - t) * STEP - v_a * w_a) ** 2,
        sp.Subs(PROFILE, bent, STEP**2),
    ),
    Nonnegative(
        r"$t^2(1-t)^2\leq\frac{1}{16}$, its value at $t=\frac{1}{2}$, so $g=\phi$ is largest there.",
        SIXTEENTH - BUMP,
        (t, 1 - t),
        (Square(sp.Rational(1, 4), t - HALF), Square(ONE, t - HALF, (0, 1))),
    ),
    Identity(r"The value at $t=\frac{1}{2}$.", sp.Subs(PROFILE, t, HALF), BARRIER),
    Identity(
        r"Permutation $W_b=PW_a$, $V_b=V_aP^T$: unit $i$ takes the weights of unit $j=p(i)$ and adds four products "
        r"to $\Delta V\Delta W$.",
        (v_j - v_i) * (w_j - w_i),
        v_i * w_i + v_j * w_j - v_i * w_j - v_j * w_i,
    ),
    Cited(
        r"Summed over the units, the first two sums are $VW$ and the others $VPW$ and $VP^TW$: $\Delta V\Delta W=V(2-P-P^T)W$.",
        "a finite sum does not change when its terms are relabelled",
    ),
    Identity(
        r"A swap of $i$ and $j$: both units add the same, together $2(v_i-v_j)(w_i-w_j)$.",
        (v_j - v_i) * (w_j - w_i) + (v_i - v_j) * (w_i - w_j),
        2 * (v_i - v_j) * (w_i - w_j),
    ),
    Identity(
        r"So the swap costs $\frac{c}{4}$ times the mean of $|v_i-v_j|^2(x\cdot(w_i-w_j))^2$.",
        sp.Subs(BARRIER, bent, (2 * (v_i - v_j) * (w_i - w_j)) ** 2),
        factor / 4 * ((v_i - v_j) * (w_i - w_j)) ** 2,
    ),
    Identity(
        r"Rescaling by $m>0$, $W_b=mW_a$ and $V_b=\frac{1}{m}V_a$: $\Delta V\Delta W$ is $-\frac{(m-1)^2}{m}$ times $V_aW_a$, "
        r"and $V_aW_ax=y$.",
        sp.Subs(STEP, (w_b, v_b), (m * w_a, v_a / m)),
        -((m - 1) ** 2) / m * v_a * w_a,
    ),
    Identity(
        r"Its barrier.",
        sp.Subs(BARRIER, bent, ((m - 1) ** 2 / m) ** 2 * targets_2),
        RESCALED,
    ),
)

WRONG = (
    Identity(
        r"The bend of the product is said to be $t(1-t)$ times the product of the sums instead of the differences.",
        _between(v_a, v_b) * _between(w_a, w_b),
        _between(v_a * w_a, v_b * w_b) - t * (1 - t) * (v_a + v_b) * (w_a + w_b),
    ),
    Piecewise(
        r"GATES is dropped: a unit may be positive at one end and negative at the other.",
        sp.Eq(sp.Max(_between(z_a, z_b), 0), _between(sp.Max(z_a, 0), sp.Max(z_b, 0)), evaluate=False),
        (z_a > 0, t >= 0, t <= 1),
    ),
    Identity(
        r"INTERPOLATION is dropped: the end $b$ may give another output.",
        factor * (_between(v_a * w_a, v_b * w_b) - t * (1 - t) * STEP - v_a * w_a) ** 2,
        sp.Subs(PROFILE, bent, STEP**2),
    ),
)

ONES, CYCLE = sp.eye(3), sp.Matrix([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
SWAP = sp.Matrix([[0, 1, 0], [1, 0, 0], [0, 0, 1]])


def _sum_loss(first: sp.Matrix, second: sp.Matrix, perm: sp.Matrix) -> sp.Expr:
    """(1/2)|V_t W_t - V W|^2 at t = 1/2 for W_b = P W, V_b = V P^T and the inputs Id, summed over examples."""
    middle = sp.MatMul(sp.Rational(1, 4), second + second * perm.T, first + perm * first)
    residual = sp.MatAdd(middle, -second * first)
    return inner(residual, residual) / 2


def _price(first: sp.Matrix, second: sp.Matrix, perm: sp.Matrix) -> sp.Expr:
    """|V(2 - P - P^T)W|^2/32."""
    bend = sp.MatMul(second, 2 * sp.eye(perm.rows) - perm - perm.T, first)
    return inner(bend, bend) / 32


PAIR_SWAP = sp.Matrix([[0, 1], [1, 0]])
EXAMPLES = (
    Cases(
        r"Sum over two examples $X=1$, $W=\mathrm{diag}(2,1)$, $V=\mathrm{diag}(1,3)$, swap: $B=\frac{25}{4}$, "
        r"by the middle of the chord and by the price.",
        tuple((f(sp.diag(2, 1), sp.diag(1, 3), PAIR_SWAP), sp.Rational(25, 4)) for f in (_sum_loss, _price)),
    ),
    Cases(
        r"$V=W=X=1_3$: a swap costs $\frac{1}{2}$, a 3-cycle $\frac{9}{16}$.",
        (
            *((f(ONES, ONES, SWAP), HALF) for f in (_sum_loss, _price)),
            *((f(ONES, ONES, CYCLE), sp.Rational(9, 16)) for f in (_sum_loss, _price)),
        ),
    ),
    Cases(
        r"Rescaling by 2 with $c=\frac{1}{2}$ costs $\frac{1}{128}$ of $|y|^2$.",
        ((sp.Subs(RESCALED, (m, factor, targets_2), (2, HALF, 1)), sp.Rational(1, 128)),),
    ),
    Cases(
        r"INTERPOLATION is needed: $(1,1)$ to $(-1,-1)$ with the target 0: $g(\frac{1}{2})=-\frac{1}{2}$, the formula says "
        r"$+\frac{1}{2}$.",
        (
            (sp.Subs((1 - 2 * t) ** 4 / 2, t, HALF) - HALF, -HALF),
            (sp.Subs(BARRIER, (factor, bent), (HALF, (2 * 2) ** 2)), HALF),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The price of a permutation",
    kind=Kind.IDENTITY,
    origins=(
        Origin("here"),
        Origin("zhao2025", "Propositions 5.3-5.4 for k = 1", "agrees with the number for rescaling"),
    ),
    statement=(
        r"$V_tW_t=(1-t)V_aW_a+tV_bW_b-t(1-t)\,\Delta V\Delta W$. With the loss $c\,|z-y|^2$ averaged over examples and both ends "
        r"interpolating, $\phi=c\,t^2(1-t)^2\,E|\Delta V\Delta Wx|^2$ and $B=\frac{c}{16}E|\Delta V\Delta Wx|^2$, zero iff "
        r"$\Delta V\Delta Wx=0$ on the data. Hidden units permuted ($W_b=PW$, $V_b=VP^T$): $B=\frac{c}{16}E|V(2-P-P^T)Wx|^2$; "
        r"a swap of units $i,j$: $B=\frac{c}{4}|v_i-v_j|^2E((w_i-w_j)\cdot x)^2$; rescaled by $m$: "
        r"$B=c\left(\frac{(m-1)^2}{4m}\right)^2E|y|^2$. The same with ReLU and biases, with $D(x)$ between "
        r"$\Delta V$ and $\Delta W$, where no unit changes its sign between the ends."
    ),
    equality=(
        r"always; $W=\mathrm{diag}(2,1)$, $V=\mathrm{diag}(1,3)$, $X=1_2$, swap: $B=\frac{25}{4}$ for the sum over both examples "
        r"with $c=\frac{1}{2}$, half of it for the mean"
    ),
    necessity=(
        r"INTERPOLATION: $(1,1)$ to $(-1,-1)$ with target 0 has $g(1/2)=-\frac{1}{2}$. GATES: the fold net is a permuted copy "
        r"of itself with $\Delta V=0$, so the formula is 0, but $B=\frac{1}{2}$."
    ),
    letters=(
        Letter(bent, r"mean over examples of $|\Delta V D(x)(\Delta Wx+\Delta b)|^2$"),
        Letter(factor, r"$c$ of the loss $c\,|z-y|^2$"),
        Letter(targets_2, r"mean over examples of $|y|^2$"),
        Letter(m, "factor of a rescaling"),
        Letter(t, "position on the chord"),
    ),
    assumptions=(
        Assumption(
            "TWO_LAYERS",
            "one hidden layer, piecewise-linear activation, squared loss",
            "the architecture and the type of the loss",
        ),
        Assumption(
            "GATES",
            "linear, or no hidden unit is positive at one end and negative at the other, on any example",
            "the signs of the pre-activations at both ends",
        ),
        Assumption("INTERPOLATION", "both ends have loss 0", "the losses of both ends"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"barrier": BARRIER, "profile": PROFILE, "rescaled": RESCALED},
    traps=("Losses that are summed over examples multiply by $n$; losses averaged over outputs divide by their number, too.",),
)
