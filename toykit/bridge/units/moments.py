"""Means, variances and covariance of the units of two networks, summed up row by row in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from toykit.landscape import Floats
from toykit.matching.activation import Similarity
from toykit.tolerances import ROUNDING


class Moments(NamedTuple):
    """Means, variances and covariance of the units of two networks at one place, in float64."""

    mean_a: Floats
    mean_b: Floats
    variance_a: Floats
    variance_b: Floats
    covariance: Floats

    def similarity(self, similarity: Similarity) -> tuple[Floats, int]:
        """R, shape (size, size), and how many of the units do not vary."""
        if similarity == "product":
            return self.covariance + np.outer(self.mean_a, self.mean_b), 0
        if similarity == "covariance":
            return self.covariance, 0
        scales, constant = [], 0
        for mean, variance in ((self.mean_a, self.variance_a), (self.mean_b, self.variance_b)):
            still = np.sqrt(variance) <= ROUNDING * np.sqrt(variance + mean**2)
            constant += int(still.sum())
            scales.append(np.where(still, 0.0, 1 / np.sqrt(np.where(still, 1.0, variance))))
        return self.covariance * np.outer(*scales), constant


class Sums:
    """Sums over rows that have been seen, shifted by the mean of the first ones so that nothing cancels."""

    def __init__(self, a: Tensor, b: Tensor) -> None:
        self.shifts = a.double().mean(0), b.double().mean(0)
        self.count, self.totals = 0, [torch.zeros_like(part) for part in (*self.shifts, *self.shifts)]
        self.cross = torch.zeros((a.shape[1], b.shape[1]), dtype=torch.float64, device=a.device)

    def add(self, a: Tensor, b: Tensor) -> None:
        """More rows of both networks, shape (rows, size) each."""
        first, second = a.double() - self.shifts[0], b.double() - self.shifts[1]
        parts = (first.sum(0), second.sum(0), (first**2).sum(0), (second**2).sum(0))
        self.totals = [total + part for total, part in zip(self.totals, parts, strict=True)]
        self.cross = self.cross + first.T @ second
        self.count += len(a)

    @property
    def moments(self) -> Moments:
        """The moments of all rows."""
        a, b, aa, bb = (total.cpu().numpy() / self.count for total in self.totals)
        shift_a, shift_b = (shift.cpu().numpy() for shift in self.shifts)
        cross = self.cross.cpu().numpy() / self.count - np.outer(a, b)
        return Moments(shift_a + a, shift_b + b, np.maximum(aa - a**2, 0), np.maximum(bb - b**2, 0), cross)
