"""The loss on all vertices between two networks as a Walsh spectrum [combinability/vertex_spectrum]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toykit.combining.draws import Mixing
from toykit.errors import InputError
from toykit.landscape import Floats


@dataclass(frozen=True)
class Spectrum:
    """Values G (2, .., 2) at the vertices, one axis per block, index 1 = second network; coefficients c_S of the same shape.

    Block i is in S where the index on axis i is 1; c_S = E[G prod_{i in S} chi_i], chi_i = (lambda_i - p)/sqrt(p(1-p)).
    """

    p: float
    values: Floats
    coefficients: Floats

    @property
    def weights(self) -> Floats:
        """sum of c_S^2 over the sets of each size, shape (n+1,)."""
        sizes = np.indices(self.coefficients.shape).sum(axis=0).ravel()
        found = np.bincount(sizes, self.coefficients.ravel() ** 2, minlength=self.values.ndim + 1)
        return np.asarray(found, dtype=np.float64)

    @property
    def mean(self) -> float:
        """E G, from the values."""
        return float(mean(self.values, self.p))

    @property
    def variance(self) -> float:
        """Var G, from the values."""
        return float(mean((self.values - self.mean) ** 2, self.p))

    @property
    def influence(self) -> float:
        """p(1-p) sum_i E(D_i G)^2, from the values."""
        changes = (np.diff(self.values, axis=i)[(slice(None),) * i + (0,)] for i in range(self.values.ndim))
        return self.p * (1 - self.p) * sum(float(mean(change**2, self.p)) for change in changes)

    def stability(self, rho: float) -> float:
        """E G(lambda)G(lambda'), from the values, where lambda' keeps each coordinate with probability rho."""
        noised = self.values
        for axis in range(self.values.ndim):
            noised = rho * noised + (1 - rho) * np.expand_dims(_average(noised, self.p, axis), axis)
        return float(mean(self.values * noised, self.p))


def spectrum(mixed: Mixing) -> Spectrum:
    """The spectrum of a pair under bernoulli(p), all 2^n vertices visited.

    Raises:
        InputError: the law is not bernoulli(p) with 0 < p < 1, or there are too many blocks.

    """
    law = mixed.law
    if not (law.spec.startswith("bernoulli") and 0 < law.mean < 1):
        raise InputError(f"a spectrum belongs to bernoulli(p) with 0 < p < 1; got {law.spec}; use bernoulli(0.5)")
    losses = np.empty((2,) * mixed.blocks.count)
    for values, _ in mixed.nodes():
        losses[tuple(np.rint(values).astype(int))] = mixed.pair.landscape.loss(mixed.point(values))
    return Spectrum(law.mean, losses, transform(losses, law.mean))


def transform(values: Floats, p: float) -> Floats:
    """c_S from the values on {0,1}^n: per axis (1-p) g_0 + p g_1 and sqrt(p(1-p)) (g_1 - g_0)."""
    found, step = values, np.sqrt(p * (1 - p))
    for axis in range(values.ndim):
        low, high = np.take(found, 0, axis=axis), np.take(found, 1, axis=axis)
        found = np.stack([(1 - p) * low + p * high, step * (high - low)], axis=axis)
    return found


def mean(values: Floats, p: float) -> np.float64:
    """E over independent bernoulli(p) coordinates, one per axis."""
    while values.ndim:
        values = _average(values, p, 0)
    return np.float64(values)


def _average(values: Floats, p: float, axis: int) -> Floats:
    found: Floats = (1 - p) * np.take(values, 0, axis=axis) + p * np.take(values, 1, axis=axis)
    return found
