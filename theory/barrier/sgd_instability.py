r"""Two noisy copies on a quadratic: what curves down raises the gap exponentially, what curves up lowers it a little."""

from __future__ import annotations

import sympy as sp

from theory.barrier._profiles import ONE
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.steps import Cases, Cited, Identity
from theory.symbols import eta, k, lamda, r, tau, v, varsigma

q = 1 - eta * lamda
SPREAD = 2 * eta**2 * v * (q ** (2 * k) - 1) / (q**2 - 1)
GAP = eta * v / (4 * (2 - eta * lamda)) * (q ** (2 * k) - 1)
FLOW_SPREAD = varsigma**2 * (1 - sp.exp(-2 * lamda * tau)) / lamda
FLOW = varsigma**2 / 8 * (sp.exp(-2 * lamda * tau) - 1)

x, y, xi, zeta = sp.symbols("x y xi zeta", real=True)
step, noise, factor = sp.symbols("D n q", real=True)  # a difference of copies, the difference of their noise, 1 - eta lambda
entry, corner, other, first, second = sp.symbols("H_11 H_12 H_22 Delta_1 Delta_2", real=True)


def _bowl(where: sp.Expr) -> sp.Expr:
    return lamda * where**2 / 2


STEPS = (
    Identity(
        r"QUADRATIC: along an eigenvector $L=\frac{1}{2}\lambda x^2$, and a pair has $g(\frac{1}{2})=-\frac{1}{8}\lambda D^2$, "
        r"$D=y-x$.",
        _bowl((x + y) / 2) - (_bowl(x) + _bowl(y)) / 2,
        -lamda * (y - x) ** 2 / 8,
    ),
    Identity(
        r"One step $x-\eta(\lambda x+\xi)$ of both copies: their difference is multiplied by $q=1-\eta\lambda$ and gets the "
        r"difference of their noise.",
        (y - eta * (lamda * y + zeta)) - (x - eta * (lamda * x + xi)),
        q * (y - x) - eta * (zeta - xi),
    ),
    Identity(
        r"The square of it.",
        (factor * step - eta * noise) ** 2,
        factor**2 * step**2 - 2 * eta * factor * step * noise + eta**2 * noise**2,
    ),
    Cited(
        r"ISOTROPIC and independent noise of variance $v$: the middle term has the mean 0, and $n^2$ the mean $2v$. So "
        r"$E D^2$ obeys $V_{k+1}=q^2V_k+2\eta^2v$, with $V_0=0$ as both copies start together (START).",
        "independent numbers with mean 0 are uncorrelated, and their variances add up",
    ),
    Identity(
        r"Solution: $V_k=2\eta^2v\frac{q^{2k}-1}{q^2-1}$.",
        2 * eta**2 * v * (factor ** (2 * k + 2) - 1) / (factor**2 - 1),
        factor**2 * (2 * eta**2 * v * (factor ** (2 * k) - 1) / (factor**2 - 1)) + 2 * eta**2 * v,
    ),
    Identity(r"It starts at 0.", sp.Subs(2 * eta**2 * v * (factor ** (2 * k) - 1) / (factor**2 - 1), k, 0), sp.Integer(0)),
    Identity(r"So the mean gap; the denominator $q^2-1=-\eta\lambda(2-\eta\lambda)$ drops $\lambda$.", -lamda / 8 * SPREAD, GAP),
    Identity(
        r"Small steps, $v=\varsigma^2/\eta$ and $\tau=\eta k$: the factor in front tends to $\frac{1}{8}\varsigma^2$.",
        sp.Subs(varsigma**2 / (4 * (2 - eta * lamda)), eta, 0),
        varsigma**2 / 8,
    ),
    Cited(
        r"The flow $d\theta=-H\theta\,ds+\varsigma\,dW$: $V'=-2\lambda V+2\varsigma^2$.",
        "Itô's formula for the square of a diffusion",
    ),
    Identity(
        r"Its solution $V=\frac{\varsigma^2}{\lambda}(1-e^{-2\lambda\tau})$ ...",
        sp.Derivative(FLOW_SPREAD, tau),
        -2 * lamda * FLOW_SPREAD + 2 * varsigma**2,
    ),
    Identity(r"... starts at 0.", sp.Subs(FLOW_SPREAD, tau, 0), sp.Integer(0)),
    Identity(r"The mean gap of the flow in this direction.", -lamda / 8 * FLOW_SPREAD, FLOW),
    Identity(
        r"Many directions: $g(\frac{1}{2})=-\frac{1}{8}\Delta^TH\Delta=-\frac{1}{8}\mathrm{tr}(H\Delta\Delta^T)$, here two of "
        r"them.",
        -(first * (entry * first + corner * second) + second * (corner * first + other * second)) / 8,
        -sp.Trace(
            sp.Matrix([[entry, corner], [corner, other]]) * sp.Matrix([[first**2, first * second], [first * second, second**2]])
        ).doit()
        / 8,
    ),
    Cited(
        r"In the basis of eigenvectors isotropic noise is the same in every direction, and the gaps add up: "
        r"$E\,g(\frac{1}{2})=\frac{1}{8}\varsigma^2(\mathrm{tr}\,e^{-2H\tau}-\dim)$.",
        "a symmetric matrix has an orthonormal basis of eigenvectors, and a rotation keeps isotropic noise",
    ),
)

WRONG = (
    Identity(
        r"Only one of the copies has noise.",
        2 * eta**2 * v * (factor ** (2 * k + 2) - 1) / (factor**2 - 1),
        factor**2 * (2 * eta**2 * v * (factor ** (2 * k) - 1) / (factor**2 - 1)) + eta**2 * v,
    ),
    Identity(
        r"START is dropped: the copies start $r$ apart.",
        sp.Subs(2 * eta**2 * v * (factor ** (2 * k) - 1) / (factor**2 - 1) + r**2, k, 0),
        sp.Integer(0),
    ),
    Identity(r"The flow grows at half the rate.", -lamda / 8 * FLOW_SPREAD, varsigma**2 / 8 * (sp.exp(-lamda * tau) - 1)),
    Identity(
        r"QUADRATIC is dropped: a term $\frac{1}{4}x^4$ is left out.",
        _bowl((x + y) / 2) + ((x + y) / 2) ** 4 / 4 - (_bowl(x) + _bowl(y) + x**4 / 4 + y**4 / 4) / 2,
        -lamda * (y - x) ** 2 / 8,
    ),
)


def _flow(eigenvalue: int) -> sp.Expr:
    return sp.Subs(FLOW, (varsigma, lamda, tau), (1, eigenvalue, 1))


DISCRETE = (lamda, eta, v, k), (-ONE / 2, ONE / 10, 1, 20)
EXAMPLES = (
    Cases(
        r"$\varsigma=1$, $\lambda\tau=-1$: $\frac{1}{8}(e^2-1)=0.798632$; $\lambda\tau=1$: $\frac{1}{8}(e^{-2}-1)=-0.108083$; "
        r"both directions of a saddle: $\frac{1}{4}(\cosh 2-1)=0.690549$.",
        (
            (_flow(-1), (sp.exp(2) - 1) / 8),
            (_flow(1), (sp.exp(-2) - 1) / 8),
            (_flow(-1) + _flow(1), (sp.cosh(2).rewrite(sp.exp) - 1) / 4),
        ),
    ),
    Cases(
        r"$\lambda=-\frac{1}{2}$, $\eta=\frac{1}{10}$, $v=1$, 20 steps: "
        r"$E\Delta^2=\frac{8}{41}((\frac{21}{20})^{40}-1)=1.178534$, and the gap is $\frac{1}{16}$ of it.",
        (
            (sp.Subs(SPREAD, *DISCRETE), sp.Rational(8, 41) * (sp.Rational(21, 20) ** 40 - 1)),
            (sp.Subs(GAP, *DISCRETE), sp.Rational(8, 41) * (sp.Rational(21, 20) ** 40 - 1) / 16),
        ),
    ),
)

CLAIM = Claim(
    page=__name__,
    title="The mean gap of noisy copies",
    kind=Kind.EXPECTATION,
    origins=(
        Origin("here", note="the laws"),
        Origin("frankle2020", note="instability to the noise of stochastic gradients"),
    ),
    statement=(
        r"Two copies part at one point of a quadratic with the Hessian $H$ and descend with noise of their own. Steps "
        r"$\theta-\eta(H\theta+\xi)$ with $\mathrm{Var}\,\xi=v\,\mathrm{Id}$: in the direction of an eigenvalue $\lambda$, after "
        r"$k$ steps, $E\Delta^2=2\eta^2v\frac{(1-\eta\lambda)^{2k}-1}{(1-\eta\lambda)^2-1}$, and $E\,g(\frac{1}{2})$ is the sum "
        r"over all directions of $-\frac{\lambda}{8}E\Delta^2$. The flow $d\theta=-H\theta\,ds+\varsigma\,dW$: "
        r"$E\,g(\frac{1}{2})=\frac{1}{8}\varsigma^2(\mathrm{tr}\,e^{-2H\tau}-\dim)$. A direction that curves down, $-\mu$, gives "
        r"$\frac{1}{8}\varsigma^2(e^{2\mu\tau}-1)$; one that curves up gives at most $\frac{1}{8}\varsigma^2$ back."
    ),
    equality="always, in the mean",
    necessity=(
        r"ISOTROPIC: on the saddle $H=\mathrm{diag}(1,-1)$ with noise in the first direction only the mean gap is $-0.108083$, "
        r"not 0.690549. QUADRATIC: in the double well $\frac{1}{4}x^4-\frac{1}{2}x^2$ the gap stops growing at the height of the "
        r"ridge."
    ),
    letters=(
        Letter(lamda, "eigenvalue of the Hessian; one for every direction"),
        Letter(eta, "learning rate"),
        Letter(v, "variance of the noise of a gradient, per entry"),
        Letter(k, "steps after branching"),
        Letter(varsigma, r"noise of the flow, $\varsigma^2=\eta v$"),
        Letter(tau, r"time after branching, $\tau=\eta k$"),
    ),
    assumptions=(
        Assumption("QUADRATIC", "the Hessian is constant where the copies go", "the formula of the landscape"),
        Assumption("ISOTROPIC", r"$\mathrm{Var}\,\xi=v\,\mathrm{Id}$, everywhere the same", "the noise of the landscape"),
        Assumption("START", "the copies part at one point", "the base of the pair"),
    ),
    steps=STEPS,
    wrong=WRONG,
    examples=EXAMPLES,
    formulas={"spread": SPREAD, "gap": GAP, "flow_spread": FLOW_SPREAD, "flow": FLOW},
    traps=(
        r"The law is for the signed gap; $E[B]\geq\max(0,E\,g)$.",
        "Noise of batches is small in the flat directions and large in the sharp ones: it need not reach the direction that "
        "grows.",
        r"For $\eta\lambda>2$ a direction that curves up is unstable too, and then it lowers the gap without bound.",
    ),
    owes_not={"trained check": "the law is a mean over many pairs of copies with one start; a trained pair is one draw of it"},
)
