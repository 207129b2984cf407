r"""An example stays correct on the chord as long as its mean margin beats the output error: (1-t) mu_a + t mu_b > range(E)."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import HALF, ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Nonnegative, Piecewise, Square
from theory.symbols import error_a, error_b, factor, high, low, margin_a, margin_b, reach, rival, t
from theory.unevaluated import added, times

MEAN_MARGIN = (1 - t) * margin_a + t * margin_b
SLACK = MEAN_MARGIN - rival
SLACK_RANGE = MEAN_MARGIN - reach

# the logits of the label y and of another class k at both ends, and their output errors
a_y, a_k, b_y, b_k, E_y, E_k = sp.symbols("a_y a_k b_y b_k E_y E_k", real=True)
HERE_Y, HERE_K = (1 - t) * a_y + t * b_y + E_y, (1 - t) * a_k + t * b_k + E_k
INSIDE = (t >= 0, t <= 1)

STEPS = (
    Identity(
        r"The lead of the label over another class $k$ is the mean of its end leads, less the rise $E_k-E_y$ of $k$.",
        HERE_Y - HERE_K,
        (1 - t) * (a_y - a_k) + t * (b_y - b_k) - (E_k - E_y),
    ),
    Nonnegative(
        r"A margin is the smallest lead, $\text{rival}=\max_{k\neq y}(E_k-E_y)$ the largest rise: every lead is at least the "
        r"slack, so the example is correct where the slack is positive.",
        HERE_Y - HERE_K - SLACK,
        (1 - t, t, a_y - a_k - margin_a, b_y - b_k - margin_b, rival - (E_k - E_y)),
        (Square(ONE, ONE, (0, 2)), Square(ONE, ONE, (1, 3)), Square(ONE, ONE, (4,))),
    ),
    Nonnegative(
        r"No rise exceeds $\text{reach}=\mathrm{range}(E)=\text{high}-\text{low}$, so the range form certifies no more.",
        (high - low) - (E_k - E_y),
        (high - E_k, E_y - low),
        (Square(ONE, ONE, (0,)), Square(ONE, ONE, (1,))),
    ),
    Cited(r"Only uncertified examples can be wrong: the error is at most their share.", "monotonicity of counting"),
    Identity(
        r"Two classes: there is one lead, and it is the slack itself, so the certificate misses no correct example.",
        HERE_Y - HERE_K,
        sp.Subs(SLACK, (margin_a, margin_b, rival), (a_y - a_k, b_y - b_k, E_k - E_y)),
    ),
    Piecewise(
        r"$E=0$: an example that is correct at both ends has a positive mean margin, and stays correct.",
        MEAN_MARGIN > 0,
        (*INSIDE, margin_a > 0, margin_b > 0),
    ),
    Cited(r"So a wrong example is wrong at one end at least, and the error is at most the sum of the end errors.", "union bound"),
    Identity(
        r"Scaling all logits by one factor scales the slack by it: the certificate has no unit.",
        sp.Subs(SLACK, (margin_a, margin_b, rival), (factor * margin_a, factor * margin_b, factor * rival)),
        factor * SLACK,
    ),
)

WRONG = (
    Nonnegative(
        r"The weights of the two margins are exchanged.",
        HERE_Y - HERE_K - (t * margin_a + (1 - t) * margin_b - rival),
        (1 - t, t, a_y - a_k - margin_a, b_y - b_k - margin_b, rival - (E_k - E_y)),
    ),
    Nonnegative(
        r"Half the range is said to suffice.",
        (high - low) / 2 - (E_k - E_y),
        (high - E_k, E_y - low, high - low),
    ),
    Piecewise(
        r"$E=0$ and correct at one end only is said to suffice.",
        MEAN_MARGIN > 0,
        (*INSIDE, margin_a > 0),
    ),
)

QUARTERS = sp.Rational(3, 4)
LETTERS = (t, margin_a, margin_b, reach)
EXAMPLES = (
    Cases(
        r"$z_a=(2,0)$, $z_b=(1,0)$, $t=1/2$, $E=(-\frac{3}{4},\frac{3}{4})$: mean margin $3/2=\mathrm{range}(E)$, and "
        r"$z_t=(\frac{3}{4},\frac{3}{4})$ is a tie, which counts as an error.",
        (
            (sp.Subs(SLACK_RANGE, LETTERS, (HALF, 2, 1, sp.Rational(3, 2))), sp.Integer(0)),
            (added(times(HALF, 2 + 1), -QUARTERS), added(times(HALF, 0 + 0), QUARTERS)),
        ),
    ),
    Cases(
        r"With $E=(-\frac{1}{2},\frac{1}{2})$ the range is $1<\frac{3}{2}$, and $z_t=(1,\frac{1}{2})$ is correct.",
        (
            (sp.Subs(SLACK_RANGE, LETTERS, (HALF, 2, 1, 1)), HALF),
            (added(times(HALF, 2 + 1), -HALF, -HALF), HALF),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="Correct as long as margin beats error",
    kind=Kind.UPPER,
    origins=(Origin("here"), Origin("zhou2023", "Lemma 1", "the case E = 0")),
    statement=(
        r"Let $\mu(x)=z_y-\max_{k\neq y}z_k$ be the margin of an example, ties counting as errors. $\theta_t$ is correct on $x$ "
        r"whenever $(1-t)\mu_a+t\mu_b>\max_{k\neq y}(E_k-E_y)$, in particular whenever it exceeds "
        r"$\mathrm{range}(E)=\max_kE_k-\min_kE_k$. So $\mathrm{err}(\theta_t)\leq\Pr[(1-t)\mu_a+t\mu_b\leq\mathrm{range}(E_t)]$, "
        r"and outputs that are linear along the chord give $\mathrm{err}(\theta_t)\leq\mathrm{err}_a+\mathrm{err}_b$."
    ),
    equality=(
        r"two classes: the form with the maximum is exact; the range form at $z_a=(2,0)$, $z_b=(1,0)$, "
        r"$E=(-\frac{3}{4},\frac{3}{4})$"
    ),
    necessity="nothing to drop: the claim asks nothing of the network",
    letters=(
        Letter(t, "position on the chord"),
        Letter(margin_a, r"margin $\mu_a$ of an example at $\theta_a$"),
        Letter(margin_b, r"margin $\mu_b$ at $\theta_b$"),
        Letter(rival, r"$\max_{k\neq y}(E_k-E_y)$, the largest rise of another class"),
        Letter(reach, r"$\mathrm{range}(E)$ of an example"),
        Letter(error_a, r"error at $\theta_a$, ties included"),
        Letter(error_b, r"error at $\theta_b$"),
    ),
    assumptions=(
        Assumption("CLASSES", "examples have labels of two or more classes, one output for each", "the targets of the data"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"slack": SLACK, "slack_range": SLACK_RANGE, "ends": error_a + error_b},
    traps=(
        "Scaling the logits scales both sides alike; bounds on the loss are not free of scale.",
        "A library's argmax may award a tie to the label; here a tie is an error.",
    ),
    owes_not={"necessity": "there is no hypothesis to drop: class labels only give the words margin and error their meaning"},
)
