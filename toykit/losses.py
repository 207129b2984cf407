"""Per-example losses l(z, y) in NumPy: value, gradient and Hessian form in the outputs z, and the chance level."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from toykit.data import Data, one_hot
from toykit.errors import InputError, ShapeError
from toykit.landscape import Floats

Targets = NDArray[Any]


class Loss(ABC):
    """l(z, y) for outputs z (n, k) and targets y: labels (n,) or vectors (n, k). The loss of a network is its mean.

    `name`, and whether l is `convex` in z, `smooth` and `analytic` in z, and never below 0.
    """

    name: ClassVar[str]
    convex: ClassVar[bool] = True
    smooth: ClassVar[bool] = True
    analytic: ClassVar[bool] = True
    nonnegative: ClassVar[bool] = True

    @abstractmethod
    def per_example(self, outputs: Floats, targets: Targets) -> Floats:
        """l(z_i, y_i), shape (n,)."""

    @abstractmethod
    def gradient(self, outputs: Floats, targets: Targets) -> Floats:
        """grad_z l(z_i, y_i), shape (n, k); per example, not divided by n."""

    @abstractmethod
    def curvature(self, outputs: Floats, targets: Targets, directions: Floats) -> Floats:
        """v_i^T H_i v_i with the Hessian H_i of l(., y_i) at z_i and the directions v (n, k); shape (n,)."""

    @abstractmethod
    def chance(self, data: Data) -> float:
        """min_z mean_i l(z, y_i): the loss of the best constant output."""

    @abstractmethod
    def require_fit(self, data: Data, outputs: int) -> None:
        """Refuse targets that do not fit `outputs` outputs or this loss.

        Raises:
            ShapeError: the number of outputs differs.
            InputError: the loss has no meaning for this kind of target.

        """

    def value(self, outputs: Floats, targets: Targets) -> float:
        """mean_i l(z_i, y_i)."""
        return float(self.per_example(outputs, targets).mean())


@dataclass(frozen=True)
class SquaredLoss(Loss):
    """l(z, y) = factor * |z - y|^2, summed over outputs; a label y stands for the row e_y of the identity."""

    factor: float = 0.5
    name: ClassVar[str] = "squared"

    def per_example(self, outputs: Floats, targets: Targets) -> Floats:
        """factor * |z_i - y_i|^2."""
        residual = outputs - _vectors(targets, outputs.shape[1])
        found: Floats = self.factor * np.einsum("nk,nk->n", residual, residual)
        return found

    def gradient(self, outputs: Floats, targets: Targets) -> Floats:
        """2 factor (z_i - y_i)."""
        return 2 * self.factor * (outputs - _vectors(targets, outputs.shape[1]))

    def curvature(self, outputs: Floats, targets: Targets, directions: Floats) -> Floats:
        """2 factor |v_i|^2."""
        found: Floats = 2 * self.factor * np.einsum("nk,nk->n", directions, directions)
        return found

    def chance(self, data: Data) -> float:
        """factor * mean |y_i - ybar|^2: the best constant is the mean target."""
        vectors = data.targets if data.classes is None else one_hot(data.targets, data.classes)
        mean = vectors.mean(axis=0)
        return self.value(np.broadcast_to(mean, vectors.shape), vectors)

    def require_fit(self, data: Data, outputs: int) -> None:
        """Targets (n, k) or labels below k, for k outputs."""
        needed = data.targets.shape[1] if data.classes is None else data.classes
        _require_outputs(needed, outputs, data)


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """l(z, y) = log sum_k exp z_k - z_y, in nats."""

    name: ClassVar[str] = "cross-entropy"

    def per_example(self, outputs: Floats, targets: Targets) -> Floats:
        """log sum_k exp(z_ik - z_iy); the label's own term is 1, and log1p keeps the digits of the others where they are few."""
        # classes along the first axis: NumPy reduces a short last axis ten times slower
        others, rows = np.array(outputs.T, order="C"), np.arange(len(outputs))
        others -= others[targets, rows]
        highest = others.max(axis=0)
        others[targets, rows] = -np.inf
        rest = np.exp(others - highest).sum(axis=0)
        found: Floats = highest + np.log1p(rest + np.expm1(-highest))
        return found

    def gradient(self, outputs: Floats, targets: Targets) -> Floats:
        """p_i - e_y with p = softmax(z)."""
        return softmax(outputs, axis=1) - one_hot(targets, outputs.shape[1])

    def curvature(self, outputs: Floats, targets: Targets, directions: Floats) -> Floats:
        """The variance of v_i under p_i: sum_k p_ik (v_ik - sum_j p_ij v_ij)^2."""
        shares = softmax(outputs, axis=1)
        centred = directions - np.einsum("nk,nk->n", shares, directions)[:, None]
        found: Floats = np.einsum("nk,nk->n", shares, centred * centred)
        return found

    def chance(self, data: Data) -> float:
        """The entropy of the class frequencies f: -sum_k f_k log f_k."""
        counts = np.bincount(data.targets, minlength=data.classes or 0)
        shares = counts[counts > 0] / data.count
        return float(-(shares * np.log(shares)).sum()) + 0.0

    def require_fit(self, data: Data, outputs: int) -> None:
        """Labels below k, for k outputs."""
        if data.classes is None:
            raise InputError(f"cross-entropy needs class labels; {data} has target vectors; use SquaredLoss or give labels")
        _require_outputs(data.classes, outputs, data)


def _vectors(targets: Targets, width: int) -> Floats:
    return one_hot(targets, width) if targets.ndim == 1 else targets


def _require_outputs(needed: int, outputs: int, data: Data) -> None:
    if needed != outputs:
        raise ShapeError(f"a network for {data} has {needed} outputs; got {outputs}; change the last width")
