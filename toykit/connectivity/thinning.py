"""Thinning the last hidden layer: some units are kept, their features rescaled, the output bias stays.

With the contributions C_j = F[:, j] W_L[:, j]^T of shape (N, K) a mask m in {0, 1, ..}^n gives Z_hat = b_L + r sum_j m_j C_j.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from scipy.special import softmax

from toykit.arrays import like, to_numpy
from toykit.errors import InputError
from toykit.landscape import Feedforward, Floats, Layered
from toykit.parameters import Array, Parameters

ALL = 1000
"""Up to so many sets every one is taken; a sample of more would say less."""

BLOCK = 2**22
"""Numbers per block of thinned outputs (32 MiB)."""


@dataclass(frozen=True)
class Kept:
    """Which units are kept, one row per draw: counts (g, n), mostly 0 and 1; `whole` if every set of the size is there."""

    counts: Floats
    whole: bool


def subsets(width: int, size: int, draws: int, generator: np.random.Generator, *, replacement: bool = False) -> Kept:
    """All sets of a size where there are at most `ALL`, else `draws` uniform ones; with replacement a unit may count twice."""
    if replacement:
        chosen = generator.integers(width, size=(draws, size))
    elif comb(width, size) <= ALL:
        chosen = np.array(list(combinations(range(width), size)), dtype=np.int64)
    else:
        chosen = generator.random((draws, width)).argsort(axis=1)[:, :size]
    counts = np.zeros((len(chosen), width))
    np.add.at(counts, (np.arange(len(chosen))[:, None], chosen), 1.0)
    return Kept(counts, whole=not replacement and comb(width, size) <= ALL)


@dataclass(frozen=True)
class Thinnable:
    """The last hidden layer of an endpoint: features F (N, n), read-out W (K, n), outputs Z (N, K) as the network gives them."""

    network: Feedforward
    features: Floats
    weight: Floats
    outputs: Floats
    template: Array

    @classmethod
    def of(cls, network: Feedforward, theta: Parameters) -> Thinnable:
        """Read them off an endpoint.

        Raises:
            InputError: a unit of the last hidden layer has several columns, since its maps are flattened before the outputs.

        """
        spread = 1 if isinstance(network, Layered) else network.spread(network.depth)
        if spread > 1:
            raise InputError(
                f"a thinned unit takes its one column of the last layer with it; here a channel has {spread} columns; "
                "thin a network whose last hidden layer is dense or pooled to one pixel"
            )
        outputs = network.outputs(theta)
        hidden, weight = network.features(theta, network.depth - 1), theta[network.weight_name(network.depth)]
        features, final, read = (np.asarray(to_numpy(x), dtype=np.float64) for x in (hidden, weight, outputs))
        return cls(network, features, final, read, outputs)

    @property
    def width(self) -> int:
        """n, the units of the last hidden layer."""
        return int(self.features.shape[1])

    @property
    def loss(self) -> float:
        """L(theta)."""
        return float(self.network.loss_of_outputs(self.template))

    def scatter(self) -> float:
        """mean_i S_i^2 with S_i^2 = sum_j |c_ij - cbar_i|^2 / (n-1), c_ij = n F_ij W[:, j]."""
        n = self.width
        lengths = (self.features**2) @ (self.weight**2).sum(axis=0)  # sum_j |c_ij|^2 / n^2
        mean = self.features @ self.weight.T  # sum_j c_ij / n
        return float((n**2 * lengths - n * (mean**2).sum(axis=1)).mean() / (n - 1))

    def bending(self) -> float:
        """mean_i tr(H_i C_i), H_i = diag(p_i) - p_i p_i^T, C_i the covariance of the c_ij over j (divisor n-1)."""
        n, shares = self.width, softmax(self.outputs, axis=1)
        along = shares @ self.weight  # sum_k p_ik W_kj, shape (N, n)
        squares = (shares @ self.weight**2) - along**2  # the variance of W[:, j] under p_i
        mean = self.features @ self.weight.T
        centre = (shares * mean**2).sum(axis=1) - (shares * mean).sum(axis=1) ** 2
        return float((n**2 * (self.features**2 * squares).sum(axis=1) - n * centre).mean() / (n - 1))

    def thinned(self, counts: Floats, factor: float) -> Iterator[Floats]:
        """Z_hat for every row of counts, in blocks of shape (g, N, K)."""
        examples, outputs = self.outputs.shape
        bias = self.outputs - self.features @ self.weight.T
        block = max(1, BLOCK // (examples * outputs))
        for start in range(0, len(counts), block):
            some = counts[start : start + block]
            mixed = np.einsum("gn,kn->ngk", factor * some, self.weight).reshape(self.width, -1)
            found = (self.features @ mixed).reshape(examples, len(some), outputs) + bias[:, None, :]
            yield np.ascontiguousarray(found.transpose(1, 0, 2))

    def measured(self, counts: Floats, factor: float) -> tuple[Floats, Floats]:
        """mean_i |Z_hat_i - Z_i|^2 and L(Z_hat) - L(Z) for every row of counts, both (g,)."""
        deviations, losses = list[float](), list[float]()
        for block in self.thinned(counts, factor):
            for outputs in block:
                deviations.append(float(((outputs - self.outputs) ** 2).sum(axis=1).mean()))
                losses.append(float(self.network.loss_of_outputs(like(outputs, self.template))))
        return np.array(deviations), np.array(losses) - self.loss
