"""Check of E g(1/2) = -sum_i lambda_i E Delta_i^2 / 8 for noisy copies that part on a quadratic [barrier/sgd_instability]."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import sympy as sp

from toykit.barriers.measured import tolerance
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.branching import Branching, parted, quadratic
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/sgd_instability"
COPIES = 1000
"""Pairs of copies; the mean gap is compared within six of its standard errors, which are known."""

SIGMAS = 6


def check(pair: Pair, copies: int = COPIES) -> Result:
    """The mean gap by the covariance of the copies, step by step, and of simulated copies, against the closed law."""
    landscape, base = pair.landscape, pair.theta_0
    if not isinstance(landscape, Branching) or base is None:
        kind = getattr(landscape, "name", type(landscape).__name__)
        return Result(SLUG, pair.name, (), {}, {"QUADRATIC": Outcome(False, f"the noise of descent is not known on {kind}")})
    eigenvalues = np.linalg.eigvalsh(landscape.hessian(base))
    noise, rate, steps = float(landscape.noise.max()), landscape.rate, landscape.steps
    letters = {"eta": rate, "v": noise**2 / rate, "k": float(steps), "varsigma": noise, "tau": rate * steps}
    gaps = evaluate(SLUG, "gap", letters | {"lamda": eigenvalues})
    law = Number.exact(math.fsum(gaps))
    measured = landscape.gaps(*landscape.copies(base, copies))
    # g = -lambda D^2/8 with normal D has the standard deviation sqrt(2) |E g| in every direction
    error = SIGMAS * math.sqrt(2 * math.fsum(gaps**2) / copies)
    simulated = Number.estimated(float(measured.mean()), f"{copies} pairs, {SIGMAS} standard errors of the law", error)
    exact = Number.exact(_by_covariance(pair, landscape), "the covariance of the copies, step by step")
    allowed = tolerance(pair, float(np.abs(gaps).sum()) * (1 + steps))
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            Comparison("mean gap, by the covariance", exact, Relation.EQUAL, law, allowed),
            Comparison("mean gap of simulated copies", simulated, Relation.EQUAL, law, allowed),
        ),
        letters=letters | {"lamda": float(eigenvalues[0])},
        assumptions=_assumptions(landscape),
        extra={
            "mean gap of the flow": math.fsum(evaluate(SLUG, "flow", letters | {"lamda": eigenvalues})),
            "gap per direction": {f"{value:.6g}": float(gap) for value, gap in zip(eigenvalues, gaps, strict=True)},
        },
    )


def _by_covariance(pair: Pair, landscape: Branching) -> float:
    """-tr(H C)/8 with C <- (1 - eta H) C (1 - eta H) + 2 eta diag(sigma^2), the covariance of the difference of two copies."""
    hessian = landscape.hessian(pair.theta_0 if pair.theta_0 is not None else pair.theta_a)
    step, fed = np.eye(len(hessian)) - landscape.rate * hessian, 2 * landscape.rate * np.diag(landscape.noise**2)
    spread: Floats = np.zeros_like(hessian)
    for _ in range(landscape.steps):
        spread = step @ spread @ step + fed
    return -float(np.trace(hessian @ spread)) / 8


def _assumptions(landscape: Branching) -> dict[str, Outcome]:
    constant = not sp.hessian(landscape.expr, landscape.symbols).free_symbols
    equal = float(np.ptp(landscape.noise)) <= ROUNDING * float(landscape.noise.max())
    return {
        "QUADRATIC": Outcome(constant, "the second derivatives of the formula"),
        "ISOTROPIC": Outcome(equal, f"noise from {landscape.noise.min():.3g} to {landscape.noise.max():.3g}"),
        "START": Outcome(True, "the base of the pair"),
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Bowls, saddles and hills in one to four dimensions, few and many steps, steps too large to converge."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        steps = int(draw.integers(1, 120))
        rate = draw.uniform(0.5, 3.0) / steps
        curvatures = draw.uniform(-1.5, 1.5, size=int(draw.integers(1, 5)))
        if number % 5 == 0:
            curvatures[0] = 2.05 / rate  # unstable for a direction that curves up
            steps = min(steps, 20)
        yield quadratic(curvatures.tolist(), noise=draw.uniform(0.01, 1.0), rate=rate, steps=steps)


def extremal() -> Iterator[Pair]:
    """Always equal: one direction down, one up, and the saddle of both."""
    for curvatures in ((-1.0,), (1.0,), (1.0, -1.0)):
        yield quadratic(curvatures, noise=1.0, rate=0.05, steps=20)
    yield quadratic((-0.5,), noise=math.sqrt(0.1), rate=0.1, steps=20)


def necessity() -> Iterator[tuple[str, Pair]]:
    """Noise in the direction that curves up only; a double well, in which the copies end up."""
    yield "ISOTROPIC", quadratic((1.0, -1.0), noise=(1.0, 0.0), rate=0.05, steps=20)
    x, y = sp.symbols("x_1 x_2", real=True)
    well = x**4 / 4 - x**2 / 2 + y**2 / 2
    yield "QUADRATIC", parted(Branching(well, (x, y), "double well", noise=(0.1, 0.1), rate=0.1, steps=80))
