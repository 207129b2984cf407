r"""Random combinations of deep linear networks: mean output and mean squared loss by a recursion over the layers.

S_0 = X^T X/N, S_l = M_l S_{l-1} M_l^T + noise_l with M_l the mean of W_l; E L = c (tr S_L - 2 E<y, f> + E|y|^2).
"""

from __future__ import annotations

import sympy as sp

from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.combinability._moments import mean_of, mean_written_out
from theory.steps import Cases, Cited, Identity
from theory.symbols import aimed, factor, mu_3, output_2, targets_2, v
from theory.unevaluated import added, power, times

W = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"m_{i + 1}{j + 1}", real=True))  # mean of the layer
D = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"d_{i + 1}{j + 1}", real=True))  # difference of the ends
S = sp.Matrix(2, 2, lambda i, j: sp.Symbol(f"S_{min(i, j) + 1}{max(i, j) + 1}", real=True))
U = sp.Matrix(sp.symbols("u_1:3", real=True))  # u^T . u with free u reads off every entry of a symmetric matrix
XI = sp.symbols("xi_1:5", real=True)
MU, STEP = sp.symbols("m_1:4", real=True), sp.symbols("d_1:4", real=True)  # a chain of three scalar layers
F, Y = sp.symbols("f y", real=True)


def _read(matrix: sp.Matrix) -> sp.Expr:
    return (U.T * matrix * U)[0]


def _drawn(pattern: sp.Matrix) -> sp.Expr:
    """E u^T W S W^T u for a layer whose entry (i, j) deviates by pattern[i, j] d_ij."""
    layer = W + pattern.multiply_elementwise(D)
    return mean_of(sp.expand(_read(layer * S * layer.T)), XI, {2: v})


ELEMENT = sp.Matrix([[XI[0], XI[1]], [XI[2], XI[3]]])
ROW, COL = sp.Matrix([[XI[0], XI[0]], [XI[1], XI[1]]]), sp.Matrix([[XI[0], XI[1]], [XI[0], XI[1]]])
LAYER = sp.Matrix([[XI[0], XI[0]], [XI[0], XI[0]]])
KEPT = _read(W * S * W.T)
DIAGONAL = sp.diag(S[0, 0], S[1, 1])
OWN = D.multiply_elementwise(D) * sp.Matrix([S[0, 0], S[1, 1]])
ROWS = D * S * D.T

CLAIM = Claim(
    page=__name__,
    title="Random combinations of deep linear networks",
    kind=Kind.EXPECTATION,
    origins=(Origin("here"),),
    statement=(
        r"Let $f(x) = W_L \cdots W_1 x$, $\lambda$ with mean $m$ and variance $v$, independent across layers. Then $E "
        r"f_\lambda = f_{\Theta_m}$: the vertices average to the midpoint network at $m = 1/2$. With $M_l$ the mean of "
        r"$W_l$, $D = \Delta_l$, $S_0 = X^TX/N$ and $S_l = M_lS_{l-1}M_l^T + v\,N_l$, where $N_l$ is "
        r"$\mathrm{diag}((D\odot D)\,\mathrm{diag} S_{l-1})$ for one $\lambda$ per element, "
        r"$\mathrm{diag}(\mathrm{diag}(DS_{l-1}D^T))$ per row, $D\,\mathrm{diag}(\mathrm{diag} S_{l-1})D^T$ per column "
        r"and $DS_{l-1}D^T$ per layer, the loss $c\,E_x|f-y|^2$ has the mean $c(\mathrm{tr} S_L - 2E_x\langle y, "
        r"f_{\Theta_m}\rangle + E_x|y|^2)$. Biases enter as one more input that is always 1. In $v$ it is "
        r"a polynomial of degree at most $L$, and of the law only $m$ and $v$ matter."
    ),
    equality="an identity, for every law of lambda",
    necessity=(
        r"ACROSS: with one $\lambda$ for both layers of $f = w_2w_1x$ from $(0,0)$ to $(2,2)$ the vertices average to "
        r"2, the midpoint network is 1. LINEAR: a ReLU between the layers breaks the mean "
        r"output. SQUARED: cross-entropy has another mean."
    ),
    letters=(
        Letter(v, r"variance of $\lambda$"),
        Letter(factor, r"$c$, factor of the squared loss"),
        Letter(output_2, r"$\mathrm{tr} S_L = E\,E_x|f_\lambda|^2$"),
        Letter(aimed, r"$E_x\langle y, f_{\Theta_m}\rangle$"),
        Letter(targets_2, r"$E_x|y|^2$"),
    ),
    assumptions=(
        Assumption("LINEAR", "linear activations", "by the architecture"),
        Assumption(
            "ACROSS", r"$\lambda$ is independent across layers, inside a layer as the blocks say", "by construction of the draw"
        ),
        Assumption("SQUARED", r"the loss is $c\,E_x|f-y|^2$", "declared by the loss"),
    ),
    formulas={"mean": factor * (output_2 - 2 * aimed + targets_2)},
    steps=(
        Cited(
            r"Given the layers below, a layer is independent of them: take the mean over it first, with $S_{l-1}$, the mean of "
            r"$h_{l-1}h_{l-1}^T$ over draws and examples, in the place of what is below.",
            "conditional expectation, independence (assumption ACROSS)",
        ),
        Identity(
            "The mean output: three scalar layers, each affine in its own deviation.",
            mean_written_out(sp.Mul(*(m + xi * d for m, xi, d in zip(MU, XI[:3], STEP, strict=True))), XI[:3], {2: v}),
            sp.Mul(*MU),
        ),
        Identity(
            r"One $\lambda$ per element: the diagonal gains $v\sum_kD_{ik}^2S_{kk}$.",
            _drawn(ELEMENT),
            KEPT + v * _read(sp.diag(OWN[0], OWN[1])),
        ),
        Identity(
            r"One per row: the diagonal gains $v\,(DSD^T)_{ii}$.", _drawn(ROW), KEPT + v * _read(sp.diag(ROWS[0, 0], ROWS[1, 1]))
        ),
        Identity(r"One per column: $v\,D\,\mathrm{diag}(S)\,D^T$.", _drawn(COL), KEPT + v * _read(D * DIAGONAL * D.T)),
        Identity(r"One per layer: $v\,DSD^T$.", _drawn(LAYER), KEPT + v * _read(ROWS)),
        Identity(
            r"The squared error; its mean over draws is $\mathrm{tr} S_L$, minus twice the product of $y$ with the mean output, "
            r"plus $|y|^2$.",
            (F - Y) ** 2,
            F**2 - 2 * Y * F + Y**2,
        ),
        Identity(
            r"In $v$ each layer adds one degree: three scalar layers.",
            mean_of(sp.expand(sp.Mul(*((m + xi * d) ** 2 for m, xi, d in zip(MU, XI[:3], STEP, strict=True)))), XI, {2: v}),
            sp.Mul(*(m**2 + v * d**2 for m, d in zip(MU, STEP, strict=True))),
        ),
    ),
    wrong=(
        Identity(
            "ACROSS is dropped: one deviation for all three layers.",
            mean_of(sp.expand(sp.Mul(*(m + XI[0] * d for m, d in zip(MU, STEP, strict=True)))), XI, {2: v, 3: mu_3}),
            sp.Mul(*MU),
        ),
        Identity("One per element is taken for one per row.", _drawn(ELEMENT), KEPT + v * _read(sp.diag(ROWS[0, 0], ROWS[1, 1]))),
    ),
    examples=(
        Cases(
            r"$f = w_2w_1$ from $(0,0)$ to $(2,2)$, vertices 0, 0, 0, 4: mean $1 = 1\cdot 1$, mean square $4 = (1 + "
            r"4/4)^2$; with one $\lambda$ the mean is 2.",
            (
                (times(sp.Rational(1, 4), added(0, 0, 0, 4)), sp.Integer(1)),
                (times(sp.Rational(1, 4), added(0, 0, 0, 4**2)), power(added(1, times(sp.Rational(1, 4), 2**2)))),
                (times(sp.Rational(1, 2), added(0, 4)), sp.Integer(2)),
            ),
        ),
    ),
    traps=(
        "Whole-neuron lambda ties a row of one layer to a column of the next: the layers are not independent.",
        "Per column the bias of each layer is a block of its own.",
    ),
)
