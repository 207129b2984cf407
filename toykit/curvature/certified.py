"""A certified range of phi'' along a chord of a dense tanh network: rigorous bounds of m and M, not values at nodes.

On |t - c| <= h: phi''(t) lies within h^2/2 sup |phi''''| of phi''(c) + phi'''(c) (t - c), where phi''(c), phi'''(c) and
sup |phi''''| come from Taylor series with error bounds (`toykit.curvature.series`). Cells that may hold an extreme are halved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from toykit.arrays import to_numpy
from toykit.barriers.certified.rounding import UNIT, product
from toykit.curvature.series import Ball, Series, dense, exponential, identity, logarithm, tanh, times
from toykit.errors import InputError
from toykit.landscape import Floats, Layered, Pair
from toykit.verdict import Number

ACTIVATIONS: dict[str, Callable[[Series, int], list[Ball]]] = {"tanh": tanh, "identity": identity}
START = 16
"""Cells at the beginning."""
BLOCK = 1 << 14
"""Numbers in one coefficient of a block of examples: they stay in the cache."""


class Cell(NamedTuple):
    """phi'' on [left, right] lies in [lo, hi], and at the middle in [low, high]."""

    left: float
    right: float
    lo: float
    hi: float
    low: float
    high: float


@dataclass(frozen=True)
class _Chord:
    """`first` is z_a, Delta z and a bound of their rounding, shape (n, n_1) each: the first layer is linear in t."""

    first: tuple[Floats, Floats, Floats]
    layers: list[tuple[Floats, Floats, Floats, Floats]]
    activation: Callable[[Series, int], list[Ball]]
    targets: Floats
    factor: float | None

    def coefficient(self, centre: float, radius: float, order: int) -> list[Ball]:
        """c_2, .., c_order of the mean loss, for every expansion point within `radius` of `centre`."""
        count, widest = len(self.targets), max(self.first[0].shape[1], *(len(layer[0]) for layer in self.layers), 1)
        rows = max(1, BLOCK // widest)
        parts = [self._losses(slice(at, at + rows), centre, radius, order) for at in range(0, count, rows)]
        joined = [
            Ball(np.concatenate([p[k].middle for p in parts]), np.concatenate([p[k].radius for p in parts]))
            for k in range(order + 1)
        ]
        return [part.summed(0).times(1 / count) for part in joined[2:]]

    def _losses(self, rows: slice, centre: float, radius: float, order: int) -> list[Ball]:
        """The series of the loss of every example, shape (rows,)."""
        start, step, blur = (part[rows] for part in self.first)
        value = _along(start, step, centre, radius)
        found: list[Ball] = [Ball(value.middle, value.radius + blur), Ball(step, blur)]
        for weight, weight_step, bias, bias_step in self.layers:
            features = self.activation(found, order)
            steps = Ball(weight_step, 2 * UNIT * np.abs(weight_step)), Ball(bias_step, 2 * UNIT * np.abs(bias_step))
            moved = _along(weight, weight_step, centre, radius), _along(bias, bias_step, centre, radius)
            found = dense(features, *moved, *steps)
        if not self.layers:
            found = identity(found, order)
        targets = self.targets[rows]
        if self.factor is not None:
            found[0] -= Ball.exact(targets)
            return [part.summed(1).times(self.factor) for part in times(found, found)]
        return _cross_entropy(found, targets)


def _along(start: Floats, step: Floats, centre: float, radius: float) -> Ball:
    """start + t step for |t - centre| <= radius."""
    blur = 4 * UNIT * (np.abs(start) + np.abs(step))
    return Ball(start + centre * step, np.abs(step) * radius * (1 + 4 * UNIT) + blur)


def _cross_entropy(outputs: list[Ball], labels: Floats) -> list[Ball]:
    """log sum_k exp(z_k - c) - (z_y - c), with c = the largest z in the middle of each example."""
    rows, chosen = np.arange(len(labels)), labels.astype(np.int64)
    largest = outputs[0].middle.max(axis=1, keepdims=True)
    outputs[0] -= Ball.exact(largest)
    sums = logarithm([part.summed(1) for part in exponential(outputs)])
    own = [Ball(part.middle[rows, chosen], part.radius[rows, chosen]) for part in outputs]
    return [total - part for total, part in zip(sums, own, strict=True)]


def certifiable(pair: Pair) -> bool:
    """Whether there is a rule for every part of the network and of the loss."""
    try:
        _chord(pair)
    except InputError:
        return False
    return True


class Range(NamedTuple):
    """Enclosures of m and M, and whether they are as narrow as was asked for."""

    lowest: Number
    highest: Number
    converged: bool


def certified_curvature_range(pair: Pair, *, relative: float = 0.05, cells: int = 400) -> Range:
    """Enclosures of m = min phi'' and M = max phi'' on the chord, for dense tanh or linear networks in float64.

    Stops when both are known to `relative` times M - m, or at that many cells; whatever stopped it, the bounds are rigorous.

    Raises:
        InputError: the landscape is not of this kind; ReLU has kinks, where phi'' is no function.

    """
    chord = _chord(pair)
    found = [_cell(chord, left / START, (left + 1) / START) for left in range(START)]
    while True:
        lows, highs = min(c.lo for c in found), max(c.hi for c in found)
        reached_low, reached_high = min(c.high for c in found), max(c.low for c in found)
        allowed = relative * max(reached_high - reached_low, 0.0) + 64 * UNIT * max(abs(lows), abs(highs))
        open_low, open_high = reached_low - lows > allowed, highs - reached_high > allowed
        converged = not (open_low or open_high)
        if converged or len(found) >= cells:
            break
        worst = min(found, key=lambda c: c.lo) if open_low else max(found, key=lambda c: c.hi)
        found.remove(worst)
        middle = (worst.left + worst.right) / 2
        found += [_cell(chord, worst.left, middle), _cell(chord, middle, worst.right)]
    why = f"{'to the tolerance' if converged else 'all cells spent'}, {len(found)} cells, Taylor series with error bounds"
    return Range(Number.certified(lows, reached_low, why), Number.certified(reached_high, highs, why), converged)


def _cell(chord: _Chord, left: float, right: float) -> Cell:
    centre, radius = (left + right) / 2, (right - left) / 2 * (1 + 4 * UNIT)
    second, third = chord.coefficient(centre, 0.0, 3)
    fourth = chord.coefficient(centre, radius, 4)[2]
    value = second.times(2.0)
    spread = 6 * radius * float(third.reach) + 12 * radius**2 * float(fourth.reach)
    low, high = float(value.middle - value.radius), float(value.middle + value.radius)
    spread *= 1 + 16 * UNIT
    return Cell(left, right, math.nextafter(low - spread, -math.inf), math.nextafter(high + spread, math.inf), low, high)


def _chord(pair: Pair) -> _Chord:
    landscape = pair.landscape
    if not isinstance(landscape, Layered) or landscape.activation.name not in ACTIVATIONS:
        kind = landscape.activation.name if isinstance(landscape, Layered) else type(landscape).__name__
        raise InputError(
            f"a certified range of phi'' takes dense networks with {' or '.join(ACTIVATIONS)}; got {kind}; use curvature_range"
        )
    if landscape.traits.precision != "float64":
        raise InputError(f"a certificate needs float64; got {landscape.traits.precision}; build the landscape in float64")
    factor, targets = landscape.traits.factor, to_numpy(landscape.targets)
    if factor is None and not (landscape.traits.loss == "cross-entropy" and targets.ndim == 1):
        raise InputError(
            f"certified losses are squared and cross-entropy with labels; got {landscape.traits.loss}; use one of them"
        )
    layers = []
    for layer in range(1, landscape.depth + 1):
        weights = [to_numpy(end[landscape.weight_name(layer)]).astype(np.float64) for end in (pair.theta_a, pair.theta_b)]
        name = landscape.bias_name(layer)
        zero = np.zeros(len(weights[0]))
        biases = [zero if name is None else to_numpy(end[name]).astype(np.float64) for end in (pair.theta_a, pair.theta_b)]
        layers.append((weights[0], weights[1] - weights[0], biases[0], biases[1] - biases[0]))
    if factor is not None and targets.ndim == 1:
        targets = np.eye(len(layers[-1][0]))[targets]
    inputs = to_numpy(landscape.inputs).astype(np.float64)
    weight, step, bias, bias_step = layers[0]
    size = np.abs(inputs) @ (np.abs(weight) + np.abs(step)).T + np.abs(bias) + np.abs(bias_step)
    first = inputs @ weight.T + bias, inputs @ step.T + bias_step, 2 * product(inputs.shape[1]) * size
    return _Chord(first, layers[1:], ACTIVATIONS[landscape.activation.name], targets.astype(np.float64), factor)
