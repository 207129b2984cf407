"""The parameter space of a dense network: which arrays theta has, what they are called, and random points of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from toykit.errors import InputError, ShapeError
from toykit.landscape import Floats
from toykit.parameters import Parameters


class Layer(NamedTuple):
    """W_l (n_l, n_{l-1}) and b_l (n_l,), or 0.0 where the layer has no bias."""

    weight: Floats
    bias: Floats


class DenseSpace:
    """Points theta of a network with the widths `sizes` = (d, n_1, .., n_{L-1}, k) and biases where `biased` says so.

    Raises:
        InputError: a width is below 1, there is no layer, or there is not one bias flag per layer.

    """

    def __init__(self, widths: Sequence[int], bias: bool | Sequence[bool] = True) -> None:
        self.sizes = tuple(widths)
        self.biased = (bias,) * self.depth if isinstance(bias, bool) else tuple(bias)
        if self.depth < 1 or min(self.sizes) < 1 or len(self.biased) != self.depth:
            raise InputError(
                f"a network has widths (d, .., k) of at least 1 and one bias flag per layer; got {self.sizes} and {self.biased}"
            )

    @property
    def depth(self) -> int:
        """L, the number of weight layers."""
        return len(self.sizes) - 1

    @property
    def widths(self) -> tuple[int, ...]:
        """n_1..n_{L-1}, input and output excluded."""
        return self.sizes[1:-1]

    def weight_name(self, layer: int) -> str:
        """The name of W_l, shape (n_l, n_{l-1}), l = 1..L."""
        return f"layers.{layer}.weight"

    def bias_name(self, layer: int) -> str | None:
        """The name of b_l, shape (n_l,); None where the layer has no bias."""
        return f"layers.{layer}.bias" if self.biased[layer - 1] else None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every array of theta."""
        found: dict[str, tuple[int, ...]] = {}
        for layer, (fan_in, out) in enumerate(pairwise(self.sizes), start=1):
            found[self.weight_name(layer)] = (out, fan_in)
            if name := self.bias_name(layer):
                found[name] = (out,)
        return found

    def point(self, *arrays: ArrayLike) -> Parameters:
        """theta from its arrays in order: W_1, b_1, W_2, ..., without the biases that the network does not have."""
        if len(arrays) != len(self.shapes):
            raise ShapeError(f"a point of this network has the arrays {', '.join(self.shapes)}; got {len(arrays)} arrays")
        theta = Parameters({n: np.array(array, dtype=np.float64) for n, array in zip(self.shapes, arrays, strict=True)})
        self.layers(theta)
        return theta

    def draw(self, generator: np.random.Generator, scale: float = 1.0) -> Parameters:
        """Random theta: W_l normal with variance scale^2 * 2 / n_{l-1}, b_l with half of it [the variance of He et al. 2015]."""
        found = {}
        for name, shape in self.shapes.items():
            fan_in = self.shapes[name.replace("bias", "weight")][1]
            deviation = math.sqrt((1 if name.endswith("bias") else 2) / fan_in)
            found[name] = scale * deviation * generator.normal(size=shape)
        return Parameters(found)

    def layers(self, theta: Parameters) -> list[Layer]:
        """(W_l, b_l) for l = 1..L.

        Raises:
            ShapeError: an array is missing, unknown or has another shape.

        """
        came, expected = theta.shapes, self.shapes
        for name in [*expected, *came]:
            if came.get(name) != expected.get(name):
                raise ShapeError(
                    f"{name} has the shape {expected.get(name, 'absent')} in this network; got {came.get(name, 'absent')}; "
                    "was theta made for another one?"
                )
        names = ((self.weight_name(layer), self.bias_name(layer)) for layer in range(1, self.depth + 1))
        return [Layer(theta[weight], theta[bias] if bias else np.zeros(len(theta[weight]))) for weight, bias in names]
