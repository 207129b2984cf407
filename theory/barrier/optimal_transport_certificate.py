r"""Match neurons, square the distance: |E_t(x)| <= (K/2) t(1-t) W_2^2 for networks that are means over neurons."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Square
from theory.symbols import (
    K,
    activity,
    factor,
    high,
    input_norm,
    lipschitz,
    most_bent,
    outgoing,
    steepest,
    t,
    transport,
    transport_2,
    u,
)
from theory.unevaluated import added, times

SMOOTH_AT = K / 2 * t * (1 - t) * transport_2
SMOOTH = K * transport_2 / 8
ROUGH_AT = 2 * t * (1 - t) * lipschitz * transport
ROUGH = lipschitz * transport / 2
CURVATURE = steepest * input_norm + most_bent * outgoing * input_norm**2
SLOPE = sp.sqrt((outgoing * steepest * input_norm) ** 2 + activity**2)
CROSS_ENTROPY = sp.sqrt(2) * SMOOTH
SQUARED = 2 * sp.sqrt(factor * high) * SMOOTH + factor * SMOOTH**2

act = sp.Function("act")
v, step_v, step_u = sp.symbols("v nu omega", real=True)  # <e,v>, its change, the change of the pre-activation u
W, N, y, d = sp.symbols("W N y d", real=True)  # |change of w|, |change of v|, tanh(u)^2, |Delta_j|
NEURON = (v + t * step_v) * act(u + t * step_u)
e_1, e_2, root_mean, error = sp.symbols("e_1 e_2 rho_r epsilon", real=True)

STEPS = (
    Lemma(
        r"For every unit vector $e$, $\langle e,q\rangle$ along the segment of matched neuron $j$ is a profile with "
        r"$|\phi''|\leq K|\Delta_j|^2$.",
        "barrier/curvature_bound",
    ),
    Identity(
        r"Both sides of that bound with $m=-K|\Delta_j|^2$, $M=K|\Delta_j|^2$: $|\langle e,q_t-\bar q_t\rangle|\leq"
        r"\frac{K}{2}t(1-t)|\Delta_j|^2$.",
        -(-K * d**2) * t * (1 - t) / 2,
        sp.Subs(SMOOTH_AT, transport_2, d**2),
    ),
    Cited(
        r"The outputs are the mean over the neurons, an output bias is linear on the chord, and $e$ is any unit vector: so "
        r"$|E_t(x)|\leq\frac{K}{2}t(1-t)\cdot$ the mean of $|\Delta_j|^2$.",
        "triangle inequality",
    ),
    Cited(
        r"The mean is least for one of the permutations, and a linear assignment finds it: $W_2^2$ between the two clouds.",
        "Birkhoff's theorem",
    ),
    Nonnegative(
        r"$t(1-t)\leq\frac{1}{4}$: so $\sup_t|E_t|\leq\frac{K}{8}W_2^2$.",
        sp.Rational(1, 4) - t * (1 - t),
        (),
        (Square(ONE, t - HALF),),
    ),
    Identity(
        r"What $K$ is for $q=v\,act(w\cdot x+b)$: along a direction with $\nu$ for $\langle e,v\rangle$ and $\omega$ for the "
        r"pre-activation the second derivative is $\langle e,v\rangle act''\omega^2+2\nu\,act'\omega$.",
        sp.Subs(sp.Derivative(NEURON, t, 2), t, 0),
        v * act(u).diff(u, 2) * step_u**2 + 2 * step_v * act(u).diff(u) * step_u,
    ),
    Nonnegative(
        r"With $|\omega|\leq|x|W$, $|\nu|\leq N$ and $W^2+N^2=1$: the mixed term is at most $|x|\max|act'|$ ...",
        steepest * input_norm * (W**2 + N**2) - 2 * steepest * input_norm * W * N,
        (steepest, input_norm),
        (Square(ONE, W - N, (0, 1)),),
    ),
    Nonnegative(
        r"... and the other one at most $|v||x|^2\max|act''|$. The constant 1 belongs to $x$ where there is a bias.",
        most_bent * outgoing * input_norm**2 * (W**2 + N**2) - most_bent * outgoing * (input_norm * W) ** 2,
        (most_bent, outgoing),
        (Square(ONE, input_norm * N, (0, 1)),),
    ),
    Identity(
        r"For tanh: $act''=-2\tanh(1-\tanh^2)$ ...",
        sp.Derivative(sp.tanh(u), u, 2),
        -2 * sp.tanh(u) * (1 - sp.tanh(u) ** 2),
    ),
    Nonnegative(
        r"... whose square is at most $\frac{16}{27}$, with $y=\tanh^2\leq 1$: $\max|act''|=\frac{4}{3\sqrt 3}$.",
        sp.Rational(16, 27) - 4 * y * (1 - y) ** 2,
        (1 - y,),
        (Square(sp.Rational(4, 3), y - sp.Rational(1, 3)), Square(sp.Integer(4), y - sp.Rational(1, 3), (0,))),
    ),
    Identity(
        r"Without curvature, for $q$ with the slope bound $lip$: $q_t$ is off $q_a$ by $t\,lip\,|\Delta_j|$ and off $q_b$ by "
        r"$(1-t)\,lip\,|\Delta_j|$; weighted, $2t(1-t)\,lip\,|\Delta_j|$.",
        (1 - t) * lipschitz * t * d + t * lipschitz * (1 - t) * d,
        sp.Subs(ROUGH_AT, transport, d),
    ),
    Identity(
        r"It is largest in the middle: what it lacks elsewhere is a square.",
        ROUGH - ROUGH_AT,
        ROUGH * (1 - 2 * t) ** 2,
    ),
    Identity(
        r"Its slope along a direction is $\langle e,v\rangle act'\omega+\nu\,act$ ...",
        sp.Subs(sp.Derivative(NEURON, t), t, 0),
        v * act(u).diff(u) * step_u + step_v * act(u),
    ),
    Nonnegative(
        r"... at most $\sqrt{(|v||x|\max|act'|)^2+\max|act|^2}$, by the square that Cauchy and Schwarz leave out.",
        SLOPE**2 * (W**2 + N**2) - (outgoing * steepest * input_norm * W + activity * N) ** 2,
        (),
        (Square(ONE, outgoing * steepest * input_norm * N - activity * W),),
    ),
    Lemma(r"Cross-entropy: $g\leq E[\max_kE_k-\min_kE_k]$ on the matched chord.", "barrier/cross_entropy_gap"),
    Nonnegative(
        r"A range is at most $\sqrt 2$ times the length: $(e_1-e_2)^2\leq 2(e_1^2+e_2^2)$. So $B\leq\frac{\sqrt 2}{8}KW_2^2$.",
        2 * (e_1**2 + e_2**2) - (e_1 - e_2) ** 2,
        (),
        (Square(ONE, e_1 + e_2),),
    ),
    Lemma(r"Squared loss: $g\leq c\,E[2\langle\bar r,E\rangle+|E|^2]$.", "barrier/squared_loss_gap"),
    Cited(
        r"$E\langle\bar r,E\rangle$ is at most the root of $E|\bar r|^2$ times the largest $|E|$, and $c\,E|\bar r|^2$ at most "
        r"the larger end loss.",
        "Cauchy-Schwarz inequality and convexity of the square",
    ),
    Identity(
        r"With $h$ for that loss: $B\leq 2\sqrt{ch}\,\epsilon+c\epsilon^2$ for $\epsilon=\frac{K}{8}W_2^2$.",
        sp.Subs(factor * (2 * root_mean * error + error**2), (root_mean, error), (sp.sqrt(factor * high) / factor, SMOOTH)),
        SQUARED,
    ),
)

WRONG = (
    Nonnegative(
        r"$t(1-t)$ is said to be at most $\frac{1}{8}$: the bound would be $\frac{K}{16}W_2^2$.",
        sp.Rational(1, 8) - t * (1 - t),
        (t, 1 - t),
        (),
    ),
    Identity(
        r"One of the two ends is forgotten in the form for rough neurons.",
        (1 - t) * lipschitz * t * d,
        sp.Subs(ROUGH_AT, transport, d),
    ),
    Nonnegative(
        r"$\tanh''$ is said to stay below $\frac{3}{4}$.",
        sp.Rational(9, 16) - 4 * y * (1 - y) ** 2,
        (y, 1 - y),
        (),
    ),
)


def _product_error(neurons_a: tuple[tuple[int, int], ...], neurons_b: tuple[tuple[int, int], ...]) -> sp.Expr:
    """E_{1/2} for q = v w and lists of neurons (w, v), matched in the order given."""
    middle = [(sp.Rational(a[0] + b[0], 2), sp.Rational(a[1] + b[1], 2)) for a, b in zip(neurons_a, neurons_b, strict=True)]
    count = len(middle)
    ends = sum((sp.Integer(w * v_j) for w, v_j in (*neurons_a, *neurons_b)), sp.Integer(0)) / 2
    return times(sp.Rational(1, count), added(*(times(w, v_j) for w, v_j in middle), -ends))


OPPOSITE = ((1, 1), (-1, -1))
EXAMPLES = (
    Cases(
        r"$q=vw$ with $K=1$, neurons $(1,1),(-1,-1)$ and the same list swapped: $E_{1/2}=-1$, the bound is $\frac{8}{8}$.",
        ((_product_error(OPPOSITE, OPPOSITE[::-1]), -ONE), (sp.Subs(SMOOTH, (K, transport_2), (1, 8)), ONE)),
    ),
    Cases(r"Matched, both are 0.", ((_product_error(OPPOSITE, OPPOSITE), sp.Integer(0)),)),
    Cases(
        r"Every neuron moved by $(1,1)$: $E_{1/2}=-\frac{1}{4}$, $W_2^2=2$, equality.",
        (
            (_product_error(((1, 1), (3, 2)), ((2, 2), (4, 3))), -sp.Rational(1, 4)),
            (sp.Subs(SMOOTH, (K, transport_2), (1, 2)), sp.Rational(1, 4)),
        ),
    ),
    Cases(
        r"CURVED is needed: the fold net has $E_{1/2}=-1$; with $K=1$, which holds off its kinks, the bound is $\frac{4}{8}$.",
        ((sp.Subs(SMOOTH, (K, transport_2), (1, 4)), HALF),),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Match neurons, square the distance",
    kind=Kind.UPPER,
    origins=(
        Origin("here", "", "the certificate"),
        Origin("ferbach2024", "Theorem 3.1, Lemma B.3", "transport view of connectivity; our statement"),
        Origin("fournier2015", "", "the rate"),
    ),
    statement=(
        r"$f=\frac{1}{N}\sum_jq(x;\theta_j)$ with $|\nabla^2_\theta q|\leq K$ on the segments between matched neurons: "
        r"$|E_t(x)|\leq\frac{K}{2}t(1-t)W_2^2$ and $\sup_t|E_t(x)|\leq\frac{K}{8}W_2^2$ on the matched chord, where $W_2^2$ is "
        r"the least mean of $|\theta^a_j-\theta^b_{p(j)}|^2$ over permutations $p$; the same for any matching with its own mean. "
        r"If $q$ is only $lip$-Lipschitz, $|E_t|\leq 2t(1-t)\,lip\,W_1$. For $q=v\,act(w\cdot x+b)$, "
        r"$K=|x|\max|act'|+|v||x|^2\max|act''|$. So $B\leq\frac{\sqrt 2}{8}KW_2^2$ for cross-entropy, and "
        r"$B\leq 2\sqrt{ch}\,\epsilon+c\epsilon^2$, $\epsilon=\frac{K}{8}W_2^2$, for the squared loss with end losses up to $h$. "
        r"Two samples of $N$ neurons from one law in dimension $D>4$ have $W_2^2$ of the order $N^{-2/D}$."
    ),
    equality=(
        r"$q=vw$, every neuron moved by the same multiple of $(1,1)$; and $(1,1),(-1,-1)$ against the same list swapped, as "
        r"given: $|E_{1/2}|=1=\frac{8}{8}$"
    ),
    necessity=(
        r"CURVED: ReLU neurons have $K=|x|$ off the kink where $v$ does not change, but the fold net, as given, has "
        r"$|E_{1/2}|=1$ against $\frac{1}{2}$. The Lipschitz form needs no $K$."
    ),
    letters=(
        Letter(K, r"bound of $|\nabla^2_\theta q|$ on the segments, the larger of all examples"),
        Letter(transport_2, r"$W_2^2$, mean of $|\theta^a_j-\theta^b_j|^2$ over matched neurons $\theta_j=(w_j,b_j,v_j)$"),
        Letter(transport, r"$W_1$, mean of $|\theta^a_j-\theta^b_j|$"),
        Letter(lipschitz, r"$lip$, bound of $|\nabla_\theta q|$ on the segments"),
        Letter(outgoing, r"largest $|v_j|$, where $v_j$ is $N$ times the outgoing weights"),
        Letter(input_norm, r"largest $|x|$, with the constant 1 where there is a bias"),
        Letter(steepest, r"$\max|act'|$"),
        Letter(most_bent, r"$\max|act''|$"),
        Letter(activity, r"bound of $|act|$ on the segments"),
        Letter(factor, r"$c$ of the squared loss $c\,|z-y|^2$"),
        Letter(high, "the larger end loss"),
        Letter(t, "position on the chord"),
    ),
    assumptions=(
        Assumption("ADDITIVE", "one hidden layer: the output is a sum over neurons", "the architecture"),
        Assumption("CURVED", "the activation has a bounded second derivative everywhere", "the type of the activation"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={
        "smooth": SMOOTH,
        "smooth_at": SMOOTH_AT,
        "rough": ROUGH,
        "rough_at": ROUGH_AT,
        "curvature": CURVATURE,
        "lipschitz": SLOPE,
        "cross_entropy": CROSS_ENTROPY,
        "squared": SQUARED,
    },
    traps=(
        r"The outgoing weights of a network are $\frac{1}{N}v_j$: distances are taken between $(w_j,b_j,v_j)$.",
        r"With an odd activation $(w,b,v)$ and $(-w,-b,-v)$ are one neuron: match up to this sign, too.",
    ),
)
