"""The second-order coefficient of the mean excess, measured at finite radii and freed of its higher terms.

At lambda = m + t xi the excess of one antithetic pair is E(t) = c_2 t^2 + c_4 t^4 + c_6 t^6 + ..., so
C(t) = (16 E(t/2) - E(t)) / (3 t^2) is free of c_4, and (16 C(t/2) - C(t)) / 15 free of c_6 as well. A third of
|C(t) - C(t/2)|, the change made by halving the radius, averaged over the draws, is reported as the remainder. It is an
estimate, not a bound: on 800 random networks the largest remainder met was less than half of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from toykit.combining.draws import Mixing
from toykit.landscape import Floats, Landscape
from toykit.parameters import Parameters

RADII = (1.0, 0.5, 0.25, 0.125, 0.0625)
"""Scales t of the deviation: from the full law down; the last three are those of the extrapolation."""


@dataclass(frozen=True)
class Excess:
    """Mean excesses E(t), shape (radii,), and second-order coefficients from common draws of lambda.

    `measured`: extrapolated from losses; `predicted`: half the curvature along the same draws, mean (v/2) trace;
    `paired_error`: standard error of their difference; `spread`: standard error of `predicted` alone;
    `remainder`: estimate of what the extrapolation leaves. Both errors are 0 where every lambda was enumerated.
    """

    values: Floats
    measured: float
    predicted: float
    paired_error: float
    spread: float
    remainder: float
    draws: int

    def ratio(self, radius: int) -> float | None:
        """Measured excess over (v/2) t^2 trace at RADII[radius], 1 where second order is all; None for a zero trace."""
        predicted = self.predicted * RADII[radius] ** 2
        return float(self.values[radius]) / predicted if predicted else None


def enumerated_excess(mixed: Mixing) -> Excess:
    """E(t) by enumeration of all lambda of a law with few blocks."""
    nodes = list(mixed.nodes())
    if mixed.law.symmetric and len(nodes) > 1:  # the second half holds the antithetic partners of the first, in reverse order
        nodes = [(xi, 2 * weight) for xi, weight in nodes[: len(nodes) // 2]]
    steps, weights = (mixed.step(xi - mixed.law.mean) for xi, _ in nodes), np.array([weight for _, weight in nodes])
    return excess_along(mixed.pair.landscape, mixed.centre, steps, weights, antithetic=mixed.law.symmetric, exact=True)


def sampled_excess(mixed: Mixing, draws: int, number: int = 0) -> Excess:
    """E(t) from `draws` antithetic pairs."""
    steps, weights = (mixed.step(xi) for xi in mixed.deviations(draws, number)), np.full(draws, 1 / draws)
    return excess_along(mixed.pair.landscape, mixed.centre, steps, weights, antithetic=mixed.law.symmetric, exact=False)


def extrapolate(at_t: Floats, at_half: Floats, t: float) -> Floats:
    """C(t) = (16 E(t/2) - E(t)) / (3 t^2), the second-order coefficient up to order t^4."""
    return (16 * at_half - at_t) / (3 * t**2)


def excess_along(
    landscape: Landscape, centre: Parameters, steps: Iterable[Parameters], weights: Floats, *, antithetic: bool, exact: bool
) -> Excess:
    """E(t) at centre + t step for steps of mean zero with these weights; `exact` where they are all there are.

    With `antithetic` each step is taken with both signs, and odd orders vanish; else the first-order term is taken off.
    """
    base = landscape.loss(centre)
    gradient = None if antithetic else landscape.gradient(centre)
    found, curvatures = [], []
    for step in steps:
        if gradient is None:
            losses = landscape.losses([centre + step * (sign * t) for t in RADII for sign in (1, -1)])
            found.append(np.asarray(losses, dtype=np.float64).reshape(len(RADII), 2).mean(axis=1) - base)
        else:
            losses = landscape.losses([centre + step * t for t in RADII])
            found.append(np.asarray(losses, dtype=np.float64) - base - np.array(RADII) * gradient.dot(step))
        curvatures.append(landscape.curvature(centre, step) / 2)
    table, predicted = np.array(found), np.array(curvatures)
    coarse = extrapolate(table[:, -3], table[:, -2], RADII[-3])
    fine = extrapolate(table[:, -2], table[:, -1], RADII[-2])
    measured = (16 * fine - coarse) / 15
    return Excess(
        values=weights @ table,
        measured=float(weights @ measured),
        predicted=float(weights @ predicted),
        paired_error=0.0 if exact else _standard_error(measured - predicted),
        spread=0.0 if exact else _standard_error(predicted),
        remainder=float(weights @ np.abs(coarse - fine)) / 3,
        draws=len(weights),
    )


def _standard_error(values: Floats) -> float:
    return float(values.std(ddof=1) / math.sqrt(len(values)))
