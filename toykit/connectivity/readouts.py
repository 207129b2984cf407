"""Affine read-outs z = F w^T + b of features: least squares, logistic regression and the largest margin in a box.

The first two are fast and convex; any of them that classifies every example right is a proof of separability, and the
linear program decides. Features are standardised by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize
from scipy.sparse import csr_array

from toykit.errors import InputError
from toykit.landscape import Floats

Labels = NDArray[np.int64]

NEWTON_SIZE = 1200
"""Largest number K(q+1) of read-out parameters for which Newton steps are taken: a dense solve of that size."""


@dataclass(frozen=True)
class Readout:
    """Weights w (K, q) and biases b (K,)."""

    weight: Floats
    bias: Floats

    def outputs(self, features: Floats) -> Floats:
        """Z = F w^T + b, shape (n, K)."""
        return features @ self.weight.T + self.bias

    @property
    def largest(self) -> float:
        """The largest absolute entry of (w, b)."""
        return float(max(np.abs(self.weight).max(), np.abs(self.bias).max()))

    def scaled(self, factor: float) -> Readout:
        """The same decisions with outputs `factor` times as large."""
        return Readout(self.weight * factor, self.bias * factor)

    def unstandardised(self, mean: Floats, deviation: Floats) -> Readout:
        """The read-out of raw features whose standardised form (f - mean)/deviation this one reads."""
        weight = self.weight / deviation
        return Readout(weight, self.bias - weight @ mean)


def margins(outputs: Floats, labels: Labels) -> Floats:
    """min over k != y_i of z_{i,y_i} - z_{i,k}, shape (n,)."""
    rows = np.arange(len(labels))
    rest = outputs.copy()
    rest[rows, labels] = -np.inf
    return np.asarray(outputs[rows, labels] - rest.max(axis=1))


def softmax(outputs: Floats) -> Floats:
    """p_k = exp(z_k) / sum_j exp(z_j), shape (n, K)."""
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def least_squares(features: Floats, targets: Floats, intercept: bool = True) -> Readout:
    """The read-out that minimises |F w^T + b - Y|^2, of least norm; b = 0 without intercept."""
    design = np.column_stack([features, np.full(len(features), float(intercept))])
    solution = np.linalg.lstsq(design, targets, rcond=None)[0]
    return Readout(solution[:-1].T.copy(), solution[-1].copy())


def logistic(features: Floats, labels: Labels, classes: int, steps: int = 60, intercept: bool = True) -> Readout:
    """Logistic regression by at most `steps` L-BFGS steps; on separable features the margins grow with the steps."""
    design = np.column_stack([features, np.full(len(features), float(intercept))])
    hot = np.eye(classes)[labels]
    n, width = design.shape

    def value_and_gradient(flat: Floats) -> tuple[float, Floats]:
        outputs = design @ flat.reshape(width, classes)
        top = outputs.max(axis=1, keepdims=True)
        powers = np.exp(outputs - top)
        sums = powers.sum(axis=1, keepdims=True)
        loss = float((np.log(sums) + top).sum() - (outputs * hot).sum()) / n
        return loss, (design.T @ (powers / sums - hot)).ravel() / n

    found = minimize(
        value_and_gradient,
        np.zeros(width * classes),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 4 * steps, "gtol": 1e-13, "ftol": 0.0},
    )
    matrix = found.x.reshape(width, classes)
    return Readout(matrix[:-1].T.copy(), matrix[-1].copy())


def polished(features: Floats, labels: Labels, readout: Readout, steps: int = 30) -> Readout:
    """The optimum of logistic regression from a nearby read-out by Newton steps, halved while the loss would rise.

    On features that are not separable the gradient falls to rounding, which is what a certificate needs; on separable
    ones there is no optimum, and the steps end when they no longer help.
    """
    n, q = features.shape
    classes = len(readout.bias)
    design = np.column_stack([features, np.ones(n)])
    size = classes * (q + 1)
    if size > NEWTON_SIZE:
        return readout
    hot = np.eye(classes)[labels]
    point = np.column_stack([readout.weight, readout.bias])

    def loss(at: Floats) -> float:
        outputs = design @ at.T
        top = outputs.max(axis=1)
        sums = np.log(np.exp(outputs - top[:, None]).sum(axis=1))
        return float((sums + top - (outputs * hot).sum(axis=1)).mean())

    for _ in range(steps):
        p = softmax(design @ point.T)
        gradient = (p - hot).T @ design / n
        hessian = np.empty((classes, q + 1, classes, q + 1))
        for j in range(classes):
            for k in range(j, classes):
                weights = p[:, j] * ((j == k) - p[:, k])
                hessian[j, :, k] = hessian[k, :, j] = (design.T * weights) @ design / n
        flat = hessian.reshape(size, size)
        damping = 1e-12 * float(np.trace(flat)) / size + 1e-300
        step = np.linalg.solve(flat + damping * np.eye(size), gradient.ravel()).reshape(point.shape)
        factor, now = 1.0, loss(point)
        while factor > 1e-6 and loss(point - factor * step) > now:
            factor /= 2
        if factor <= 1e-6:
            break
        point -= factor * step
    return Readout(point[:, :-1].copy(), point[:, -1].copy())


@dataclass(frozen=True)
class Box:
    """The largest margin t* of read-outs with all |w|, |b| <= 1, the read-out that has it, and the duals (n, K)."""

    margin: float
    readout: Readout
    duals: Floats


def largest_margin(features: Floats, labels: Labels, classes: int) -> Box:
    """t* = max t with (w_y - w_k).f + b_y - b_k >= t for all examples and k != y, |w|, |b| <= 1, t >= 0.

    The features are separable exactly if t* > 0. A linear program of K(q+1)+1 variables and n(K-1) rows.

    Raises:
        InputError: the solver gave no optimum.

    """
    n, q = features.shape
    design = np.column_stack([features, np.ones(n)])
    examples, others = np.nonzero(np.arange(classes) != labels[:, None])
    count, width = len(examples), q + 1
    rows = np.repeat(np.arange(count), width)
    block = np.arange(width)
    right = (labels[examples][:, None] * width + block).ravel()
    wrong = (others[:, None] * width + block).ravel()
    values = design[examples].ravel()
    entries = np.concatenate([-values, values, np.ones(count)])
    places = (np.concatenate([rows, rows, np.arange(count)]), np.concatenate([right, wrong, np.full(count, classes * width)]))
    matrix: Any = csr_array((entries, places), shape=(count, classes * width + 1))
    objective = np.zeros(classes * width + 1)
    objective[-1] = -1.0
    bounds = [(-1.0, 1.0)] * (classes * width) + [(0.0, None)]
    found = linprog(objective, A_ub=matrix, b_ub=np.zeros(count), bounds=bounds, method="highs")
    if found.status != 0:
        raise InputError(f"the margin program has an optimum; the solver says: {found.message}; are the features finite?")
    best: Floats = np.asarray(found.x)
    solution = best[:-1].reshape(classes, width)
    duals = np.zeros((n, classes))
    duals[examples, others] = np.maximum(0.0, -found.ineqlin.marginals)
    return Box(float(best[-1]), Readout(solution[:, :-1].copy(), solution[:, -1].copy()), duals)
