"""The gap in output space, example by example: g_i(t) = <grad F(zbar) - T(y), E> + D_F(z_t, zbar) - ensemble gain.

D_F(u, v) = F(u) - F(v) - <grad F(v), u - v>, and the ensemble gain (1-t) D_F(z_a, zbar) + t D_F(z_b, zbar) is what the mean
of the outputs wins over the mean of the losses [barrier/bregman_identity].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from toykit.arrays import to_numpy
from toykit.errors import InputError
from toykit.landscape import Floats, Traits
from toykit.outputs import OutputChord, Outputs, namespace
from toykit.parameters import Array
from toykit.verdict import Outcome

TOP = 0.1
"""The share of examples that counts as the top decile."""


@dataclass(frozen=True)
class Terms:
    """The three terms of the gap per example, shape (n,) each, in units of the loss."""

    linearisation: Floats
    cost: Floats
    gain: Floats

    @property
    def gap(self) -> Floats:
        """g_i = linearisation + curvature cost - ensemble gain, shape (n,)."""
        return self.linearisation + self.cost - self.gain

    def means(self) -> dict[str, float]:
        """The mean of each term over the examples: the letters linear, cost and gain."""
        named = {"linear": self.linearisation, "cost": self.cost, "gain": self.gain}
        return {name: float(values.mean()) for name, values in named.items()}

    def by_class(self, labels: Array) -> dict[str, dict[str, float]]:
        """The mean of each term over the examples of each class."""
        known = to_numpy(labels)
        classes = {str(int(y)): known == y for y in np.unique(known)}
        return {y: Terms(self.linearisation[rows], self.cost[rows], self.gain[rows]).means() for y, rows in classes.items()}

    def top_share(self) -> float | None:
        """Sum of g_i over the tenth of the examples with the largest g_i, divided by the sum over all; None where that is <= 0.

        It may exceed 1: the other examples then win by the averaging.
        """
        gaps = np.sort(self.gap)[::-1]
        total, count = float(gaps.sum()), int(np.ceil(TOP * len(gaps)))
        return float(gaps[:count].sum()) / total if total > 0 else None


def known_loss(traits: Traits) -> Outcome:
    """Whether the loss is the plain mean of the squared loss or of cross-entropy, for which `terms` knows F."""
    if traits.loss == "squared" and traits.factor is not None:
        return Outcome(True, f"squared loss with the factor {traits.factor:g}: F(z) = {traits.factor:g} |z|^2")
    # only the plain mean has a known chance level: class weights and label smoothing have none
    if traits.loss == "cross-entropy" and traits.chance is not None:
        return Outcome(True, "cross-entropy: F(z) = log sum_k exp z_k")
    return Outcome(None, f"the loss {traits.loss} is taken to be differentiable in the outputs; its F is not known here")


def terms(chord: OutputChord, outputs: Outputs, traits: Traits) -> Terms:
    """The three terms of the gap at the position of the outputs.

    Raises:
        InputError: the loss is neither squared nor cross-entropy.

    """
    if not known_loss(traits).holds:
        raise InputError(f"the terms are known for the squared loss and cross-entropy; got {traits.loss}; use one of them")
    if traits.loss == "squared":
        return squared_terms(outputs, chord.target_rows, float(traits.factor or 0.0))
    return cross_entropy_terms(outputs, chord.target_rows)


def squared_terms(outputs: Outputs, targets: Array, factor: float) -> Terms:
    """2c <rbar, E>, c |E|^2 and c t(1-t) |z_a - z_b|^2 for targets as rows [barrier/squared_loss_gap]."""
    xp, t, error = namespace(targets), outputs.t, outputs.error
    apart = outputs.start - outputs.end
    return _terms(
        2 * factor * xp.sum((outputs.mean - targets) * error, axis=1),
        factor * xp.sum(error * error, axis=1),
        factor * t * (1 - t) * xp.sum(apart * apart, axis=1),
    )


def cross_entropy_terms(outputs: Outputs, targets: Array) -> Terms:
    """<pbar - e_y, E>, KL(pbar|p_t) and (1-t) KL(pbar|p_a) + t KL(pbar|p_b), in nats [barrier/cross_entropy_gap]."""
    xp, t = namespace(targets), outputs.t
    mean = log_softmax(outputs.mean)
    p_mean = xp.exp(mean)

    def divergence(z: Array) -> Array:
        return xp.sum(p_mean * (mean - log_softmax(z)), axis=1)

    return _terms(
        xp.sum((p_mean - targets) * outputs.error, axis=1),
        divergence(outputs.here),
        (1 - t) * divergence(outputs.start) + t * divergence(outputs.end),
    )


def log_softmax(z: Array) -> Any:
    """log p_k = z_k - log sum_j exp z_j, shifted by the maximum against overflow, shape (n, k)."""
    xp = namespace(z)
    shifted = z - xp.max(z, axis=1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))


def _terms(*found: Array) -> Terms:
    return Terms(*(np.asarray(to_numpy(values), dtype=np.float64) for values in found))
