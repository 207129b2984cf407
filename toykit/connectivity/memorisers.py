"""Networks that interpolate: given points f_i and targets t_i, a small ReLU network whose output at f_i is t_i.

What is exact on paper may be lost in float64, where slopes grow like one over the gaps of the points. So every network
is evaluated again, and refused as a sub-network of a path if a residual exceeds what a path can carry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from toykit.connectivity.subnetwork import Subnetwork
from toykit.errors import InputError, ShapeError
from toykit.landscape import Floats
from toykit.tolerances import SOLVED


def relu(values: Floats) -> Floats:
    """max(0, u), on any shape."""
    return np.maximum(values, 0.0)


@dataclass(frozen=True, eq=False)
class Memoriser:
    """Weights (V_1, .., V_L) and biases that are to give t_i, shape (n, kappa), at f_i, shape (n, q), and what they rest on.

    `gap` is the smallest distance that the construction divides by; 0 or less if the points do not allow it.
    """

    points: Floats
    targets: Floats
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    gap: float
    how: str

    @property
    def widths(self) -> tuple[int, ...]:
        """The hidden widths, from the points upwards."""
        return tuple(weight.shape[0] for weight in self.weights[:-1])

    @property
    def largest_weight(self) -> float:
        """The largest absolute weight or bias."""
        return float(max(np.abs(array).max() for array in (*self.weights, *self.biases)))

    @cached_property
    def residual(self) -> float:
        """max |S(f_i) - t_i| / max(1, max |t_i|), evaluated in float64 with ReLU."""
        return self.residual_with(relu)

    def residual_with(self, activation: Callable[[Floats], Floats]) -> float:
        """The residual of the same weights under another activation."""
        small = Subnetwork(0, tuple(range(self.points.shape[1])), self.weights, self.biases)
        return float(np.abs(small.outputs(self.points, activation) - self.targets).max() / self._size)

    @cached_property
    def rounding(self) -> float:
        """Unit roundoff times the largest output without cancellation: what rounding is expected to leave of the residual.

        The output with every weight, bias and feature replaced by its absolute value; no sum of n terms is charged n times.
        """
        values = np.abs(self.points)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            values = values @ np.abs(weight).T + np.abs(bias)
        return float(np.finfo(np.float64).eps * values.max() / self._size)

    def subnetwork(self, layer: int, kept: tuple[int, ...]) -> Subnetwork:
        """S_l on the kept units of a layer, if it carries.

        Raises:
            InputError: the residual exceeds 1e-8.

        """
        if self.residual > SOLVED:
            raise InputError(
                f"a memoriser of a path is right to {SOLVED:.0e}; the residual is {self.residual:.1e} with weights up to "
                f"{self.largest_weight:.0e} and gap {self.gap:.0e}; take fewer points or another seed"
            )
        return Subnetwork(layer, kept, self.weights, self.biases, self.how)

    @property
    def _size(self) -> float:
        return max(1.0, float(np.abs(self.targets).max(initial=0.0)))


def class_code(labels: NDArray[np.int64]) -> Floats:
    """The class index as one number per example, shape (n, 1): all that argmax and cross-entropy need to know."""
    return np.asarray(labels, dtype=np.float64)[:, None]


def decoded(weight: Floats, bias: Floats, classes: int, scale: float) -> tuple[Floats, Floats]:
    """The output layer with logits z_k = s (2 k c - k^2) in place of the one output c, shapes (K, m) and (K,).

    At c = y: z_y - z_k = s (y - k)^2 >= s, so the cross-entropy is at most log(1 + (K-1) exp(-s)).
    """
    k = np.arange(classes, dtype=np.float64)
    return 2 * scale * k[:, None] * weight, scale * (2 * k * bias[0] - k**2)


def require_points(points: Floats, targets: Floats) -> None:
    """Points are (n, q) and targets (n, kappa), n >= 1.

    Raises:
        ShapeError: they are not.

    """
    if points.ndim != 2 or targets.ndim != 2 or len(points) != len(targets) or not len(points):
        raise ShapeError(
            f"points are (n, q) with targets (n, kappa); got {points.shape} and {targets.shape}; give one target row per point"
        )
