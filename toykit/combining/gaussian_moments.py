r"""Moments of an activation of a Gaussian: E sigma, E sigma^2 and the Hermite coefficients that carry covariances through it.

For z = mu + s x, x standard normal, and c_k = E[sigma(z) He_k(x)] = s^k E sigma^(k)(z), Mehler's expansion gives
Cov(sigma(z_i), sigma(z_j)) = sum_{k>=1} rho_ij^k c_k^i c_k^j / k!. For ReLU, with t = mu/s, E = mu Phi + s phi,
E2 = (mu^2 + s^2) Phi + mu s phi, c_1 = s Phi and c_k = s (-1)^k He_{k-2}(t) phi. NumPy and torch.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import array_api_compat
import numpy as np
from scipy.special import erfc

from toykit.activations import activation as numpy_activation
from toykit.arrays import like, to_numpy
from toykit.landscape import Activation
from toykit.parameters import Array

NODES = 20
"""Gauss-Hermite nodes for activations without a closed form."""


class GaussianMoments(NamedTuple):
    """E sigma(z), E sigma(z)^2 and (c_1, .., c_K), each of the shape of mu."""

    first: Array
    second: Array
    coefficients: tuple[Array, ...]


def gaussian_moments(activation: Activation, mu: Array, variance: Array, terms: int = 3) -> GaussianMoments:
    """The moments of sigma(z) for z ~ N(mu, variance), element by element; a variance of 0 gives sigma(mu)."""
    if activation.piecewise_linear:
        return _piecewise_linear(activation.negative_slope, mu, variance, terms)
    return _quadrature(activation, mu, variance, terms)


def _piecewise_linear(slope: float, mu: Array, variance: Array, terms: int) -> GaussianMoments:
    """sigma(u) = slope u + (1 - slope) relu(u), and sigma^2 = slope^2 u^2 + (1 - slope^2) relu(u)^2."""
    xp = array_api_compat.array_namespace(mu)
    moving = variance > 0
    deviation = xp.sqrt(xp.where(moving, variance, variance * 0))
    t = mu / xp.where(moving, deviation, deviation * 0 + 1)
    # where nothing moves, t is mu itself; the step and the density are then set by hand
    passed = xp.where(moving, _normal_cdf(xp, t), xp.astype(mu > 0, mu.dtype))
    density = xp.where(moving, xp.exp(-t * t / 2) / math.sqrt(2 * math.pi), mu * 0)
    first = mu * passed + deviation * density
    second = (mu * mu + variance) * passed + mu * deviation * density
    hermite, below = t * 0 + 1, t * 0
    coefficients = [deviation * (slope + (1 - slope) * passed)]
    for k in range(2, terms + 1):
        coefficients.append((1 - slope) * (-1) ** k * deviation * hermite * density)
        hermite, below = t * hermite - (k - 2) * below, hermite
    if slope:
        first = slope * mu + (1 - slope) * first
        second = slope**2 * (mu * mu + variance) + (1 - slope**2) * second
    return GaussianMoments(first, second, tuple(coefficients[:terms]))


def _quadrature(activation: Activation, mu: Array, variance: Array, terms: int) -> GaussianMoments:
    """Gauss-Hermite sums on the host, with the activation of that name."""
    value = numpy_activation(activation.name).value
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    centre, deviation = to_numpy(mu), np.sqrt(np.maximum(to_numpy(variance), 0))
    sums = np.zeros((terms + 2, *centre.shape))
    for node, weight in zip(nodes, weights, strict=True):
        here = value(centre + deviation * node)
        sums[0] += weight * here
        sums[1] += weight * here * here
        for k in range(1, terms + 1):
            sums[k + 1] += weight * here * np.polynomial.hermite_e.hermeval(node, [0.0] * k + [1.0])
    first, second, *coefficients = (like(found, mu) for found in sums)
    return GaussianMoments(first, second, tuple(coefficients))


def _normal_cdf(xp: Any, t: Array) -> Array:
    """Phi(t) by the complementary error function, which keeps the digits of a small tail."""
    return (xp.erfc if hasattr(xp, "erfc") else erfc)(-t / math.sqrt(2)) / 2
