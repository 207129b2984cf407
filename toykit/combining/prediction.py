"""Loss and error of random combinations without drawing lambda: the mean over draws, from the moments of the outputs.

It is the mean of the losses of the drawn networks, not the loss of the mean network [combinability/relu_moment_propagation].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import array_api_compat
import numpy as np

from toykit.arrays import like
from toykit.combining.draws import Mixing
from toykit.combining.propagation import Covariance, OutputMoments, propagate
from toykit.errors import InputError
from toykit.landscape import Landscape, Layered
from toykit.parameters import Array
from toykit.seeds import generator

READINGS = 256
"""Outputs drawn from their Gaussian, in antithetic pairs: a matter of k numbers per example, not of a network."""

JITTER = 1e-9
"""Times 1 + trace: lifts a covariance without full rank before its Cholesky factor is taken."""


@dataclass(frozen=True)
class Prediction:
    """Mean loss and mean error over draws, mean variance of the outputs tr C, share of the largest noise term (A2)."""

    loss: float
    error: float | None
    variance: float
    share: float
    exact_reading: bool


def predict(mixed: Mixing, covariance: Covariance = "full", *, terms: int = 3, readings: int = READINGS) -> Prediction:
    """Loss and error of a random combination in the mean over lambda; nothing is run forward but the moments.

    Raises:
        InputError: the pair has no layers, or lambda is neither one per element nor one of two values per row.

    """
    return read(mixed.pair.landscape, propagate(mixed, covariance, terms=terms), readings)


def read(net: Landscape, moments: OutputMoments, readings: int = READINGS) -> Prediction:
    """The squared loss is factor * (mean |mu - y|^2 + tr C), exactly; others and the error are read off Gaussian draws.

    Raises:
        InputError: the landscape is not a network with layers.

    """
    if not isinstance(net, Layered):
        raise InputError(f"outputs are read against targets; got a {type(net).__name__}; use an MLP")
    xp = array_api_compat.array_namespace(moments.mean)
    variance = float(xp.mean(xp.einsum("nii->n", moments.covariance)))
    labelled, factor = net.targets.ndim == 1, net.traits.factor
    losses, errors = [], []
    exact = net.traits.loss == "squared" and factor is not None
    if labelled or not exact:
        for outputs in drawn_outputs(moments, readings):
            if not exact:
                losses.append(net.loss_of_outputs(outputs))
            if labelled:
                errors.append(float(xp.mean(xp.astype(xp.argmax(outputs, axis=1) != net.targets, xp.float64))))
    loss = net.loss_of_outputs(moments.mean) + (factor or 0.0) * variance if exact else float(np.mean(losses))
    return Prediction(loss, float(np.mean(errors)) if labelled else None, variance, moments.share, exact)


def drawn_outputs(moments: OutputMoments, count: int) -> list[Array]:
    """`count` draws from N(mu, C) per example, shape (n, k) each, in antithetic pairs; the same for one shape."""
    xp = array_api_compat.array_namespace(moments.mean)
    n, k = moments.mean.shape
    eye = xp.eye(k, dtype=xp.float64, device=array_api_compat.device(moments.mean))
    lifted = moments.covariance + JITTER * (1 + xp.einsum("nii->n", moments.covariance))[:, None, None] * eye
    factor, stream, found = xp.linalg.cholesky(lifted), generator("outputs read off their moments"), []
    for _ in range(math.ceil(count / 2)):
        away = xp.matmul(factor, like(stream.standard_normal((n, k)), moments.mean)[:, :, None])[:, :, 0]
        found += [moments.mean + away, moments.mean - away]
    return found
