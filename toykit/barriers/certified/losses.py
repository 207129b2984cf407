"""The mean loss of a batch of quadratic Taylor models as one scalar polynomial of degree 4 in s, with a remainder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace

from toykit.barriers.certified.models import Model
from toykit.barriers.certified.rounding import LIBRARY_ULPS, TINY, UNIT, product
from toykit.landscape import Floats
from toykit.parameters import Array


class Curve(NamedTuple):
    """sum_k coefficients[k] s^k +- remainder encloses the mean loss for every |s| <= 1; coefficients has shape (5,)."""

    coefficients: Floats
    remainder: float


def squared(outputs: Model, targets: Array, factor: float) -> Curve:
    """mean_i factor * |z_i - y_i|^2 for targets (n, k)."""
    xp = array_namespace(outputs.c0)
    residual = [outputs.c0 - targets, outputs.c1, outputs.c2]
    magnitude = sum((xp.abs(r) for r in residual), start=outputs.c0 * 0)
    n = outputs.c0.shape[0]
    coefficients = np.zeros(5)
    for i, left in enumerate(residual):
        for j, right in enumerate(residual):
            coefficients[i + j] += float(xp.sum(left * right))
    terms = math.prod(outputs.c0.shape) + 9
    spread = float(xp.sum(2 * magnitude * outputs.remainder + outputs.remainder * outputs.remainder))
    rounding = product(terms) * float(xp.sum(magnitude * magnitude)) * 1.01
    return Curve(factor * coefficients / n, factor * (spread * (1 + product(terms)) + rounding) / n * (1 + 8 * UNIT) + TINY)


def cross_entropy(outputs: Model, labels: Array) -> Curve:
    """mean_i log sum_k exp z_ik - z_iy, natural logarithm, to second order about the middle of the part.

    With q = 1 - p_y, an output error e of range r changes the loss by at most log(1 + q (exp r - 1)): far less than
    the Lipschitz bound r on examples that are fitted well. The third derivative in a direction of range r is a third
    central moment, at most r^3 min(q, 1/(6 sqrt 3)).
    """
    xp = array_namespace(outputs.c0)
    n, k = outputs.c0.shape
    z = outputs.c0
    top = xp.max(z, axis=1, keepdims=True)
    weights = xp.exp(z - top)
    total = xp.sum(weights, axis=1, keepdims=True)
    share = weights / total
    chosen = labels[:, None] == xp.arange(k, dtype=labels.dtype, device=labels.device)[None, :]
    hot = xp.astype(chosen, z.dtype)
    base = xp.log(total)[:, 0] + top[:, 0] - xp.sum(z * hot, axis=1)
    moves = [outputs.c1, outputs.c2]
    means = [xp.sum(share * move, axis=1, keepdims=True) for move in moves]
    centred = [move - mean for move, mean in zip(moves, means, strict=True)]
    coefficients = np.zeros(5)
    coefficients[0] = float(xp.sum(base))
    for power, (move, mean) in enumerate(zip(moves, means, strict=True), start=1):
        coefficients[power] += float(xp.sum(mean[:, 0] - xp.sum(move * hot, axis=1)))
    for i, left in enumerate(centred, start=1):
        for j, right in enumerate(centred, start=1):
            coefficients[i + j] += 0.5 * float(xp.sum(share * left * right))
    magnitude = sum((xp.abs(move) for move in moves), start=z * 0)
    deviation = xp.max(sum((xp.abs(c) for c in centred), start=z * 0), axis=1)
    reach = 2 * deviation
    # the largest loss of the polynomial part bounds q on the whole part
    start = xp.minimum(1 - xp.exp(-base) + 64 * UNIT * (1 + xp.abs(base)), base * 0 + 1)
    miss = 1 - xp.exp(-base - _change(start, 2 * xp.max(magnitude, axis=1))) + 64 * UNIT * (1 + xp.abs(base))
    miss = xp.minimum(miss, base * 0 + 1)
    third = reach * reach * reach / 6 * xp.minimum(miss, base * 0 + 1 / (6 * math.sqrt(3)))
    own = xp.sum(outputs.remainder * hot, axis=1)
    spread = _change(miss, xp.max(outputs.remainder * (1 - hot), axis=1) + own)
    size = xp.max(xp.abs(z), axis=1) + 8 * (xp.max(magnitude, axis=1) + deviation) * (1 + deviation) + 2
    library = 4 * LIBRARY_ULPS * UNIT * (2 + xp.abs(xp.log(total)[:, 0]) + k * (deviation + deviation * deviation))
    rounding = (64 + 2 * k) * UNIT * size + library
    charge = product(n) * float(xp.sum(xp.abs(base) + 4 * (1 + xp.max(magnitude, axis=1)) * xp.sum(magnitude, axis=1)))
    remainder = float(xp.sum(third + spread + rounding)) * (1 + product(n)) + charge
    return Curve(coefficients / n, remainder / n * (1 + 8 * UNIT) + TINY)


def together(parts: Sequence[tuple[Curve, float]]) -> Curve:
    """The curve of all examples from those of blocks with their shares of the examples."""
    coefficients = np.array([curve.coefficients for curve, _ in parts])
    shares = np.array([share for _, share in parts])
    size = float((np.abs(coefficients).sum(axis=1) * shares).sum())
    remainder = float((np.array([curve.remainder for curve, _ in parts]) * shares).sum())
    return Curve(shares @ coefficients, remainder * (1 + product(len(parts))) + product(len(parts)) * size + TINY)


def _change(miss: Array, reach: Array) -> Array:
    """log(1 + q (exp r - 1)) from above, never more than r."""
    xp = array_namespace(miss)
    bounded = xp.minimum(reach, reach * 0 + 500)
    change = xp.log1p(miss * xp.expm1(bounded)) * (1 + 8 * LIBRARY_ULPS * UNIT)
    smaller: Array = xp.minimum(xp.where(reach < 500, change, reach), reach)
    return smaller


class Peak(NamedTuple):
    """A rigorous upper bound of a curve minus a line, and without rigour its maximiser s, the value there and on both halves."""

    upper: float
    position: float
    value: float
    halves: tuple[float, float]


NODES = np.linspace(-1.0, 1.0, 33)
"""Where a curve is evaluated for an upper bound."""


def upper_bound(curve: Curve, line: tuple[float, float]) -> Peak:
    """An upper bound over |s| <= 1 of the curve minus line[0] + line[1] s, from 33 nodes and |p''| step^2/8 between them.

    What has overflowed is infinite.
    """
    polynomial = curve.coefficients.copy()
    polynomial[0] -= line[0]
    polynomial[1] -= line[1]
    values = np.polynomial.polynomial.polyval(NODES, polynomial)
    best, half = int(values.argmax()), len(NODES) // 2
    bend = float(sum(k * (k - 1) * abs(c) for k, c in enumerate(polynomial)))
    rounding = (
        64 * UNIT * (float(np.abs(polynomial).sum()) + abs(line[0]) + abs(line[1]) + float(np.abs(curve.coefficients).sum()))
    )
    upper = float(values.max()) + bend / 2048 + curve.remainder + rounding
    upper = upper if math.isfinite(upper) else math.inf
    return Peak(upper, float(NODES[best]), float(values[best]), (float(values[: half + 1].max()), float(values[half:].max())))
