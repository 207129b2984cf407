"""Truncated Taylor numbers along a chord: features with their first two derivatives in t, pushed through the layers.

With W_t = W + t dW and b_t = b + t db, the layer Z = F W_t^T + b_t has
Z' = F' W^T + F dW^T + db and Z'' = F'' W^T + 2 F' dW^T, and the activation A = sigma(Z) has
A' = sigma'(Z) Z' and A'' = sigma'(Z) Z'' + sigma''(Z) Z'^2. There are no finite differences.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from toykit.activations import NumpyActivation
from toykit.landscape import Floats


class Taylor(NamedTuple):
    """F, F', F'' at one position of a chord, each of shape (n, h)."""

    value: Floats
    first: Floats
    second: Floats


def constant(value: Floats) -> Taylor:
    """F that does not depend on t."""
    return Taylor(value, np.zeros_like(value), np.zeros_like(value))


def affine(features: Taylor, weight: Floats, weight_step: Floats, bias: Floats, bias_step: Floats) -> Taylor:
    """Z = F W_t^T + b_t with W_t = weight + t weight_step (out, in) and b_t = bias + t bias_step (out,)."""
    return Taylor(
        features.value @ weight.T + bias,
        features.first @ weight.T + features.value @ weight_step.T + bias_step,
        features.second @ weight.T + 2 * features.first @ weight_step.T,
    )


def activated(z: Taylor, activation: NumpyActivation) -> Taylor:
    """sigma(Z), element-wise."""
    slope = activation.first(z.value)
    return Taylor(
        activation.value(z.value),
        slope * z.first,
        slope * z.second + activation.second(z.value) * z.first * z.first,
    )
