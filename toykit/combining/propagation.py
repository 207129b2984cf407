r"""Outputs of random combinations without drawing lambda: mean and covariance over lambda, layer by layer, per example.

Given mean H and covariance S of the features over lambda, an element-wise mixed layer with mean weights M and differences
D has pre-activations of mean H M^T + c and covariance M S M^T + v diag((H^2 + diag S) (D*D)^T + e*e), exactly; they are then
taken to be Gaussian, and Mehler's expansion carries mean and covariance through the activation. With one lambda per row
and two values of lambda, the two parents' rows are carried apart [combinability/relu_moment_propagation].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import array_api_compat
import numpy as np

from toykit.arrays import to_numpy
from toykit.combining.draws import Mixing
from toykit.combining.gaussian_moments import gaussian_moments
from toykit.errors import InputError
from toykit.landscape import Layered
from toykit.parameters import Array, Parameters, chord_point

Covariance = Literal["full", "diagonal"]
"""`full` follows the covariance between the units of a layer; `diagonal` forgets it, which from layer 2 on is wrong."""

ROOM, LARGEST = 2**22, 2**28
"""Numbers of one batch of covariances (32 MiB), and the largest covariance of a single example (2 GiB)."""


class OutputMoments(NamedTuple):
    """Mean (n, k) and covariance (n, k, k) of the outputs over lambda, in float64; `share`: of the largest noise term."""

    mean: Array
    covariance: Array
    share: float


class Dense(NamedTuple):
    """W_l (n_l, n_{l-1}) and b_l (n_l,), zero where the layer has no bias, in float64."""

    weight: Array
    bias: Array


@dataclass(frozen=True)
class Moments:
    """Mean (n, h) and covariance of features over lambda: (n, h, h), or its diagonal (n, h) where nothing else is there."""

    mean: Array
    covariance: Array

    @property
    def diagonal(self) -> bool:
        """Whether only variances are kept."""
        return bool(self.covariance.ndim == 2)

    @property
    def variance(self) -> Array:
        """The variances, shape (n, h)."""
        if self.diagonal:
            return self.covariance
        return array_api_compat.array_namespace(self.mean).einsum("nii->ni", self.covariance)

    def through(self, left: Array, right: Array) -> Array:
        """left S right^T, shape (n, i, j), for matrices (i, h) and (j, h), or (n, i, h) and (n, j, h)."""
        xp = array_api_compat.array_namespace(self.mean)
        half = left * self.covariance[:, None, :] if self.diagonal else xp.matmul(left, self.covariance)
        return xp.matmul(half, xp.swapaxes(right, -1, -2) if right.ndim == 3 else right.T)


def propagate(mixed: Mixing, covariance: Covariance = "full", *, terms: int = 3) -> OutputMoments:
    """Mean and covariance of the outputs over lambda, per example; `terms` of Mehler's expansion are kept.

    The room needed is n h^2 numbers for the widest layer h, taken in batches of 32 MiB.

    Raises:
        InputError: the pair has no layers, lambda is neither one per element nor one of two values per row, or a single
            covariance would not fit.

    """
    net, granularity = mixed.pair.landscape, mixed.blocks.granularity
    if not isinstance(net, Layered):
        raise InputError(f"moments pass through dense layers; {mixed.pair.name} is a {type(net).__name__}; use an MLP")
    if covariance not in get_args(Covariance):
        raise InputError(f"a covariance is one of {', '.join(get_args(Covariance))}; got {covariance!r}; choose one")
    if granularity not in {"element", "row"} or (granularity == "row" and not mixed.law.finite):
        raise InputError(
            "the sum over many lambdas is nearly Gaussian with one lambda per element, and rows need a law of two values; got "
            f"{mixed.law.spec} per {granularity}; draw a sample instead"
        )
    widest = max(net.widths, default=1)
    if covariance == "full" and net.depth > 2 and widest**2 > LARGEST:
        raise InputError(
            f"the covariance of {widest} units needs {widest**2 / 2**27:.0f} GiB per example, at most {LARGEST / 2**27:.0f} are "
            "taken; use covariance='diagonal', or draw a sample"
        )
    xp = array_api_compat.array_namespace(net.inputs)
    points = [chord_point(mixed.pair.theta_a, mixed.pair.theta_b, value) for value, _ in _values(mixed)]
    layers = [[dense(net, theta, layer) for theta in (*points, mixed.delta)] for layer in range(1, net.depth + 1)]
    inputs, size = xp.astype(net.inputs, xp.float64), max(1, ROOM // widest**2)
    batches = [inputs[start : start + size] for start in range(0, inputs.shape[0], size)]
    found = [_batch(net, mixed, layers, rows, covariance == "full", terms) for rows in batches]
    means, covariances, shares = zip(*found, strict=True)
    return OutputMoments(xp.concat(means, axis=0), xp.concat(covariances, axis=0), max(shares))


def _values(mixed: Mixing) -> tuple[tuple[float, float], ...]:
    """The points of the chord whose layers are carried along, with weights: both values of lambda per row, else the mean."""
    return mixed.law.nodes if mixed.blocks.granularity == "row" else ((mixed.law.mean, 1.0),)


def _batch(net: Layered, mixed: Mixing, layers: list[list[Dense]], rows: Array, full: bool, terms: int) -> OutputMoments:
    state, share = Moments(rows, rows * 0), 0.0
    for number, (*parts, change) in enumerate(layers, start=1):
        last, known = number == len(layers), full and number > 1  # rows of the first layer are independent
        if mixed.blocks.granularity == "row":
            state = _by_row(net, mixed, state, parts, last, known)
            continue
        before, noise = element_layer(mixed.law.variance, state, parts[0], change, known or last)
        share = max(share, _largest_share(mixed.law.variance, state, change, noise))
        state = before if last else _activated(net, before, terms)
    return OutputMoments(state.mean, state.covariance, share)


def element_layer(variance: float, below: Moments, mean: Dense, change: Dense, full: bool) -> tuple[Moments, Array]:
    """Moments of the pre-activations with one lambda per element, and their noise (n, i): exact; without `full` the diagonal."""
    xp = array_api_compat.array_namespace(below.mean)
    noise = variance * ((below.mean**2 + below.variance) @ (change.weight**2).T + change.bias**2)
    here = below.mean @ mean.weight.T + mean.bias
    if full:
        spread = below.through(mean.weight, mean.weight)
        return Moments(here, _with_diagonal(xp, spread, xp.einsum("nii->ni", spread) + noise)), noise
    return Moments(here, below.variance @ (mean.weight**2).T + noise), noise


def _activated(net: Layered, before: Moments, terms: int) -> Moments:
    """Moments after the activation of Gaussian pre-activations; where there are variances only, they stay alone."""
    xp = array_api_compat.array_namespace(before.mean)
    variance = _positive(xp, before.variance)
    found = gaussian_moments(net.activation, before.mean, variance, terms)
    own = _positive(xp, found.second - found.first**2)
    if before.diagonal:
        return Moments(found.first, own)
    deviation = xp.sqrt(xp.where(variance > 0, variance, variance + 1))
    correlation = before.covariance / (deviation[:, :, None] * deviation[:, None, :])
    total, power = correlation * 0, correlation
    for k, c in enumerate(found.coefficients, start=1):
        total = total + power * ((c / math.factorial(k))[:, :, None] * c[:, None, :])
        power = power * correlation
    return Moments(found.first, _with_diagonal(xp, total, own))


def _by_row(net: Layered, mixed: Mixing, below: Moments, parts: list[Dense], last: bool, full: bool) -> Moments:
    """One layer whose rows are taken whole from the points of lambda's two values, each with its weight."""
    xp = array_api_compat.array_namespace(below.mean)
    first = second = gain = 0.0
    for (_, weight), part in zip(mixed.law.nodes, parts, strict=True):
        mu = below.mean @ part.weight.T + part.bias
        half = part.weight * below.covariance[:, None, :] if below.diagonal else xp.matmul(part.weight, below.covariance)
        variance = _positive(xp, xp.sum(half * part.weight, axis=2))
        if last:
            first, second, gain = first + weight * mu, second + weight * (variance + mu**2), gain + weight * part.weight
            continue
        found = gaussian_moments(net.activation, mu, variance, 1)
        first, second = first + weight * found.first, second + weight * found.second
        # E sigma' = c_1/s; where z does not move nothing passes, and any number will do
        slope = found.coefficients[0] / xp.sqrt(xp.where(variance > 0, variance, variance + 1))
        gain = gain + weight * slope[:, :, None] * part.weight
    own = _positive(xp, second - first**2)
    return Moments(first, _with_diagonal(xp, below.through(gain, gain), own)) if last or full else Moments(first, own)


def _largest_share(variance: float, below: Moments, change: Dense, noise: Array) -> float:
    """The largest term of the noise of a unit over its sum, the median over units and a few examples."""
    xp = array_api_compat.array_namespace(below.mean)
    rows = slice(0, 16)
    largest = variance * xp.max((below.mean[rows] ** 2 + below.variance[rows])[:, None, :] * change.weight**2, axis=2)
    moving = noise[rows] > 0
    return float(np.median(to_numpy(largest[moving] / noise[rows][moving]))) if bool(moving.any()) else 0.0


def _with_diagonal(xp: Any, matrices: Array, diagonal: Array) -> Array:
    """Matrices (n, h, h) with another diagonal (n, h)."""
    h = matrices.shape[-1]
    eye = xp.eye(h, dtype=matrices.dtype, device=array_api_compat.device(matrices))
    return matrices * (1 - eye) + diagonal[:, :, None] * eye


def _positive(xp: Any, values: Array) -> Array:
    return xp.where(values > 0, values, values * 0)


def dense(net: Layered, theta: Parameters, layer: int) -> Dense:
    """(W_l, b_l) in float64, in the namespace of the network."""
    weight, name = theta[net.weight_name(layer)], net.bias_name(layer)
    xp = array_api_compat.array_namespace(weight)
    bias = theta[name] if name is not None else weight[:, 0] * 0
    return Dense(xp.astype(weight, xp.float64), xp.astype(bias, xp.float64))
