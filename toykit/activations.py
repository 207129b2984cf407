"""Element-wise activations in NumPy: sigma, sigma' and sigma'', with what the theory asks of each.

At a kink the derivative from the left is taken, as torch does: sigma'(0) = negative_slope for ReLU and leaky ReLU.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import erfc, expit

from toykit.errors import InputError
from toykit.landscape import Activation, Floats

ElementWise = Callable[[Floats], Floats]


@dataclass(frozen=True)
class NumpyActivation(Activation):
    """An activation that can be evaluated: `value`, `first`, `second` are sigma, sigma', sigma'', on any shape."""

    value: ElementWise = np.positive
    first: ElementWise = np.ones_like
    second: ElementWise = np.zeros_like


def leaky_relu(negative_slope: float = 0.01) -> NumpyActivation:
    """sigma(u) = max(u, negative_slope * u), for 0 <= negative_slope < 1.

    Raises:
        InputError: the slope is not in [0, 1).

    """
    if not 0 <= negative_slope < 1:
        raise InputError(f"a leaky ReLU has a negative slope in [0, 1); got {negative_slope}; use identity for 1")
    return NumpyActivation(
        name="leaky_relu" if negative_slope else "relu",
        smooth=False,
        analytic=False,
        piecewise_linear=True,
        negative_slope=negative_slope,
        value=lambda u: np.maximum(u, negative_slope * u) if negative_slope else np.maximum(u, 0.0),
        first=lambda u: np.where(u > 0, 1.0, negative_slope),
        second=np.zeros_like,
    )


def _smooth(name: str, value: ElementWise, first: ElementWise, second: ElementWise) -> NumpyActivation:
    return NumpyActivation(name, smooth=True, analytic=True, piecewise_linear=False, value=value, first=first, second=second)


def _sech2(u: Floats) -> Floats:
    """1 - tanh^2 = 4q / (1 + q)^2 with q = exp(-2|u|), which keeps every digit where tanh is close to 1."""
    q: Floats = np.exp(-2 * np.abs(u))
    return 4 * q / (1 + q) ** 2


def _normal_cdf(u: Floats) -> Floats:
    cdf: Floats = erfc(-u / math.sqrt(2)) / 2
    return cdf


def _normal_density(u: Floats) -> Floats:
    density: Floats = np.exp(-u * u / 2) / math.sqrt(2 * math.pi)
    return density


IDENTITY = NumpyActivation("identity", smooth=True, analytic=True, piecewise_linear=True, negative_slope=1.0)
RELU = leaky_relu(0.0)
LEAKY_RELU = leaky_relu()
TANH = _smooth("tanh", np.tanh, _sech2, lambda u: -2 * np.tanh(u) * _sech2(u))
SOFTPLUS = _smooth("softplus", lambda u: np.logaddexp(0.0, u), expit, lambda u: expit(u) * expit(-u))
GELU = _smooth(
    "gelu",
    lambda u: u * _normal_cdf(u),
    lambda u: _normal_cdf(u) + u * _normal_density(u),
    lambda u: (2 - u * u) * _normal_density(u),
)

ACTIVATIONS: dict[str, NumpyActivation] = {a.name: a for a in (IDENTITY, RELU, LEAKY_RELU, TANH, SOFTPLUS, GELU)}


def activation(name: str) -> NumpyActivation:
    """The activation of that name.

    Raises:
        InputError: there is none.

    """
    if name not in ACTIVATIONS:
        raise InputError(f"an activation is one of {', '.join(ACTIVATIONS)}; got {name!r}; or give a NumpyActivation of your own")
    return ACTIVATIONS[name]
