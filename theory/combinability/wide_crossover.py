r"""A control: wide networks whose neurons contribute 1/n each are combinable neuron by neuron without any alignment.

E sum_k G_kk = (E_a|psi|^2 + E_b|psi|^2 - 2<E_a psi, E_b psi>)/n for phi_k = psi_k/n and every pairing that ignores the
neurons: the excess of the vertices is exactly proportional to 1/n; the best permutation changes the constant or the rate.
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Primitive, Square
from theory.symbols import n, psi_a2, psi_ab, psi_b2, psi_max, u
from theory.unevaluated import at, times

X, Y = sp.symbols("psi^a_1:4", real=True), sp.symbols("psi^b_1:4", real=True)  # neurons of two networks, one output
LEFT, RIGHT, LARGEST = sp.symbols("phi_a phi_b C", real=True)
PLACE = sp.Symbol("i", integer=True, positive=True)
WIDTH = sp.Symbol("n", integer=True, positive=True)
COUNT = len(X)

ALL = sp.Add(*((x - y) ** 2 for x in X for y in Y)) / COUNT**2
MEAN_A, MEAN_B = sp.Add(*X) / COUNT, sp.Add(*Y) / COUNT
SQUARE_A, SQUARE_B = sp.Add(*(x**2 for x in X)) / COUNT, sp.Add(*(y**2 for y in Y)) / COUNT
UNALIGNED = (psi_a2 + psi_b2 - 2 * psi_ab) / n
UNIFORM = 1 / (6 * n)
UNIFORM_SORTED = 1 / (3 * n * (n + 1))
ORDERED = 2 / ((WIDTH + 1) ** 2 * (WIDTH + 2)) * sp.Sum(PLACE * (WIDTH + 1 - PLACE), (PLACE, 1, WIDTH))

CLAIM = Claim(
    page=__name__,
    title="Wide networks combine without alignment",
    kind=Kind.EXPECTATION,
    origins=(
        Origin("here"),
        Origin("ajtai1984", "", "rates of matching random points"),
        Origin("fournier2015", "", "rates of empirical measures"),
    ),
    statement=(
        r"Let $\phi_k = \psi(u_k,\cdot)/n$ be the contributions of $n$ neurons, the $u_k$ independent with laws $\mu_a$, $\mu_b$ "
        r"in two networks, and $\sum_kG_{kk} = \sum_kE_x|\phi^b_{\pi(k)}-\phi^a_k|^2$ as in combinability/neuron_vertices. (1) "
        r"For every pairing $\pi$ that ignores the neurons $E\sum_kG_{kk} = \frac1n(E_a|\psi|^2 + E_b|\psi|^2 - 2\langle "
        r"E_a\psi, E_b\psi\rangle)$, so the excess $p(1-p)\sum_kG_{kk}$ of the vertices is exactly proportional to $1/n$. (2) If "
        r"$|\phi_k|^2 \le C/n^2$ for all neurons of both, $\sum_kG_{kk} \le 4C/n$ for every permutation. (3) The best one "
        r"has $\min_\pi\sum_kG_{kk} = \frac1nW_2^2$ of the empirical laws of $\psi$, of order $n^{-1-2/D}$ where $\mu_a=\mu_b$ "
        r"has a density on a bounded set of dimension $D>4$; for $D>2$ too if it is uniform on a cube. (4) With "
        r"$\phi_k = \psi_k/\sqrt n$ the mean in (1) does not fall with $n$."
    ),
    equality=(
        r"(1) is an identity; (2) is met by $\psi^b_k = -\psi^a_k$ of one size; $\psi = u\,e(x)$, $Ee^2=1$, $u$ uniform on "
        r"$[0,1]$: $\frac1{6n}$ unaligned, $\frac1{3n(n+1)}$ sorted"
    ),
    necessity=(
        r"MEAN_FIELD: with $1/\sqrt n$ the mean does not fall. INDEPENDENT: networks that share their neurons, in one order, "
        r"have $G=0$ at every width. About element-wise vertices nothing follows: they stay bad when unaligned."
    ),
    letters=(
        Letter(n, "number of neurons"),
        Letter(psi_a2, r"$E_a|\psi|^2 = n\sum_k|\phi^a_k|^2$"),
        Letter(psi_b2, r"$E_b|\psi|^2$"),
        Letter(psi_ab, r"$\langle E_a\psi, E_b\psi\rangle = \langle f_a, f_b\rangle$, outputs without their bias"),
        Letter(psi_max, r"$C = n^2\max_k|\phi_k|^2$ over the neurons of both"),
    ),
    assumptions=(
        Assumption("ONE_LAYER", "one hidden layer, linear output", "by the architecture"),
        Assumption(
            "MEAN_FIELD", r"contributions of size $1/n$ along the series of widths", "by construction of the wider networks"
        ),
        Assumption("INDEPENDENT", "the neurons of the two networks are independent", "by construction of the draw"),
    ),
    formulas={
        "unaligned": UNALIGNED,
        "largest": 4 * psi_max / n,
        "uniform_unaligned": UNIFORM,
        "uniform_sorted": UNIFORM_SORTED,
    },
    steps=(
        Lemma(r"The excess of whole-neuron vertices is $p(1-p)\sum_kG_{kk}$.", "combinability/neuron_vertices"),
        Identity(
            r"Two independent neurons, laws with three atoms each: the mean squared distance needs means and mean squares only.",
            ALL,
            SQUARE_A + SQUARE_B - 2 * MEAN_A * MEAN_B,
        ),
        Cited(
            r"$n$ pairs, each of two independent neurons and with the factor $1/n^2$; a pairing that ignores the neurons leaves "
            r"them independent.",
            "linearity of expectation (assumption INDEPENDENT)",
        ),
        Identity(r"Sum of $n$ of them.", times(n, (psi_a2 + psi_b2 - 2 * psi_ab) / n**2), UNALIGNED),
        Nonnegative(
            r"(2): $|\phi_b-\phi_a|^2 \le 2|\phi_a|^2+2|\phi_b|^2$, at most $4C/n^2$ per neuron.",
            2 * LEFT**2 + 2 * RIGHT**2 - (RIGHT - LEFT) ** 2,
            (),
            (Square(sp.Integer(1), LEFT + RIGHT),),
        ),
        Cited(
            r"(3): couplings of two laws with $n$ equal atoms are mixtures of permutations, so the cheapest is one of them.",
            "Birkhoff's theorem",
        ),
        Cited(
            r"For two samples of one law with a density on a bounded set of dimension $D>4$, $W_2^2$ is of order $n^{-2/D}$; for "
            r"$D>2$ if the law is uniform on a cube.",
            "Ajtai, Komlos, Tusnady 1984; Fournier, Guillin 2015",
        ),
        Identity(
            r"(4): with $1/\sqrt n$ each of the $n$ terms has the factor $1/n$.",
            times(n, (psi_a2 + psi_b2 - 2 * psi_ab) / n),
            psi_a2 + psi_b2 - 2 * psi_ab,
        ),
        Primitive(
            "The uniform family: mean square 1/3 ...", u**3 / 3, u, u**2, (sp.Integer(0), sp.Integer(1)), sp.Rational(1, 3)
        ),
        Primitive("... and mean 1/2.", u**2 / 2, u, u, (sp.Integer(0), sp.Integer(1)), sp.Rational(1, 2)),
        Identity(
            r"Unaligned.",
            at(UNALIGNED, {psi_a2: sp.Rational(1, 3), psi_b2: sp.Rational(1, 3), psi_ab: sp.Rational(1, 4)}),
            UNIFORM,
        ),
        Identity(
            r"On a line the sorted order is the best: exchanging two partners costs $2(\psi^a_2-\psi^a_1)(\psi^b_2-\psi^b_1)$.",
            (X[0] - Y[1]) ** 2 + (X[1] - Y[0]) ** 2 - (X[0] - Y[0]) ** 2 - (X[1] - Y[1]) ** 2,
            2 * (X[1] - X[0]) * (Y[1] - Y[0]),
        ),
        Cited(
            r"The $i$-th of $n$ uniforms has the variance $i(n+1-i)/((n+1)^2(n+2))$; two samples differ by twice that.",
            "order statistics of the uniform law",
        ),
        Identity(r"Summed over $i$ and divided by $n^2$.", ORDERED / WIDTH**2, 1 / (3 * WIDTH * (WIDTH + 1))),
    ),
    wrong=(
        Identity("The means of the two networks are forgotten.", ALL, SQUARE_A + SQUARE_B),
        Identity(
            "MEAN_FIELD is dropped: the mean is said to fall with $n$ all the same.",
            times(n, (psi_a2 + psi_b2 - 2 * psi_ab) / n),
            UNALIGNED,
        ),
        Nonnegative(
            "The bound with 3 in place of 4, for two neurons of size at most $C/n^2$.",
            3 * LARGEST - (RIGHT - LEFT) ** 2,
            (LARGEST - LEFT**2, LARGEST - RIGHT**2),
        ),
    ),
    examples=(
        Cases(
            r"Uniform family: $1/24$ and $1/60$ for $n=4$, $1/96$ and $1/816$ for $n=16$.",
            tuple(
                (at(formula, {n: width}), value)
                for width, values in (
                    (4, (sp.Rational(1, 24), sp.Rational(1, 60))),
                    (16, (sp.Rational(1, 96), sp.Rational(1, 816))),
                )
                for formula, value in zip((UNIFORM, UNIFORM_SORTED), values, strict=True)
            ),
        ),
    ),
    traps=(
        "Combinable is therefore no evidence of alignment or of a shared basin: always show the unaligned control.",
        r"For $D\le 4$ the best rate needs a law in one piece: two boxes far apart hold unequal numbers of the two samples, of "
        r"which about $\sqrt n$ neurons must cross the gap, and $\sum_kG_{kk}$ falls as $n^{-3/2}$.",
        "It is about whole neurons; element-wise vertices of unaligned networks stay bad.",
        "Networks trained with the usual scaling lie between $1/n$ and $1/\\sqrt n$: measure the exponent.",
    ),
)
